//! `vestibule doctor`: what is well and what is not, a line each. It changes nothing.

mod background;
mod services;

use std::fmt;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use vestibule_domain::time::{Clock, Timestamp};
use vestibule_persistence::migrations::State;
use vestibule_persistence::{Database, DatabaseUrl, StoreError, user_list};

use crate::settings::{Settings, SettingsError};
use crate::system::SystemClock;
use crate::{files, secret_key, store, tls};

/// Less free space than this, in bytes, and writes will soon fail.
const DISK_LOW: u64 = 512 * 1024 * 1024;
/// Less than this, and they fail about now.
const DISK_FULL: u64 = 32 * 1024 * 1024;
/// 2025, in milliseconds since 1970, when this program was not there yet: a clock that shows less is wrong.
const TOO_EARLY: u64 = 1_735_689_600_000;
/// A clock beyond this (2100) is wrong, too.
const FAR_FUTURE: u64 = 4_102_444_800_000;

/// How well something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    /// As it should be.
    Ok,
    /// It works, but somebody should look.
    Warn,
    /// The server cannot run, or not safely.
    Fail,
}

impl fmt::Display for Health {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Fail => "fail",
        })
    }
}

/// One line of the examination.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How well it is.
    pub health: Health,
    /// What was looked at.
    pub what: &'static str,
    /// What was seen.
    pub words: String,
}

pub(super) fn run(settings: Result<Settings, SettingsError>) -> ExitCode {
    let findings = match settings {
        Ok(settings) => examine(&settings, SystemClock.now()),
        Err(error) => vec![found(Health::Fail, "settings", error)],
    };
    let mut out = io::stdout().lock();
    for Finding { health, what, words } in &findings {
        // A reader that has seen enough is no failure.
        let _ = writeln!(out, "{health:<5} {what:<12} {words}");
    }
    let failed = findings.iter().any(|finding| finding.health == Health::Fail);
    ExitCode::from(u8::from(failed))
}

/// Everything that can be seen from here.
#[must_use]
pub fn examine(settings: &Settings, now: Timestamp) -> Vec<Finding> {
    let mut findings = vec![found(Health::Ok, "version", env!("CARGO_PKG_VERSION"))];
    findings.extend(examine_settings(settings));
    findings.push(examine_clock(now));
    findings.extend(examine_folder(&settings.data.dir));
    findings.extend(examine_modes(settings));
    findings.extend(examine_database(settings, now));
    findings.extend(services::examine(settings));
    findings.extend(settings.listening.tls.as_ref().map(|tls| match tls::check(tls) {
        Ok(()) => found(Health::Ok, "tls", "the certificate and its key can be used"),
        Err(error) => found(Health::Fail, "tls", error),
    }));
    findings
}

fn found(health: Health, what: &'static str, words: impl fmt::Display) -> Finding {
    Finding { health, what, words: words.to_string() }
}

fn examine_settings(settings: &Settings) -> Vec<Finding> {
    let mut findings: Vec<_> =
        settings.warnings.iter().map(|warning| found(Health::Warn, "settings", warning)).collect();
    let listening = &settings.listening;
    if !listening.bind.ip().is_loopback() && listening.public_url.is_none() {
        let words = "BIND: takes calls from elsewhere, but PUBLIC_URL is not set, so no host but loopback is allowed by default";
        findings.push(found(Health::Warn, "settings", words));
    }
    if findings.is_empty() {
        findings.push(found(Health::Ok, "settings", "all can be used"));
    }
    findings
}

fn examine_clock(now: Timestamp) -> Finding {
    let health = if (TOO_EARLY..FAR_FUTURE).contains(&now.unix_millis()) { Health::Ok } else { Health::Fail };
    found(health, "clock", now)
}

/// Whether the folder is there, private, can be written to, and has room.
fn examine_folder(dir: &Path) -> Vec<Finding> {
    const WHAT: &str = "data folder";
    let shown = dir.display();
    if !dir.exists() {
        return vec![found(
            Health::Warn,
            WHAT,
            format!("{shown} is not there yet; it is made when it is needed"),
        )];
    }
    let mut findings = Vec::new();
    let probe = dir.join(format!(".doctor-{}", std::process::id()));
    findings.push(match files::make_private_file(&probe).and_then(|()| std::fs::remove_file(&probe)) {
        Ok(()) => found(Health::Ok, WHAT, format!("{shown} can be written to")),
        Err(error) => found(Health::Fail, WHAT, format!("{shown} cannot be written to: {error}")),
    });
    findings.push(match rustix::fs::statvfs(dir) {
        Ok(disk) => judge_room(disk.f_bavail.saturating_mul(disk.f_frsize)),
        Err(error) => found(Health::Warn, "disk", format!("the free space is unknown: {error}")),
    });
    findings
}

fn judge_room(free: u64) -> Finding {
    let health = match free {
        0..DISK_FULL => Health::Fail,
        DISK_FULL..DISK_LOW => Health::Warn,
        _ => Health::Ok,
    };
    found(health, "disk", format!("{} MiB are free", free / (1024 * 1024)))
}

/// Whether others on the machine can read what is ours.
fn examine_modes(settings: &Settings) -> Vec<Finding> {
    let mut ours = vec![settings.data.dir.clone(), settings.data.secret_key_file(), settings.data.mail_dir()];
    if let DatabaseUrl::Sqlite(file) = &settings.data.database {
        ours.push(file.clone());
    }
    ours.extend(settings.listening.tls.as_ref().map(|tls| tls.key.clone()));
    let open = ours.iter().filter_map(|path| files::mode(path).ok().map(|mode| (path, mode)));
    let open: Vec<_> = open.filter(|(_, mode)| mode & 0o077 != 0).collect();
    if open.is_empty() {
        return vec![found(Health::Ok, "modes", "what is there is private")];
    }
    let warn = |(path, mode): (&std::path::PathBuf, u32)| {
        let words = format!("{} has mode {mode:04o}; others on this machine may get in", path.display());
        found(Health::Warn, "modes", words)
    };
    open.into_iter().map(warn).collect()
}

fn examine_database(settings: &Settings, now: Timestamp) -> Vec<Finding> {
    const WHAT: &str = "database";
    let url = &settings.data.database;
    if let DatabaseUrl::Sqlite(file) = url
        && !file.exists()
    {
        // Connecting would make it.
        return vec![found(
            Health::Warn,
            WHAT,
            format!("{} is not there yet; the first start makes it", file.display()),
        )];
    }
    let database = store::connect(settings);
    let place = format!("{}, {url}", url.kind());
    match database.check() {
        Ok(State::Current) => {
            let mut findings = vec![
                found(Health::Ok, WHAT, format!("{place}: answers, schema up to date")),
                examine_key(settings, &database),
                services::examine_keys(settings, &database),
                services::examine_media(settings, &database),
            ];
            findings.push(examine_search(&database));
            findings.extend(background::examine_jobs(&database, now));
            findings.push(background::examine_outbox(&database, now));
            findings
        }
        Ok(State::Behind(steps)) => {
            let words = format!(
                "{place}: answers, but its schema is {steps} steps behind; the next start takes them"
            );
            vec![found(Health::Warn, WHAT, words)]
        }
        Ok(State::Ahead(step)) => {
            let words = format!(
                "{place}: was migrated by a newer version (it has {step}); what runs goes on, but this one does not start"
            );
            vec![found(Health::Fail, WHAT, words)]
        }
        Err(error) => vec![found(Health::Fail, WHAT, format!("{place}: {error}"))],
    }
}

/// Without the index everything works, and a search looks at every account.
fn examine_search(database: &Database) -> Finding {
    const SEARCH: &str = "search";
    match database.read(user_list::is_search_indexed) {
        Ok(true) => found(Health::Ok, SEARCH, "parts of names are found through an index"),
        Ok(false) => {
            let make = user_list::MAKE_SEARCH_INDEX;
            let words = format!(
                "each account is looked at for a part of a name; as owner of the database type: {make}"
            );
            found(Health::Warn, SEARCH, words)
        }
        Err::<_, StoreError>(error) => found(Health::Fail, SEARCH, error),
    }
}

fn examine_key(settings: &Settings, database: &Database) -> Finding {
    match secret_key::is_right(settings, database) {
        Ok(Some(true)) => found(Health::Ok, "secret key", "is the one the database was set up with"),
        Ok(Some(false)) => found(Health::Fail, "secret key", secret_key::SecretKeyError::Wrong),
        Ok(None) => found(Health::Warn, "secret key", "none was used with this database yet"),
        Err(error) => found(Health::Fail, "secret key", error),
    }
}

#[cfg(test)]
mod tests;
