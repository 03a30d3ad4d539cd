//! The command line: what to do, and with which settings.
//!
//! Exit codes: 0 done, 1 it could not be done, 2 the command line or a setting has to change.

mod check_config;
mod copy;
mod create_admin;
pub mod doctor;
mod export;
mod health;
mod import;
mod keys;
mod migrate;
mod openapi;
mod revoke_all;
mod serve;

use std::ffi::OsString;
use std::io::{self, Write};
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{ArgMatches, CommandFactory, FromArgMatches, Parser, Subcommand};

use vestibule_auth::accounts::Accounts;
use vestibule_persistence::{Database, DatabaseUrl};

use crate::settings::{self, Settings, SettingsError};
use crate::start_error::StartError;
use crate::system::SystemRandom;
use crate::{secret_key, store};

/// Accounts and content for your applications: people register, sign in and are known.
///
/// Every setting may come from the environment, from a file .env in the working folder, or from its flag; a flag wins
/// over the environment, the environment over .env. Prefer the _FILE twins for secrets: flags are visible to everybody
/// on the machine.
#[derive(Debug, Parser)]
#[command(name = "vestibule", version)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

/// What to do.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum Command {
    /// Serve (what happens without a command)
    Serve,
    /// Bring the database's schema up to date, and stop
    Migrate,
    /// Make an account with the role admin; the password is asked for, or read from the first line of standard input
    CreateAdmin(create_admin::NewAdmin),
    /// See to the keys that sign tokens
    #[command(subcommand)]
    Keys(keys::KeysCommand),
    /// End every session and every token of everybody, such as after a leak
    RevokeAll,
    /// Take over the accounts of another system; people go on with the passwords they have
    #[command(subcommand)]
    Import(Box<import::ImportCommand>),
    /// Write out what is kept, to keep a list or to move elsewhere
    #[command(subcommand)]
    Export(export::ExportCommand),
    /// Copy everything into a new database, such as from SQLite to PostgreSQL, and compare both sides
    Copy(copy::Copy),
    /// Print the OpenAPI document
    Openapi,
    /// Print the settings in effect and where each comes from; secrets are shown as set or not set
    CheckConfig,
    /// Examine this installation, changing nothing
    Doctor,
    /// Ask the server on this machine whether it is ready; exit code 0 if it is
    Health,
}

/// The whole command line as clap knows it; its help documents every command and setting.
#[must_use]
pub fn definition() -> clap::Command {
    Arguments::command().args(settings::arguments())
}

/// Takes a command line (without the program's name) apart. The environment is not looked at.
pub(crate) fn matches<I>(arguments: I) -> Result<ArgMatches, clap::Error>
where
    I: IntoIterator,
    I::Item: Into<OsString> + Clone,
{
    let program = std::iter::once(OsString::from("vestibule"));
    let line: Vec<OsString> = program.chain(arguments.into_iter().map(Into::into)).collect();
    let deaf = definition().mut_args(|argument| argument.env(clap::builder::Resettable::Reset));
    deaf.try_get_matches_from(&line).or_else(|error| match error.kind() {
        // The help names the variables, which the deaf definition has forgotten.
        ErrorKind::DisplayHelp => definition().try_get_matches_from(&line),
        _ => Err(error),
    })
}

/// Does what the command line says. `environment` looks a variable up, `dotenv` reads the file `.env`.
pub fn run(
    arguments: impl IntoIterator<Item = OsString>,
    environment: &dyn Fn(&str) -> Option<String>,
    dotenv: &dyn Fn() -> io::Result<String>,
) -> ExitCode {
    let matches = match matches(arguments) {
        Ok(matches) => matches,
        Err(error) => return show_usage(&error),
    };
    let command = match Arguments::from_arg_matches(&matches) {
        Ok(arguments) => arguments.command.unwrap_or(Command::Serve),
        Err(error) => return show_usage(&error),
    };
    let settings = read_dotenv(dotenv)
        .and_then(|dotenv| Settings::from_matches(&matches, environment, dotenv.as_deref()));
    let settings = match (settings, &command) {
        (_, Command::Openapi) => return openapi::run(),
        (settings, Command::Doctor) => return doctor::run(settings),
        (Ok(settings), _) => settings,
        (Err(error), _) => return complain(&error, 2),
    };
    let outcome = match command {
        Command::Migrate => migrate::run(&settings),
        Command::CreateAdmin(new) => create_admin::run(&settings, &new),
        Command::Keys(command) => keys::run(&settings, command),
        Command::RevokeAll => revoke_all::run(&settings),
        Command::Import(command) => import::dispatch(&settings, &command),
        Command::Export(command) => export::run(&settings, &command),
        Command::Copy(arguments) => copy::run(&settings, &arguments),
        Command::CheckConfig => return check_config::run(&settings),
        Command::Health => return health::run(&settings),
        _ => serve::run(settings),
    };
    outcome.unwrap_or_else(|error| complain(&error, error.exit_code()))
}

fn read_dotenv(dotenv: &dyn Fn() -> io::Result<String>) -> Result<Option<String>, SettingsError> {
    match dotenv() {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(SettingsError::unusable(".env", format!("cannot be read: {error}"))),
    }
}

/// Help goes to standard output, a mistake to standard error.
fn show_usage(error: &clap::Error) -> ExitCode {
    // Nobody is left to tell where even that output is closed.
    let _ = error.print();
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
}

/// The one sentence, in one line: what a database says of itself may have several.
fn complain(error: &impl std::fmt::Display, code: u8) -> ExitCode {
    let text = error.to_string();
    let lines: Vec<_> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let _ = writeln!(io::stderr(), "vestibule: {}", lines.join("; "));
    ExitCode::from(code)
}

/// The accounts a command works on, their schema up to date and their key the right one. A database that had none is set
/// up with it.
fn accounts(settings: &Settings) -> Result<Accounts, StartError> {
    let database = store::open(settings)?;
    database.migrate()?;
    let secret_key = secret_key::settle(settings, &database, &SystemRandom)?;
    let address = settings.address(settings.listening.bind);
    store::accounts(settings, database, &secret_key, &address, &SystemRandom)
}

/// The database that is there: one that is not is not made, as it is where a server starts.
fn existing(settings: &Settings) -> Result<Database, StartError> {
    match &settings.data.database {
        DatabaseUrl::Sqlite(file) if !file.exists() => {
            let setting = if settings.data.is_embedded_default { "DATA_DIR" } else { "DATABASE_URL" };
            let why = format!("there is no database at {}", file.display());
            Err(SettingsError::unusable(setting, why).into())
        }
        _ => Ok(store::connect(settings)),
    }
}

/// What does not stop a command but should be told.
fn warn(settings: &Settings) {
    for warning in &settings.warnings {
        let _ = writeln!(io::stderr(), "vestibule: warning: {warning}");
    }
}

#[cfg(test)]
mod tests;
