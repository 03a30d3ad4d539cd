//! Moving in: other systems' databases, made by these systems themselves, and what becomes of their people here.

mod belongings;
mod collisions;
mod copy;
mod django;
mod ending;
mod export;
mod fastapi;
mod files;
mod killed;
mod lived_in;
mod rerun;
mod strangers;
mod walkthrough;

use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

use crate::harness::database::TestDatabase;
use crate::harness::postgres::Postgres;
use crate::harness::{Backend, Process, given};

/// The password of everybody in the old systems: its bytes are not those of its NFKC form.
const PASSWORD: &str = "na\u{ef}ve \u{fb01}anc\u{e9}e \u{1f40e} 1847";

const PYTHON: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/venv/bin/python");

const SCRIPTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/moving");

/// Another system's database, gone with the test.
enum Old {
    Sqlite(TempDir),
    Postgres { name: String },
}

impl Old {
    /// An empty one.
    fn new(backend: Backend) -> Self {
        match backend {
            Backend::Sqlite => Self::Sqlite(TempDir::new().unwrap()),
            Backend::Postgres => Self::Postgres { name: Postgres::shared().create_database(None) },
        }
    }

    /// Where it lies.
    fn url(&self) -> String {
        match self {
            Self::Sqlite(folder) => format!("sqlite://{}", folder.path().join("old.sqlite3").display()),
            Self::Postgres { name } => Postgres::shared().url(name),
        }
    }

    /// Lets the other system's own script work on it; hands back what that prints.
    fn make(&self, script: &str, words: &[&str]) -> String {
        let install = "the old systems were not found in target/venv; type `just setup`";
        assert!(Path::new(PYTHON).is_file(), "{install}");
        let mut command = Command::new(PYTHON);
        command.arg("-B").arg(Path::new(SCRIPTS).join(script)).arg(self.url()).args(words);
        let output = command.output().unwrap();
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{install}: {complaint}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Runs statements on one of PostgreSQL.
    fn sql(&self, statements: &str) {
        let Self::Postgres { name } = self else { panic!("{statements}: not on SQLite") };
        Postgres::shared().sql(name, statements);
    }

    /// Everything in it.
    fn dump(&self) -> Dump {
        Dump(match self {
            Self::Sqlite(folder) => std::fs::read(folder.path().join("old.sqlite3")).unwrap(),
            Self::Postgres { name } => {
                let text = String::from_utf8(Postgres::shared().dump(name)).unwrap();
                // Every dump has a key of its own there.
                let lines = text.lines().filter(|line| !line.contains("restrict "));
                lines.collect::<Vec<_>>().join("\n").into_bytes()
            }
        })
    }
}

/// Everything in a database, which nobody wants to see printed.
#[derive(PartialEq)]
struct Dump(Vec<u8>);

impl std::fmt::Debug for Dump {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} bytes", self.0.len())
    }
}

impl Drop for Old {
    fn drop(&mut self) {
        // A failed test's second panic would hide the first.
        if let (Self::Postgres { name }, false) = (&self, std::thread::panicking()) {
            Postgres::shared().drop_database(name);
        }
    }
}

/// An installation of the real binary that people move into.
struct House {
    process: Process,
    database: TestDatabase,
}

impl House {
    fn new(backend: Backend) -> Self {
        let database = TestDatabase::new(backend);
        let url = database.url();
        let process = Process::prepare(&[
            ("DATABASE_URL", &url),
            ("SECRET_KEY", given::SECRET_KEY),
            ("RATE_LIMITS", "off"),
            ("WORKERS", "2"),
        ]);
        Self { process, database }
    }

    /// `vestibule import` with those words.
    fn import(&self, words: &[&str]) -> Moved {
        Moved::of(self.process.command(&[&["import"], words].concat()).output().unwrap())
    }

    /// Starts the server.
    fn open(&mut self) {
        self.process.spawn();
        self.process.wait_until_ready();
    }
}

/// What an import said.
struct Moved {
    code: Option<i32>,
    /// Standard output and standard error.
    said: String,
}

impl Moved {
    fn of(output: Output) -> Self {
        let said = [output.stdout, output.stderr].concat();
        Self { code: output.status.code(), said: String::from_utf8(said).unwrap() }
    }

    /// That it went well; hands back what it said.
    #[track_caller]
    fn well(&self) -> &str {
        assert_eq!(self.code, Some(0), "{}", self.said);
        &self.said
    }

    /// That it ended with `code` and one sentence, which is handed back.
    #[track_caller]
    fn refused(&self, code: i32) -> &str {
        assert_eq!(self.code, Some(code), "{}", self.said);
        let lines: Vec<_> = self.said.lines().collect();
        assert_eq!(lines.len(), 1, "{}", self.said);
        lines[0]
    }

    /// The line of the report about `place`; panics where there is none, or more than one.
    #[track_caller]
    fn line(&self, place: &str) -> &str {
        let is_it = |line: &&str| line.split('\t').nth(1) == Some(place);
        let lines: Vec<_> = self.said.lines().filter(is_it).collect();
        assert_eq!(lines.len(), 1, "{place}: {}", self.said);
        lines[0]
    }
}
