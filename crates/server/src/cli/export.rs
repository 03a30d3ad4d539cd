//! `vestibule export`.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Subcommand, ValueEnum};
use vestibule_domain::time::Clock;
use vestibule_import::export::{ExportError, ExportOptions, Form, export_users};
use vestibule_persistence::Database;

use crate::settings::Settings;
use crate::start_error::StartError;
use crate::system::SystemClock;

/// What to write out.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum ExportCommand {
    /// Write every account out
    Users(UsersExport),
}

/// How to write accounts out.
#[derive(Args, Clone, Debug, PartialEq, Eq)]
pub struct UsersExport {
    /// JSON lines, or a table for spreadsheets, in which an apostrophe stands before what would be calculated
    #[arg(long, value_enum, default_value_t = Format::Jsonl)]
    format: Format,
    /// The file to write; only its owner can read it [default: standard output]
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Replace the file if there is one
    #[arg(long, requires = "output")]
    force: bool,
    /// With the password hashes, to move to another system: whoever reads them can try passwords at leisure
    #[arg(long)]
    with_hashes: bool,
}

/// What a file looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A JSON object a line
    Jsonl,
    /// A table with a header
    Csv,
}

pub(super) fn run(settings: &Settings, command: &ExportCommand) -> Result<ExitCode, StartError> {
    super::warn(settings);
    let ExportCommand::Users(arguments) = command;
    let database = super::existing(settings)?;
    database.migrate()?;
    let options = ExportOptions {
        form: match arguments.format {
            Format::Jsonl => Form::Jsonl,
            Format::Csv => Form::Csv,
        },
        with_hashes: arguments.with_hashes,
        address: settings.address(settings.listening.bind),
    };
    let written = match &arguments.output {
        Some(path) => to_file(&database, &options, path, arguments.force)?,
        None => to_writer(&database, &options, io::stdout().lock())?,
    };
    let words = if written == 1 {
        "1 account was written.".to_owned()
    } else {
        format!("{written} accounts were written.")
    };
    writeln!(io::stderr(), "{words}")?;
    Ok(ExitCode::SUCCESS)
}

fn to_writer(database: &Database, options: &ExportOptions, out: impl Write) -> Result<u64, ExportError> {
    let mut out = BufWriter::with_capacity(256 * 1024, out);
    let written = export_users(database, SystemClock.now(), options, &mut out)?;
    out.flush()?;
    Ok(written)
}

fn to_file(
    database: &Database,
    options: &ExportOptions,
    path: &Path,
    force: bool,
) -> Result<u64, ExportError> {
    let exists = || {
        io::Error::new(ErrorKind::AlreadyExists, format!("{} exists; --force replaces it", path.display()))
    };
    if !force && path.symlink_metadata().is_ok() {
        return Err(exists().into());
    }
    let (draft, file) = Draft::make(path)?;
    let written = to_writer(database, options, &file)?;
    file.sync_all()?;
    if force {
        fs::rename(&draft.0, path)?;
        return Ok(written);
    }
    // A link does not replace what came there meanwhile.
    match fs::hard_link(&draft.0, path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Err(exists().into()),
        Err(_) => Ok(fs::rename(&draft.0, path).map(|()| written)?),
        Ok(()) => Ok(written),
    }
}

/// The file while it is written; it goes with this.
struct Draft(PathBuf);

impl Draft {
    fn make(path: &Path) -> io::Result<(Self, File)> {
        let mut draft = path.to_owned();
        draft.add_extension(format!("{}.new", std::process::id()));
        let file =
            OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft).map_err(|error| {
                io::Error::new(error.kind(), format!("cannot make {}: {error}", draft.display()))
            })?;
        Ok((Self(draft), file))
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        // It has got its name by now, or is of no use.
        let _ = fs::remove_file(&self.0);
    }
}
