//! `vestibule check-config`.

use std::io::{self, Write};
use std::process::ExitCode;

use crate::settings::Settings;

pub(super) fn run(settings: &Settings) -> ExitCode {
    super::warn(settings);
    // A reader that has seen enough is no failure.
    let _ = write(&mut io::stdout().lock(), settings);
    ExitCode::SUCCESS
}

pub(super) fn write(out: &mut impl Write, settings: &Settings) -> io::Result<()> {
    for listed in &settings.listing {
        writeln!(out, "{:<28} {:<36} {}", listed.name, listed.value, listed.origin)?;
    }
    writeln!(out, "\nThe database is {}, {}.", settings.data.database.kind(), settings.data.database)
}
