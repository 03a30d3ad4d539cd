//! `vestibule revoke-all`.

use std::io::{self, Write};
use std::process::ExitCode;

use vestibule_auth::revoke_all::revoke_all;
use vestibule_domain::time::Clock;

use crate::settings::Settings;
use crate::start_error::StartError;
use crate::system::SystemClock;

pub(super) fn run(settings: &Settings) -> Result<ExitCode, StartError> {
    super::warn(settings);
    let words = match revoke_all(&super::accounts(settings)?, SystemClock.now())? {
        1 => "1 session was ended; no token is good any more.".to_owned(),
        ended => format!("{ended} sessions were ended; no token is good any more."),
    };
    writeln!(io::stdout(), "{words}")?;
    Ok(ExitCode::SUCCESS)
}
