//! `vestibule openapi`.

use std::io::{self, Write};
use std::process::ExitCode;

pub(super) fn run() -> ExitCode {
    match crate::app::openapi_json() {
        Ok(document) => {
            // A reader that has seen enough, such as `head`, is no failure.
            let _ = io::stdout().write_all(document.as_bytes());
            ExitCode::SUCCESS
        }
        Err(error) => super::complain(&error, 1),
    }
}
