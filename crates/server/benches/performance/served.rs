//! Servers as processes of their own.

use std::fs;
use std::io::Read as _;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::YARDSTICK;
use crate::postgres::free_port;

/// How long a start may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// A running server; it is ended when dropped.
pub(crate) struct Served {
    child: Child,
    address: SocketAddr,
}

impl Served {
    /// The server, with its data in `folder` and the given settings beside the defaults; it answers already.
    pub(crate) fn vestibule(folder: &Path, settings: &[(&str, &str)]) -> Self {
        let served = Self::begin_vestibule(folder, settings);
        served.wait();
        served
    }

    /// The same, just begun.
    pub(crate) fn begin_vestibule(folder: &Path, settings: &[(&str, &str)]) -> Self {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()));
        let mut command = Command::new(env!("CARGO_BIN_EXE_vestibule"));
        command.env_clear().env("BIND", address.to_string());
        // All load comes from one address.
        command.env("RATE_LIMITS", "off").env("EMAIL_VERIFICATION", "off").envs(settings.iter().copied());
        command.current_dir(folder).stdout(Stdio::piped());
        Self::begin(command, address)
    }

    /// What it is compared with: this program in another mode.
    pub(crate) fn yardstick(mode: &str, words: &[&str]) -> Self {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()));
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.env_clear().args([YARDSTICK, mode, &address.to_string()]).args(words);
        let served = Self::begin(command, address);
        served.wait();
        served
    }

    fn begin(mut command: Command, address: SocketAddr) -> Self {
        // The log goes nowhere: its lines are made and written, and no disk is measured.
        let child = command.stdin(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        Self { child, address }
    }

    fn wait(&self) {
        let begun = Instant::now();
        while TcpStream::connect(self.address).is_err() {
            assert!(begun.elapsed() < PATIENCE, "the server on {} does not start", self.address);
            thread::sleep(Duration::from_millis(5));
        }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Waits for the first words it says, without asking it anything.
    pub(crate) fn wait_for_words(&mut self) {
        let mut word = [0];
        self.child.stdout.as_mut().unwrap().read_exact(&mut word).unwrap();
    }

    /// Waits until it computes no more: what was asked by those who have gone is still in its queue, and would be taken
    /// from the next one's turn.
    pub(crate) fn wait_until_idle(&self) {
        let begun = Instant::now();
        let mut before = self.ticks();
        loop {
            thread::sleep(Duration::from_millis(100));
            let now = self.ticks();
            if now - before <= 1 {
                return;
            }
            assert!(begun.elapsed() < PATIENCE, "the server on {} finds no rest", self.address);
            before = now;
        }
    }

    /// The processor's time it has used, in hundredths of a second.
    fn ticks(&self) -> u64 {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap();
        // The name stands in parentheses and may hold anything; the times are the twelfth and thirteenth after it.
        let fields: Vec<_> = stat.rsplit_once(") ").unwrap().1.split(' ').collect();
        fields[11..=12].iter().map(|field| field.parse::<u64>().unwrap()).sum()
    }

    /// Memory in MiB: `VmRSS`, what it holds now, or `VmHWM`, the most it ever held.
    pub(crate) fn memory(&self, kind: &str) -> f64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix(kind)?.strip_prefix(':')).unwrap();
        line.trim().strip_suffix(" kB").unwrap().parse::<f64>().unwrap() / 1024.0
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
