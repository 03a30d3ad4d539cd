//! `vestibule copy`.

use std::io::{self, IsTerminal, Write};
use std::path::absolute;
use std::process::ExitCode;

use clap::Args;
use vestibule_import::copy::{CopiedTable, copy};
use vestibule_media::MediaUrl;
use vestibule_persistence::{Database, DatabaseUrl, PoolOptions};

use crate::settings::Settings;
use crate::start_error::StartError;
use crate::store;
use crate::system::SystemClock;

/// Where to.
#[derive(Args, Clone, Debug, PartialEq, Eq)]
pub struct Copy {
    /// The new database: a URL of the kind the server takes. Everybody on the machine sees a command line, so leave a password to
    /// PGPASSWORD or ~/.pgpass
    #[arg(long, value_name = "URL")]
    to: String,
}

pub(super) fn run(settings: &Settings, arguments: &Copy) -> Result<ExitCode, StartError> {
    super::warn(settings);
    // Not by clap, which repeats what it refuses, password and all.
    let url: DatabaseUrl = match arguments.to.parse() {
        Ok(url) => url,
        Err(error) => return Ok(super::complain(&format!("--to: {error}"), 2)),
    };
    let from = super::existing(settings)?;
    store::make_room("--to", &url)?;
    let to = Database::open(&url, PoolOptions::default());
    let is_watched = io::stderr().is_terminal();
    let tables = copy(&from, &to, &SystemClock, &mut |table| {
        if is_watched {
            // Nobody is left to tell where even that is closed.
            let _ = writeln!(io::stderr(), "copying {table}");
        }
    })?;
    let mut out = io::stdout().lock();
    write_tables(&mut out, &from, &to, &tables)?;
    write_what_is_left(&mut out, settings)?;
    Ok(ExitCode::SUCCESS)
}

fn write_tables(
    out: &mut impl Write,
    from: &Database,
    to: &Database,
    tables: &[CopiedTable],
) -> io::Result<()> {
    writeln!(out, "Copied {} to {}. Both sides hold the same:\n", from.url(), to.url())?;
    writeln!(out, "  {:<18} {:>12}  SHA-256 of the rows", "table", "rows")?;
    for table in tables {
        writeln!(out, "  {:<18} {:>12}  {}", table.name, table.rows, table.digest)?;
    }
    Ok(())
}

/// What no copy of a database brings along.
fn write_what_is_left(out: &mut impl Write, settings: &Settings) -> io::Result<()> {
    let data = &settings.data;
    writeln!(out, "\nWhat was written here since the copy began is not there.")?;
    if data.is_embedded_default && data.secret_key.is_none() {
        let file = data.secret_key_file();
        let file = absolute(&file).unwrap_or(file);
        writeln!(out, "Start there with the same secret key: SECRET_KEY_FILE={}", file.display())?;
    } else {
        writeln!(out, "Start there with the same SECRET_KEY.")?;
    }
    match &settings.media.url {
        MediaUrl::Folder(folder) => {
            let folder = absolute(folder).unwrap_or_else(|_| folder.clone());
            writeln!(out, "Pictures are files and were not copied: MEDIA_URL={}", folder.display())
        }
        MediaUrl::S3 { .. } => writeln!(out, "Pictures stay where they are: keep MEDIA_URL as it is."),
    }
}
