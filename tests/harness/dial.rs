//! A clock of one process's own, by Debian's `faketime`, that a test sets while the process runs.

use std::fs;
use std::path::PathBuf;

use chrono::DateTime;
use tempfile::TempDir;
use vestibule_domain::time::Clock as _;
use vestibule_server::system::SystemClock;

use super::client::Client;

/// The dynamic linker knows what `$LIB` is here.
const LIBRARY: &str = "/usr/$LIB/faketime/libfaketimeMT.so.1";

/// By how much a clock on the wall is wrong; what counts the time that passes stays right.
pub(crate) struct Dial {
    folder: TempDir,
    file: String,
}

impl Dial {
    /// A clock that is wrong by so many seconds.
    pub(crate) fn set_to(seconds: i64) -> Self {
        let folder = TempDir::new().unwrap();
        let file = folder.path().join("offset").to_str().unwrap().to_owned();
        let dial = Self { folder, file };
        dial.turn(seconds);
        dial
    }

    /// From now on it is wrong by so many seconds.
    pub(crate) fn turn(&self, seconds: i64) {
        let new: PathBuf = self.folder.path().join("new");
        fs::write(&new, format!("{seconds:+}s")).unwrap();
        fs::rename(new, &self.file).unwrap();
    }

    /// What the process has to be started with.
    pub(crate) fn environment(&self) -> [(&str, &str); 4] {
        [
            ("LD_PRELOAD", LIBRARY),
            ("FAKETIME_TIMESTAMP_FILE", &self.file),
            ("FAKETIME_NO_CACHE", "1"),
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
        ]
    }

    /// By how many seconds the clock of a server is wrong, as its answers say.
    pub(crate) async fn read(server: &Client) -> i64 {
        let answer = server.get("/health/live").await;
        let shown = DateTime::parse_from_rfc2822(answer.header("date").unwrap()).unwrap();
        shown.timestamp() - SystemClock.now().unix_seconds()
    }
}
