//! The binary: hands the process's arguments and environment to the command line, and nothing else.

use std::process::ExitCode;

fn main() -> ExitCode {
    vestibule_server::cli::run(std::env::args_os().skip(1), &environment, &dotenv)
}

/// A variable of the environment. What is not UTF-8 comes with replacement characters, which the settings refuse.
#[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
fn environment(name: &str) -> Option<String> {
    std::env::var_os(name).map(|value| value.to_string_lossy().into_owned())
}

/// The text of `.env` in the working folder.
fn dotenv() -> std::io::Result<String> {
    std::fs::read_to_string(".env")
}
