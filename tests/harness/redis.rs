//! A real Redis of a test's own, on loopback, keeping nothing on disk.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::sync::Mutex;
use std::time::Duration;

use tempfile::TempDir;

use super::kept::{Kept, program};
use super::postgres::free_port;

/// One Redis; it goes with the test.
pub(crate) struct Redis {
    port: u16,
    folder: TempDir,
    running: Mutex<Option<Kept>>,
}

impl Redis {
    /// A Redis that answers.
    pub(crate) fn start() -> Self {
        let redis = Self { port: free_port(), folder: TempDir::new().unwrap(), running: Mutex::new(None) };
        redis.start_again();
        redis
    }

    /// Starts it again, empty, after [`Redis::stop`].
    pub(crate) fn start_again(&self) {
        let port = self.port.to_string();
        let arguments = [
            "--bind",
            "127.0.0.1",
            "--port",
            &port,
            "--save",
            "",
            "--appendonly",
            "no",
            "--enable-debug-command",
            "yes",
        ];
        let kept = Kept::start(&program("redis-server", "redis-server"), &arguments, self.folder.path());
        Kept::wait_until("Redis", self.folder.path(), || {
            self.try_command(&["PING"]).as_deref() == Some("+PONG")
        });
        *self.running.lock().unwrap() = Some(kept);
    }

    /// What `REDIS_URL` is set to.
    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/0", self.port)
    }

    /// Ends it at once, as a crash would.
    pub(crate) fn stop(&self) {
        drop(self.running.lock().unwrap().take());
    }

    /// Freezes it: connections stay open and nothing answers.
    pub(crate) fn pause(&self) {
        self.running.lock().unwrap().as_ref().expect("it runs").pause();
    }

    /// Lets it go on.
    pub(crate) fn resume(&self) {
        self.running.lock().unwrap().as_ref().expect("it runs").resume();
    }

    /// Gives it a command; hands back the first line of the answer, and for a list every line.
    pub(crate) fn command(&self, words: &[&str]) -> String {
        self.try_command(words).unwrap_or_else(|| panic!("Redis does not answer {words:?}"))
    }

    fn try_command(&self, words: &[&str]) -> Option<String> {
        let mut socket = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).ok()?;
        socket.set_read_timeout(Some(Duration::from_secs(10))).ok()?;
        let parts = words.iter().map(|word| format!("${}\r\n{word}\r\n", word.len()));
        let bytes = format!("*{}\r\n{}", words.len(), parts.collect::<String>());
        socket.write_all(bytes.as_bytes()).ok()?;
        read_reply(&mut BufReader::new(socket))
    }
}

/// One reply of the protocol, its lines joined.
fn read_reply(from: &mut BufReader<TcpStream>) -> Option<String> {
    let mut line = String::new();
    from.read_line(&mut line).ok().filter(|read| *read > 0)?;
    let line = line.trim_end().to_owned();
    match line.split_at_checked(1)? {
        ("*", count) => {
            let count: usize = count.parse().ok()?;
            let parts: Option<Vec<_>> = (0..count).map(|_| read_reply(from)).collect();
            Some(parts?.join("\n"))
        }
        ("$", "-1") => Some(String::new()),
        ("$", _) => {
            let mut text = String::new();
            from.read_line(&mut text).ok()?;
            Some(text.trim_end().to_owned())
        }
        _ => Some(line),
    }
}
