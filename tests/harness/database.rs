//! One database a test, on either side, and what a test may do to it behind the server's back.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::ops::Deref;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, OnceLock};

use tempfile::TempDir;

use super::postgres::Postgres;

/// The database a test runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Backend {
    /// The embedded one.
    Sqlite,
    /// The server the harness starts.
    Postgres,
}

/// A database of one test, gone with it.
pub(crate) struct TestDatabase(Place);

enum Place {
    Sqlite(TempDir),
    Postgres { server: Server, name: String },
}

/// The server that all share, or one of a test's own.
enum Server {
    Shared,
    Own(Arc<Postgres>),
}

impl Deref for Server {
    type Target = Postgres;

    fn deref(&self) -> &Postgres {
        match self {
            Self::Shared => Postgres::shared(),
            Self::Own(server) => server,
        }
    }
}

/// Runs the statements of `argv[2]` on the file `argv[1]`, prints the last one's rows, and where asked keeps the
/// connection open until standard input ends.
const SQLITE_CLIENT: &str = r"
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=30)
rows = []
for statement in filter(str.strip, sys.argv[2].split(';')):
    rows = connection.execute(statement).fetchall()
for row in rows:
    print('|'.join('' if field is None else str(field) for field in row))
if sys.argv[3] == 'hold':
    print('held', flush=True)
    sys.stdin.read()
";

/// Copies the file `argv[1]` to `argv[2]`, whoever writes to it meanwhile.
const BACKUP: &str = r"
import sqlite3, sys
with sqlite3.connect(sys.argv[2]) as copy:
    sqlite3.connect(sys.argv[1]).backup(copy)
";

impl TestDatabase {
    /// An empty file, or a copy of the migrated template on the shared PostgreSQL.
    pub(crate) fn new(backend: Backend) -> Self {
        match backend {
            Backend::Sqlite => Self::empty(backend),
            Backend::Postgres => Self::on(Server::Shared, Some(template())),
        }
    }

    /// A database without tables.
    pub(crate) fn empty(backend: Backend) -> Self {
        match backend {
            Backend::Sqlite => Self(Place::Sqlite(TempDir::new().unwrap())),
            Backend::Postgres => Self::on(Server::Shared, None),
        }
    }

    /// An empty database on a PostgreSQL of this test's own, which it may stop, pause and start.
    pub(crate) fn on_own_postgres() -> Self {
        Self::on(Server::Own(Arc::new(Postgres::durable())), None)
    }

    /// Another empty database on the PostgreSQL of this test's own.
    pub(crate) fn sister(&self) -> Self {
        Self::on(Server::Own(Arc::clone(self.own())), None)
    }

    fn on(server: Server, template: Option<&str>) -> Self {
        let name = server.create_database(template);
        Self(Place::Postgres { server, name })
    }

    /// The PostgreSQL of this test's own; panics for the others, which are not to be tormented.
    pub(crate) fn own_postgres(&self) -> &Postgres {
        self.own()
    }

    fn own(&self) -> &Arc<Postgres> {
        let Place::Postgres { server: Server::Own(server), .. } = &self.0 else {
            panic!("this test shares its PostgreSQL or has none")
        };
        server
    }

    /// What `DATABASE_URL` is set to.
    pub(crate) fn url(&self) -> String {
        match &self.0 {
            Place::Sqlite(folder) => {
                format!("sqlite://{}", folder.path().join("vestibule.sqlite3").display())
            }
            Place::Postgres { server, name } => server.url(name),
        }
    }

    /// The same on PostgreSQL for the role `role`.
    pub(crate) fn url_of(&self, role: &str, password: &str) -> String {
        let url = self.url();
        let (_, place) = url.split_once('@').expect("a PostgreSQL");
        format!("postgres://{role}:{password}@{place}")
    }

    /// Runs statements behind the server's back; hands back the rows, fields separated by `|`.
    pub(crate) fn sql(&self, statements: &str) -> String {
        match &self.0 {
            Place::Sqlite(folder) => {
                let output = sqlite(folder, statements, "leave").output().unwrap();
                let complaint = String::from_utf8_lossy(&output.stderr);
                assert!(output.status.success(), "{statements}: {complaint}");
                String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
            }
            Place::Postgres { server, name } => server.sql(name, statements),
        }
    }

    /// Runs statements on a connection that then stays open, with its transaction and its locks, until the answer is
    /// dropped.
    pub(crate) fn hold(&self, statements: &str) -> Hold {
        let (mut command, typed) = match &self.0 {
            Place::Sqlite(folder) => (sqlite(folder, statements, "hold"), None),
            Place::Postgres { server, name } => (server.psql(name), Some(statements)),
        };
        let mut session = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut input = session.stdin.take().unwrap();
        if let Some(statements) = typed {
            writeln!(input, "{statements};\n\\echo held").unwrap();
        }
        let lines = BufReader::new(session.stdout.take().unwrap()).lines();
        let held = lines.map_while(Result::ok).any(|line| line == "held");
        assert!(held, "{statements}: refused by the database");
        Hold { session, input: Some(input) }
    }

    /// Puts away into `file` what is there, beside servers that run, as operators are told to.
    pub(crate) fn back_up(&self, file: &Path) {
        match &self.0 {
            // What `.backup` of SQLite's own program does.
            Place::Sqlite(folder) => must(python(folder, BACKUP).arg(file)),
            Place::Postgres { server, name } => {
                must(server.client("pg_dump", name).args(["--format", "custom", "--file"]).arg(file));
            }
        }
    }

    /// Brings into this database, which is empty, what was put away into `file`.
    pub(crate) fn restore(&self, file: &Path) {
        match &self.0 {
            Place::Sqlite(folder) => {
                fs::copy(file, folder.path().join("vestibule.sqlite3")).unwrap();
            }
            Place::Postgres { server, name } => {
                must(server.client("pg_restore", name).arg("--exit-on-error").arg(file));
            }
        }
    }

    /// Every byte that is kept: for tests that look for what must not be.
    pub(crate) fn dump(&self) -> Vec<u8> {
        match &self.0 {
            Place::Sqlite(folder) => {
                let files = fs::read_dir(folder.path()).unwrap();
                files.flat_map(|file| fs::read(file.unwrap().path()).unwrap()).collect()
            }
            Place::Postgres { server, name } => server.dump(name),
        }
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        // A failed test's second panic would hide the first.
        if let (Place::Postgres { server: server @ Server::Shared, name }, false) =
            (&self.0, std::thread::panicking())
        {
            server.drop_database(name);
        }
    }
}

/// A connection of another program that stands in the server's way until dropped.
pub(crate) struct Hold {
    session: Child,
    input: Option<ChildStdin>,
}

impl Drop for Hold {
    fn drop(&mut self) {
        drop(self.input.take());
        let _ = self.session.wait();
    }
}

fn must(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}

fn sqlite(folder: &TempDir, statements: &str, then: &str) -> Command {
    let mut command = python(folder, SQLITE_CLIENT);
    command.args([statements, then]);
    command
}

/// Runs `script` on the file.
fn python(folder: &TempDir, script: &str) -> Command {
    // The interpreter itself and nothing of what is installed beside it: it is asked hundreds of times.
    let python = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/venv/bin/python");
    assert!(fs::exists(python).unwrap(), "{python} is missing; type `just setup`");
    let mut command = Command::new(python);
    command.args(["-I", "-S", "-c", script]).arg(folder.path().join("vestibule.sqlite3"));
    command
}

/// A database with every migration run, by the binary itself; nobody ever connects to it afterwards.
fn template() -> &'static str {
    static TEMPLATE: OnceLock<String> = OnceLock::new();
    TEMPLATE.get_or_init(|| {
        let server = Postgres::shared();
        let name = server.create_database(None);
        let folder = TempDir::new().unwrap();
        let migrated = Command::new(env!("CARGO_BIN_EXE_vestibule"))
            .arg("migrate")
            .current_dir(folder.path())
            .env("DATABASE_URL", server.url(&name))
            .env("DATA_DIR", folder.path())
            .env("SECRET_KEY", super::given::SECRET_KEY)
            .output()
            .unwrap();
        let complaint = String::from_utf8_lossy(&migrated.stderr);
        assert!(migrated.status.success(), "vestibule migrate: {complaint}");
        name
    })
}
