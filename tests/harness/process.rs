//! The binary itself, as an operator starts it, and as the world ends it.

use std::fs::{self, File};
use std::net::SocketAddr;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use super::client::Client;
use super::mail::{self, Mail};
use super::postgres::free_port;
use super::raw;

/// How long a start or an orderly stop may take on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// A `vestibule` with a folder and a port of its own; it is ended when dropped.
pub(crate) struct Process {
    folder: TempDir,
    port: u16,
    environment: Vec<(String, String)>,
    child: Option<Running>,
}

/// The server and a shell that ends it should the test process be killed.
struct Running {
    server: Child,
    watcher: Child,
}

impl Running {
    fn end_watcher(&mut self) {
        let _ = self.watcher.kill();
        let _ = self.watcher.wait();
    }
}

impl Process {
    /// A process that is not started yet; `environment` is all it will see besides its port and its folder.
    pub(crate) fn prepare(environment: &[(&str, &str)]) -> Self {
        let environment = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Self {
            folder: TempDir::new().unwrap(),
            port: free_port(),
            environment: environment.collect(),
            child: None,
        }
    }

    /// Starts the server and waits until it is ready.
    pub(crate) fn start(environment: &[(&str, &str)]) -> Self {
        let mut process = Self::prepare(environment);
        process.spawn();
        process.wait_until_ready();
        process
    }

    /// A command of the binary, such as `&["doctor"]`, in this process's folder and environment.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_vestibule"));
        command.args(arguments).env_clear().current_dir(self.folder.path());
        command.env("BIND", self.address().to_string());
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Starts the server without waiting; what it says is added to `standard-output` and `standard-error`.
    pub(crate) fn spawn(&mut self) {
        let append =
            |name| File::options().create(true).append(true).open(self.folder.path().join(name)).unwrap();
        let (output, error) = (append("standard-output"), append("standard-error"));
        let mut command = self.command(&[]);
        let server = command.stdin(Stdio::null()).stdout(output).stderr(error).spawn().unwrap();
        let mut watcher = Command::new("sh");
        watcher.args(["-c", "read -r _ || kill -9 $1", "watcher", &server.id().to_string()]).process_group(0);
        let watcher = watcher.stdin(Stdio::piped()).spawn().unwrap();
        self.child = Some(Running { server, watcher });
    }

    /// Waits until `/health/ready` answers 200; hands back how long that took.
    pub(crate) fn wait_until_ready(&mut self) -> Duration {
        let begun = Instant::now();
        while !self.is_ready() {
            let ended = self.running().try_wait().unwrap();
            assert!(ended.is_none(), "the server ended ({ended:?}): {}", self.said());
            assert!(begun.elapsed() < PATIENCE, "the server is not ready: {}", self.said());
            std::thread::sleep(Duration::from_millis(2));
        }
        begun.elapsed()
    }

    fn running(&mut self) -> &mut Child {
        &mut self.child.as_mut().expect("it runs").server
    }

    fn is_ready(&self) -> bool {
        let request =
            format!("GET /health/ready HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", self.address());
        raw::Request::bytes(self.address(), request).send().is_ok_and(|answer| answer.status == 200)
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], self.port))
    }

    /// A stranger to it.
    pub(crate) fn anonymous(&self) -> Client {
        Client::anonymous(&format!("http://{}", self.address()))
    }

    /// The newest mail of `kind` to `address`, waited for.
    pub(crate) async fn mail_to(&self, address: &str, kind: &str) -> Mail {
        let fits = |mail: &Mail| mail.to == address && mail.kind == kind;
        mail::wait_for(&self.folder().join("data/mail"), &format!("{kind} to {address}"), |mails| {
            mails.into_iter().rfind(fits)
        })
        .await
    }

    /// The working directory; `./data` lies below it.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Everything it has said so far, the first screen and the log.
    pub(crate) fn said(&self) -> String {
        let read =
            |name| String::from_utf8_lossy(&fs::read(self.folder.path().join(name)).unwrap()).into_owned();
        read("standard-output") + &read("standard-error")
    }

    /// The number of the process.
    pub(crate) fn id(&self) -> u32 {
        self.child.as_ref().expect("it runs").server.id()
    }

    /// Asks it to stop, as an operator's system does.
    pub(crate) fn terminate(&self) {
        kill_process(Pid::from_child(&self.child.as_ref().expect("it runs").server), Signal::TERM).unwrap();
    }

    /// Asks it to stop, as somebody at a terminal does.
    pub(crate) fn interrupt(&self) {
        kill_process(Pid::from_child(&self.child.as_ref().expect("it runs").server), Signal::INT).unwrap();
    }

    /// Whether it has not ended by itself.
    pub(crate) fn is_running(&mut self) -> bool {
        self.running().try_wait().unwrap().is_none()
    }

    /// Ends it as a loss of power would: nothing is said, nothing is written out.
    pub(crate) fn kill(&mut self) {
        let mut child = self.child.take().expect("it runs");
        child.end_watcher();
        child.server.kill().unwrap();
        child.server.wait().unwrap();
    }

    /// Waits until it has ended by itself.
    pub(crate) fn wait(&mut self) -> ExitStatus {
        let begun = Instant::now();
        loop {
            if let Some(status) = self.running().try_wait().unwrap() {
                self.child.take().expect("it ran").end_watcher();
                return status;
            }
            assert!(begun.elapsed() < PATIENCE, "the server does not end: {}", self.said());
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            child.end_watcher();
            let _ = child.server.kill();
            let _ = child.server.wait();
        }
    }
}
