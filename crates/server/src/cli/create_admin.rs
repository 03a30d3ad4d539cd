//! `vestibule create-admin`.

use std::fmt::Display;
use std::io::{self, BufRead, IsTerminal, Read, Write};
use std::process::ExitCode;

use clap::Args;
use thiserror::Error;
use vestibule_auth::create_admin::{CreateAdminError, create_admin};
use vestibule_auth::hasher::Scratch;
use vestibule_domain::email::EmailAddress;
use vestibule_domain::password::{Password, PasswordError};
use vestibule_domain::time::Clock;
use vestibule_domain::username::Username;
use zeroize::Zeroizing;

use crate::settings::Settings;
use crate::start_error::StartError;
use crate::system::{SystemClock, SystemRandom};

/// Who becomes admin. The password is no argument: those are visible to everybody on the machine.
#[derive(Args, Clone, Debug, PartialEq, Eq)]
pub struct NewAdmin {
    /// The username
    #[arg(long, value_name = "NAME")]
    username: String,
    /// The e-mail address
    #[arg(long, value_name = "ADDRESS")]
    email: String,
}

/// Why there is no password to take.
#[derive(Debug, Error)]
enum NoPassword {
    #[error("cannot be read: {0}")]
    Unreadable(#[from] io::Error),
    #[error("was typed differently the second time")]
    Differs,
    #[error(transparent)]
    Refused(#[from] PasswordError),
}

pub(super) fn run(settings: &Settings, new: &NewAdmin) -> Result<ExitCode, StartError> {
    super::warn(settings);
    let username = match Username::admit(&new.username) {
        Ok(username) => username,
        Err(error) => return Ok(refuse("--username", &error)),
    };
    let email: EmailAddress = match new.email.parse() {
        Ok(email) => email,
        Err(error) => return Ok(refuse("--email", &error)),
    };
    let password = match read_password() {
        Ok(password) => password,
        Err(error) => return Ok(refuse("the password", &error)),
    };
    // An account makes the database one that was set up: its key has to be there from now on.
    let accounts = super::accounts(settings)?;
    let scratch = &mut Scratch::default();
    match create_admin(&accounts, SystemClock.now(), &SystemRandom, scratch, username, email, &password) {
        Ok(user) => {
            let name = user.username.as_ref().map_or("", Username::as_str);
            writeln!(io::stdout(), "{name} is admin now.")?;
            Ok(ExitCode::SUCCESS)
        }
        Err(error) => Ok(explain(error)),
    }
}

fn refuse(what: &str, error: &impl Display) -> ExitCode {
    super::complain(&format!("{what} {error}"), 2)
}

fn explain(error: CreateAdminError) -> ExitCode {
    match error {
        CreateAdminError::WeakPassword(rules) => {
            let words: Vec<_> = rules.iter().map(ToString::to_string).collect();
            super::complain(&words.join(" "), 1)
        }
        error => super::complain(&error, 1),
    }
}

fn read_password() -> Result<Password, NoPassword> {
    if io::stdin().is_terminal() {
        let first = Zeroizing::new(rpassword::prompt_password("Password: ")?);
        let second = Zeroizing::new(rpassword::prompt_password("Once more: ")?);
        if *first != *second {
            return Err(NoPassword::Differs);
        }
        return Ok(Password::new(first.as_str().to_owned())?);
    }
    first_line(io::stdin().lock())
}

/// The first line of `input` without its line break.
fn first_line(input: impl Read) -> Result<Password, NoPassword> {
    // Read a little beyond the longest password, so that a longer one is refused and not cut.
    let limit = u64::try_from(Password::MAX_BYTES).unwrap_or(u64::MAX).saturating_add(3);
    let mut line = Zeroizing::new(String::new());
    io::BufReader::new(input.take(limit)).read_line(&mut line)?;
    let text = line.strip_suffix('\n').unwrap_or(&line);
    Ok(Password::new(text.strip_suffix('\r').unwrap_or(text).to_owned())?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_password_is_the_first_line_as_it_stands() {
        for (input, password) in [("a b \nc\n", "a b "), ("x\r\n", "x"), ("no end", "no end")] {
            assert_eq!(first_line(input.as_bytes()).unwrap().typed(), password, "{input:?}");
        }
    }

    #[test]
    fn no_password_and_one_that_is_too_long_are_refused() {
        for input in [String::new(), "\n".to_owned(), "x".repeat(1025), "x".repeat(9000) + "\n"] {
            assert!(
                matches!(first_line(input.as_bytes()), Err(NoPassword::Refused(_))),
                "{} bytes",
                input.len()
            );
        }
        assert!(first_line(format!("{}\r\n", "x".repeat(1024)).as_bytes()).is_ok());
    }
}
