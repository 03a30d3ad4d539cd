//! Load, made by wrk.

use std::net::SocketAddr;
use std::process::Command;
use std::time::Duration;

use tempfile::TempDir;

/// wrk, and the script that makes it ask and tell.
pub(crate) struct Wrk {
    folder: TempDir,
}

/// What is asked.
#[derive(Clone, Copy)]
pub(crate) enum Asked<'a> {
    /// `GET` of a path with a token.
    Profile(&'a str),
    /// Sign-ins by accounts with these numbers, from 0, one after another.
    SignIns(usize),
}

/// How many connections ask at once where nothing else is said.
pub(crate) const CONNECTIONS: usize = 64;

const SCRIPT: &str = include_str!("load.lua");

impl Wrk {
    /// Panics with the line to type where there is no wrk.
    pub(crate) fn find() -> Self {
        let missing =
            "wrk was not found; type `just setup`, or on Debian and Ubuntu: sudo apt-get install wrk";
        Command::new("wrk").arg("--version").output().expect(missing);
        let folder = TempDir::new().unwrap();
        std::fs::write(folder.path().join("load.lua"), SCRIPT).unwrap();
        Self { folder }
    }

    /// Asks for `span` over so many connections; answers how many answers came a second. Panics where any of them was
    /// not a 2xx.
    pub(crate) fn run(
        &self,
        address: SocketAddr,
        asked: Asked<'_>,
        connections: usize,
        span: Duration,
    ) -> f64 {
        let script = self.folder.path().join("load.lua");
        let mut command = Command::new("wrk");
        command.args(["--threads", "2", "--connections", &connections.to_string(), "--timeout", "10s"]);
        command.args(["--duration", &format!("{}s", span.as_secs()), "--script"]).arg(script);
        command.arg(format!("http://{address}/api/auth/profile")).arg("--");
        match asked {
            Asked::Profile(token) => command.args(["profile", token]),
            Asked::SignIns(accounts) => command.args(["sign-ins", &accounts.to_string()]),
        };
        let output = command.output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        let figures = said.lines().find_map(|line| line.strip_prefix("figures "));
        let figures =
            figures.unwrap_or_else(|| panic!("wrk: {said}{}", String::from_utf8_lossy(&output.stderr)));
        let figures: Vec<f64> = figures.split(' ').map(|figure| figure.parse().unwrap()).collect();
        let [answers, microseconds, refused, broken] = figures[..] else { panic!("wrk: {said}") };
        assert!(
            refused + broken == 0.0,
            "of {answers} answers {refused} were refusals and {broken} never came: is the machine busy?"
        );
        answers * 1e6 / microseconds
    }
}
