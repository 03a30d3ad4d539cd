//! A real SMTP server of a test's own, in one of several moods.

use std::fs;
use std::net::{Ipv4Addr, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use serde_json::Value;
use tempfile::TempDir;

use super::kept::Kept;
use super::postgres::free_port;

/// How it treats a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mood {
    /// It takes it, without TLS.
    Accept,
    /// It takes it, over STARTTLS alone.
    StartTls,
    /// Not now.
    Refuse4xx,
    /// Never.
    Refuse5xx,
    /// It never says whether it took it.
    Stall,
    /// It takes it, and dies before it says so.
    Dies,
}

impl Mood {
    fn word(self) -> &'static str {
        match self {
            Self::Accept => "accept",
            Self::StartTls => "starttls",
            Self::Refuse4xx => "refuse-4xx",
            Self::Refuse5xx => "refuse-5xx",
            Self::Stall => "stall",
            Self::Dies => "dies",
        }
    }
}

/// One SMTP server; it goes with the test.
pub(crate) struct Smtp {
    port: u16,
    folder: TempDir,
    running: Mutex<Option<Kept>>,
}

/// A mail it took.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    /// The envelope's sender.
    pub(crate) from: String,
    /// The envelope's recipients.
    pub(crate) to: Vec<String>,
    /// The message, headers and all.
    pub(crate) data: String,
    /// Whether it came over TLS.
    pub(crate) tls: bool,
}

impl Smtp {
    /// A server that listens.
    pub(crate) fn start(mood: Mood) -> Self {
        let smtp = Self { port: free_port(), folder: TempDir::new().unwrap(), running: Mutex::new(None) };
        let made =
            rcgen::generate_simple_self_signed(["localhost".to_owned(), "127.0.0.1".to_owned()]).unwrap();
        fs::write(smtp.folder.path().join("cert.pem"), made.cert.pem()).unwrap();
        fs::write(smtp.folder.path().join("key.pem"), made.signing_key.serialize_pem()).unwrap();
        smtp.start_again(mood);
        smtp
    }

    /// Starts it again, after [`Smtp::stop`] or its own end, in another mood.
    pub(crate) fn start_again(&self, mood: Mood) {
        self.stop();
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let (python, script) = (root.join("target/venv/bin/python"), root.join("tests/harness/smtp.py"));
        assert!(python.is_file(), "the Python of the tests is missing; type `just setup`");
        let folder = self.folder.path();
        let arguments =
            [script.to_str().unwrap(), &self.port.to_string(), mood.word(), folder.to_str().unwrap()];
        let kept = Kept::start(&python, &arguments, folder);
        Kept::wait_until("the SMTP server", folder, || {
            TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).is_ok()
        });
        *self.running.lock().unwrap() = Some(kept);
    }

    /// Ends it at once.
    pub(crate) fn stop(&self) {
        drop(self.running.lock().unwrap().take());
    }

    /// What `SMTP_URL` is set to, for plain SMTP.
    pub(crate) fn url(&self) -> String {
        format!("smtp://127.0.0.1:{}", self.port)
    }

    /// Where it listens.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// The certificate it shows where it speaks TLS, in PEM.
    pub(crate) fn certificate(&self) -> PathBuf {
        self.folder.path().join("cert.pem")
    }

    /// The mails it took so far, in order.
    pub(crate) fn received(&self) -> Vec<Received> {
        let book = fs::read_to_string(self.folder.path().join("received")).unwrap_or_default();
        let read = |line: &str| {
            let mail: Value = serde_json::from_str(line).unwrap();
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            Received {
                from: text(&mail["from"]),
                to: mail["to"].as_array().unwrap().iter().map(text).collect(),
                data: text(&mail["data"]),
                tls: mail["tls"].as_bool().unwrap(),
            }
        };
        book.lines().map(read).collect()
    }
}
