//! `vestibule keys`.

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Subcommand;
use vestibule_domain::time::Clock;

use crate::settings::Settings;
use crate::start_error::StartError;
use crate::system::{SystemClock, SystemRandom};

/// What to do with the keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Subcommand)]
pub enum KeysCommand {
    /// Make a new key, which signs two seconds later; tokens that others signed stay good until they run out
    Rotate,
}

pub(super) fn run(settings: &Settings, command: KeysCommand) -> Result<ExitCode, StartError> {
    super::warn(settings);
    let KeysCommand::Rotate = command;
    let kid = super::accounts(settings)?.keys.rotate(SystemClock.now(), &SystemRandom)?;
    writeln!(io::stdout(), "The key {kid} signs in a moment, on every node.")?;
    Ok(ExitCode::SUCCESS)
}
