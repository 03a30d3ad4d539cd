//! A real PostgreSQL that the tests start themselves: in a temporary folder, on a free port, on loopback only.
//!
//! Ordinary tests share one server, which trades durability for speed; a test of faults takes a durable one of its
//! own and stops, pauses and starts it. Run by root, the server runs as an unprivileged user, as PostgreSQL demands.
//!
//! The server is the child of a small shell that holds the other end of a pipe: when the test process goes, however
//! it goes, the pipe closes, and the shell stops this server and removes its folder.

use std::fs;
use std::io::Write as _;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock};
use std::time::{Duration, Instant};

use rustix::fs::statvfs;
use rustix::process::{Pid, Signal, kill_process, test_kill_process};

/// What a failed test says where PostgreSQL is missing.
const INSTALL: &str = "PostgreSQL's server programs (initdb, postgres, psql) were not found; \
    type `just setup`, or on Debian and Ubuntu: sudo apt-get install postgresql";

/// `$1` is the folder, `$2` where the programs lie, the rest goes to the server. A line on standard input means
/// "stop, I shall start you again"; its end means that nobody needs the folder any more.
const KEEPER: &str = r#"
folder=$1; programs=$2; shift 2
if [ ! -s "$folder/data/PG_VERSION" ]; then
    "$programs/initdb" --pgdata="$folder/data" --username=postgres --pwfile="$folder/password" \
        --auth=scram-sha-256 --encoding=UTF8 --locale=C.UTF-8 --no-sync >>"$folder/log" 2>&1 </dev/null
fi
"$programs/postgres" -D "$folder/data" "$@" >>"$folder/log" 2>&1 </dev/null &
server=$!
read -r word || word=
kill -QUIT "$server" 2>/dev/null
kill -CONT "$server" 2>/dev/null
wait "$server"
[ -n "$word" ] || rm -rf "$folder"
"#;

/// Settings of the shared server: nothing it holds outlives the tests.
const FLEETING: &[&str] = &[
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "autovacuum=off",
    "min_wal_size=32MB",
    "max_wal_size=256MB",
];

/// What the memory behind `/dev/shm` must have left to take the shared server's files.
const ROOM: u64 = 2 << 30;

/// How long a start or a stop may take on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// One running (or stopped, or paused) server.
pub(crate) struct Postgres {
    folder: PathBuf,
    programs: PathBuf,
    owner: Option<(u32, u32)>,
    port: u16,
    password: String,
    settings: &'static [&'static str],
    keeper: Mutex<Option<Child>>,
    /// `CREATE DATABASE .. TEMPLATE` wants the template for itself.
    creating: Mutex<()>,
    created: AtomicU64,
}

impl Postgres {
    /// The server all ordinary tests share, started by the first that asks.
    pub(crate) fn shared() -> &'static Self {
        static SHARED: OnceLock<Postgres> = OnceLock::new();
        SHARED.get_or_init(|| Self::begin(FLEETING, &fleeting_folder()))
    }

    /// A server of the caller's own that keeps every promise of durability, to be tormented.
    pub(crate) fn durable() -> Self {
        Self::begin(&[], &std::env::temp_dir())
    }

    fn begin(settings: &'static [&'static str], place: &Path) -> Self {
        let programs = programs().expect(INSTALL);
        let folder = tempfile::Builder::new().prefix("vestibule-postgres-").tempdir_in(place).unwrap().keep();
        let mut bytes = [0_u8; 16];
        fs::File::open("/dev/urandom")
            .and_then(|mut file| std::io::Read::read_exact(&mut file, &mut bytes))
            .unwrap();
        let password = format!("{:032x}", u128::from_ne_bytes(bytes));
        fs::write(folder.join("password"), &password).unwrap();
        fs::set_permissions(folder.join("password"), fs::Permissions::from_mode(0o600)).unwrap();
        let owner = unprivileged_owner();
        if let Some((user, group)) = owner {
            chown(&folder, Some(user), Some(group)).unwrap();
            chown(folder.join("password"), Some(user), Some(group)).unwrap();
        }
        let server = Self {
            folder,
            programs,
            owner,
            port: free_port(),
            password,
            settings,
            keeper: Mutex::new(None),
            creating: Mutex::new(()),
            created: AtomicU64::new(0),
        };
        server.start();
        server
    }

    /// Starts the server and waits until it answers.
    pub(crate) fn start(&self) {
        let mut command = Command::new("sh");
        command.args(["-c", KEEPER, "keeper"]).arg(&self.folder).arg(&self.programs);
        command.args(["-p", &self.port.to_string(), "-h", "127.0.0.1", "-N", "200"]);
        let sockets = format!("unix_socket_directories={}", self.folder.display());
        for setting in self.settings.iter().copied().chain([sockets.as_str()]) {
            command.args(["-c", setting]);
        }
        if let Some((user, group)) = self.owner {
            command.uid(user).gid(group);
        }
        // A group of its own: Ctrl-C ends the tests, and then the closing pipe ends the server in good order.
        command.current_dir(&self.folder).process_group(0);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        *self.keeper.lock().unwrap() = Some(command.spawn().unwrap());
        self.wait_until("start", || self.try_sql("postgres", "select 1").is_ok());
    }

    /// Stops at once, as a crash would: connections break and nothing is written out.
    pub(crate) fn stop_immediately(&self) {
        let Some(mut keeper) = self.keeper.lock().unwrap().take() else { return };
        keeper.stdin.take().unwrap().write_all(b"keep\n").unwrap();
        keeper.wait().unwrap();
    }

    /// Kills the postmaster alone, and waits until its orphans have noticed and ended.
    pub(crate) fn kill(&self) {
        let postmaster = self.postmaster();
        let orphans = children(postmaster);
        signal(postmaster, Signal::KILL);
        self.stop_immediately();
        self.wait_until("end", || orphans.iter().all(|orphan| test_kill_process(*orphan).is_err()));
    }

    /// Freezes the server with all its connections: they stay open and nothing answers.
    pub(crate) fn pause(&self) {
        let postmaster = self.postmaster();
        signal(postmaster, Signal::STOP);
        for backend in children(postmaster) {
            signal(backend, Signal::STOP);
        }
    }

    /// Lets a paused server go on.
    pub(crate) fn resume(&self) {
        let postmaster = self.postmaster();
        for backend in children(postmaster) {
            signal(backend, Signal::CONT);
        }
        signal(postmaster, Signal::CONT);
    }

    /// Where it keeps everything it has.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The address of `database` for `DATABASE_URL`.
    pub(crate) fn url(&self, database: &str) -> String {
        format!("postgres://postgres:{}@127.0.0.1:{}/{database}", self.password, self.port)
    }

    /// Creates a database, as a copy of `template` where one is named, and hands back its name.
    pub(crate) fn create_database(&self, template: Option<&str>) -> String {
        let name = format!("test_{}", self.created.fetch_add(1, Ordering::Relaxed));
        let template = template.unwrap_or("template0");
        let _alone = self.creating.lock().unwrap();
        self.sql("postgres", &format!("create database {name} template {template}"));
        name
    }

    /// Drops a database together with whoever is connected to it.
    pub(crate) fn drop_database(&self, name: &str) {
        self.sql("postgres", &format!("drop database {name} with (force)"));
    }

    /// Runs SQL and hands back its rows, fields separated by `|`.
    pub(crate) fn sql(&self, database: &str, statements: &str) -> String {
        self.try_sql(database, statements).unwrap_or_else(|complaint| panic!("{statements}: {complaint}"))
    }

    fn try_sql(&self, database: &str, statements: &str) -> Result<String, String> {
        let output = self.psql(database).args(["-c", statements]).output().unwrap();
        if output.status.success() {
            Ok(String::from_utf8(output.stdout).unwrap().trim_end().to_owned())
        } else {
            Err(String::from_utf8_lossy(&output.stderr).into_owned())
        }
    }

    /// `psql` connected to `database`, silent and without anybody's start file.
    pub(crate) fn psql(&self, database: &str) -> Command {
        let mut psql = self.client("psql", database);
        psql.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1"]);
        psql
    }

    /// Everything in `database` as SQL text.
    pub(crate) fn dump(&self, database: &str) -> Vec<u8> {
        let output = self.client("pg_dump", database).output().unwrap();
        assert!(output.status.success(), "pg_dump: {}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    }

    /// One of PostgreSQL's programs, connected to `database`.
    pub(crate) fn client(&self, program: &str, database: &str) -> Command {
        let mut command = Command::new(self.programs.join(program));
        command.env("PGPASSWORD", &self.password).env("PGCONNECT_TIMEOUT", "5");
        // The server has no certificate to offer, and asking for one costs more than the question that follows.
        command.env("PGSSLMODE", "disable").env("PGGSSENCMODE", "disable");
        command.args(["-h", "127.0.0.1", "-p", &self.port.to_string(), "-U", "postgres", "-d", database]);
        command
    }

    fn postmaster(&self) -> Pid {
        let file = fs::read_to_string(self.folder.join("data/postmaster.pid")).unwrap();
        Pid::from_raw(file.lines().next().unwrap().parse().unwrap()).unwrap()
    }

    fn wait_until(&self, what: &str, mut reached: impl FnMut() -> bool) {
        let begun = Instant::now();
        while !reached() {
            if begun.elapsed() > PATIENCE {
                let log = fs::read_to_string(self.folder.join("log")).unwrap_or_default();
                panic!("PostgreSQL did not {what} within {PATIENCE:?}:\n{log}");
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        match self.keeper.get_mut().map(Option::take) {
            Ok(Some(mut keeper)) => {
                drop(keeper.stdin.take());
                let _ = keeper.wait();
            }
            _ => drop(fs::remove_dir_all(&self.folder)),
        }
    }
}

/// Memory where there is enough of it: a thousand databases of three hundred files each come and go, and making files was a
/// good part of what the tests cost on a disk.
fn fleeting_folder() -> PathBuf {
    let memory = Path::new("/dev/shm");
    let has_room = statvfs(memory).is_ok_and(|there| there.f_bavail * there.f_frsize >= ROOM);
    if has_room { memory.to_owned() } else { std::env::temp_dir() }
}

/// A port nobody listens on, below the range from which the kernel hands out ports by itself, so that none of the
/// many listeners of the tests takes it before the program it is meant for.
pub(crate) fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let offset = u16::try_from(std::process::id() % 120).unwrap() * 100;
    (0..12_000)
        .map(|_| 20_000 + offset.wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed)) % 12_000)
        .find(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok())
        .expect("no free port between 20000 and 32000")
}

/// Where the newest server lies: Debian keeps it off the path.
fn programs() -> Option<PathBuf> {
    let complete =
        |folder: &PathBuf| ["initdb", "postgres", "psql"].iter().all(|name| folder.join(name).is_file());
    let version = |folder: &PathBuf| {
        let name = folder.parent().and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned());
        name.and_then(|name| name.parse::<u32>().ok())
    };
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let newest = versions.map(|entry| entry.path().join("bin")).filter(complete).max_by_key(version);
    #[expect(clippy::disallowed_methods, reason = "the harness looks for a program, it is not configured")]
    let path = std::env::var_os("PATH").unwrap_or_default();
    newest.or_else(|| std::env::split_paths(&path).find(complete))
}

/// The user and group the server runs as when root runs the tests.
fn unprivileged_owner() -> Option<(u32, u32)> {
    if fs::metadata("/proc/self").unwrap().uid() != 0 {
        return None;
    }
    let accounts = fs::read_to_string("/etc/passwd").unwrap();
    let find = |wanted: &str| {
        let account = accounts.lines().find(|line| line.split(':').next() == Some(wanted))?;
        let mut numbers = account.split(':').skip(2).map_while(|field| field.parse::<u32>().ok());
        Some((numbers.next()?, numbers.next()?))
    };
    Some(find("postgres").or_else(|| find("nobody")).expect("root needs a user `postgres` or `nobody`"))
}

/// A process that has ended meanwhile is no fault.
fn signal(process: Pid, signal: Signal) {
    let _ = kill_process(process, signal);
}

/// The children of `parent`: each connection of PostgreSQL is one.
fn children(parent: Pid) -> Vec<Pid> {
    let parent_of = |process: &i32| {
        let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
        // The name stands in parentheses and may hold anything; the state and the parent follow it.
        stat.rsplit_once(") ")?.1.split(' ').nth(1)?.parse::<i32>().ok()
    };
    let names =
        fs::read_dir("/proc").unwrap().flatten().filter_map(|entry| entry.file_name().into_string().ok());
    let processes = names.filter_map(|name| name.parse::<i32>().ok());
    let ours = processes.filter(|process| parent_of(process) == Some(parent.as_raw_nonzero().get()));
    ours.filter_map(Pid::from_raw).collect()
}
