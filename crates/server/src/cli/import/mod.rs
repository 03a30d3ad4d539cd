//! `vestibule import`.

mod django;
mod fastapi;
mod file;
mod progress;
mod rehearsal;

use std::io::{self, Write};
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::thread::available_parallelism;
use std::time::Duration;

use clap::{Args, Subcommand};
use vestibule_auth::rules::EmailVerification;
use vestibule_import::report::Summary;
use vestibule_import::run::{Destination, RunOptions, run};
use vestibule_import::source::Source;
use vestibule_persistence::dialect::Patience;
use vestibule_persistence::{Database, DatabaseUrl, PoolOptions};

use crate::settings::{Settings, SettingsError};
use crate::start_error::StartError;
use crate::store;
use crate::system::{SystemClock, SystemRandom};
use progress::Told;
use rehearsal::Room;

/// Where people move in from.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum ImportCommand {
    /// Take over the accounts of a Django project from its database
    Django(django::DjangoImport),
    /// Take over the accounts of a FastAPI service, or of any other with one table of them, from its database
    Fastapi(fastapi::FastapiImport),
    /// Take over accounts from a CSV file
    Csv(file::CsvImport),
    /// Take over accounts from a file of JSON lines
    Jsonl(file::JsonlImport),
}

/// What every import asks.
#[derive(Args, Clone, Debug, PartialEq, Eq)]
pub(crate) struct Common {
    /// Look at everything and report it, and keep nothing
    #[arg(long)]
    dry_run: bool,
    /// Where the report goes: one line a row that was not taken as it stood [default: standard output]
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Rows in one transaction
    #[arg(long, value_name = "N", default_value_t = 5000, value_parser = clap::value_parser!(u32).range(1..=50_000))]
    batch: u32,
    /// The folder of the other system's uploads, to take its pictures over
    #[arg(long, value_name = "FOLDER")]
    media_root: Option<PathBuf>,
}

impl Common {
    /// Refuses a report that would be written over `file`, which the option or setting `named` names.
    fn spare(&self, named: &str, file: &Path) -> Result<(), SettingsError> {
        match &self.report {
            Some(report) if progress::is_same_file(report, file) => {
                let why =
                    format!("{} is the file that {named} names, and would be overwritten", report.display());
                Err(SettingsError::unusable("--report", why))
            }
            _ => Ok(()),
        }
    }
}

pub(super) fn dispatch(settings: &Settings, command: &ImportCommand) -> Result<ExitCode, StartError> {
    super::warn(settings);
    if settings.accounts.email_verification == EmailVerification::Required {
        let _ = writeln!(
            io::stderr(),
            "vestibule: warning: EMAIL_VERIFICATION is required: who did not prove an address in the old system has to do so \
             here before signing in"
        );
    }
    match command {
        ImportCommand::Django(import) => django::run(settings, import),
        ImportCommand::Fastapi(import) => fastapi::run(settings, import),
        ImportCommand::Csv(import) => file::run_csv(settings, import),
        ImportCommand::Jsonl(import) => file::run_jsonl(settings, import),
    }
}

/// Takes over what `source` has.
pub(crate) fn carry_out(
    settings: &Settings,
    common: &Common,
    source: &mut dyn Source,
) -> Result<ExitCode, StartError> {
    if let Some(folder) = common.media_root.as_ref().filter(|folder| !folder.is_dir()) {
        return Ok(super::complain(&format!("--media-root: {} is no folder", folder.display()), 2));
    }
    let options = RunOptions {
        batch: usize::try_from(common.batch).unwrap_or(1),
        hash_threads: available_parallelism().map_or(1, NonZero::get),
        media_root: common.media_root.clone(),
    };
    if let DatabaseUrl::Sqlite(file) = &settings.data.database {
        common.spare("DATABASE_URL", file)?;
    }
    let mut told = Told::new(common.report.clone());
    let summary = if common.dry_run {
        let room = Room::make()?;
        let to = rehearsal::destination(settings, &room, source.name())?;
        run(&to, source, &options, &mut told)
    } else {
        run(&destination(settings, common)?, source, &options, &mut told)
    };
    told.done();
    let summary = summary?;
    match print_summary(&summary, common.dry_run) {
        // Nobody is left to tell where standard output is closed.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Ok(super::complain(&format!("all is done, but the figures cannot be written: {error}"), 1))
        }
        _ => Ok(ExitCode::SUCCESS),
    }
}

/// The installation's own accounts, their schema up to date.
fn destination(settings: &Settings, common: &Common) -> Result<Destination, StartError> {
    let accounts = super::accounts(settings)?;
    let avatars = common.media_root.is_some().then(|| store::avatars(settings, accounts.database.clone()));
    Ok(Destination {
        database: unhurried(accounts.database.url()),
        rehearsal: None,
        hasher: accounts.hasher.clone(),
        avatars: avatars.transpose()?,
        token_ttl: settings.sessions.refresh_token_ttl,
        random: Arc::new(SystemRandom),
        clock: Arc::new(SystemClock),
    })
}

/// The database at `url`, with more patience than a request has: a batch is as long as many of them.
fn unhurried(url: &DatabaseUrl) -> Database {
    let patience = Patience { connect: Duration::from_secs(5), statement: Duration::from_mins(1) };
    let log_queries = tracing::enabled!(target: "database", tracing::Level::DEBUG);
    Database::open(url, PoolOptions { size: 4, patience, log_queries })
}

/// The figures, in words.
fn print_summary(summary: &Summary, is_dry_run: bool) -> io::Result<()> {
    let mut out = io::stdout().lock();
    let Summary { taken, updated, unchanged, kept, gone, skipped, .. } = summary;
    writeln!(
        out,
        "Accounts: {taken} taken, {updated} updated, {unchanged} unchanged, {kept} changed on both sides, \
         {gone} deleted here, {skipped} not taken."
    )?;
    let Summary { admins, reduced, unusable, .. } = summary;
    if admins + reduced + unusable > 0 {
        writeln!(
            out,
            "Of those: {admins} admins, {unusable} whose password has to be chosen anew, {reduced} with something left out."
        )?;
    }
    for (what, taken, others) in [
        ("Roles", summary.roles, None),
        ("Pictures", summary.avatars, Some((0, summary.avatars_skipped))),
        ("Tokens", summary.tokens, Some((0, summary.tokens_skipped))),
        (
            "Posts, comments and messages",
            summary.texts,
            Some((summary.texts_unchanged, summary.texts_skipped)),
        ),
    ] {
        match others {
            None if taken > 0 => writeln!(out, "{what}: {taken} made.")?,
            Some((0, skipped)) if taken + skipped > 0 => {
                writeln!(out, "{what}: {taken} taken, {skipped} not taken.")?;
            }
            Some((unchanged, skipped)) if unchanged > 0 => {
                writeln!(out, "{what}: {taken} taken, {unchanged} taken before, {skipped} not taken.")?;
            }
            _ => {}
        }
    }
    if summary.avatars_left > 0 {
        let left = summary.avatars_left;
        writeln!(out, "Pictures: {left} were not looked for; --media-root names their folder.")?;
    }
    if is_dry_run {
        writeln!(out, "This was a dry run: nothing was kept.")?;
    }
    Ok(())
}
