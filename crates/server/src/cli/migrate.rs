//! `vestibule migrate`.

use std::io::{self, Write};
use std::process::ExitCode;

use crate::settings::Settings;
use crate::start_error::StartError;
use crate::store;

pub(super) fn run(settings: &Settings) -> Result<ExitCode, StartError> {
    super::warn(settings);
    let steps = store::open(settings)?.migrate()?;
    let words = match steps {
        0 => "The schema was up to date.".to_owned(),
        1 => "1 step was taken; the schema is up to date.".to_owned(),
        steps => format!("{steps} steps were taken; the schema is up to date."),
    };
    writeln!(io::stdout(), "{words}")?;
    Ok(ExitCode::SUCCESS)
}
