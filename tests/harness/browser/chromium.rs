//! One real Chromium for all tests that look at pages at the same time, spoken to by the `DevTools` protocol.
//!
//! The protocol goes over a pipe, so there is no port to find and no driver between: when the test process ends, however it
//! ends, the pipe closes, the browser ends by itself, and the shell around it takes its profile away.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::oneshot;

use super::super::kept::program;

/// How long one answer of the browser may take on a busy machine.
pub(super) const PATIENCE: Duration = Duration::from_mins(1);

/// The browser reads the protocol at 3 and writes it at 4.
const KEEPER: &str = r#"
log="$1/log" profile="$1/profile"
shift
"$@" "--user-data-dir=$profile" 3<&0 4>&1 </dev/null >"$log" 2>&1
rm -rf -- "$profile"
"#;

/// It tells nobody anything and finds no host but this one.
const ARGUMENTS: &[&str] = &[
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    // Windows side by side, none of which sleeps because another lies on it.
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
    "--hide-scrollbars",
    "--force-color-profile=srgb",
    // One name that is not the browser's own machine leads there all the same.
    "--host-resolver-rules=MAP accounts.example 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    "--remote-debugging-pipe",
    "about:blank",
];

/// What a window hears, by the method of the event.
pub(super) trait Listener: Send {
    /// Takes an event; hands back a command that is due at once, such as to close a dialog.
    fn hear(&mut self, method: &str, params: &Value) -> Option<(&'static str, Value)>;
}

type Listeners = HashMap<String, Arc<Mutex<dyn Listener>>>;

/// The running browser; it ends with the last test that holds it.
pub(super) struct Chromium {
    keeper: Mutex<Child>,
    wires: Arc<Wires>,
    folder: TempDir,
}

/// What the thread that reads has in common with those who ask.
struct Wires {
    next: AtomicU64,
    to: Mutex<Option<ChildStdin>>,
    waiting: Mutex<HashMap<u64, oneshot::Sender<Value>>>,
    listeners: Mutex<Listeners>,
}

impl Chromium {
    /// The one that runs, or a new one.
    pub(super) fn shared() -> Arc<Self> {
        static RUNNING: Mutex<Weak<Chromium>> = Mutex::new(Weak::new());
        // A test that failed while it held this leaves nothing half done.
        let mut running = RUNNING.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        running.upgrade().unwrap_or_else(|| {
            let started = Arc::new(Self::start());
            *running = Arc::downgrade(&started);
            started
        })
    }

    fn start() -> Self {
        let (chromium, folder) = (program("chromium", "chromium"), TempDir::new().unwrap());
        let mut command = Command::new("sh");
        command.args(["-c", KEEPER, "keeper"]).arg(folder.path()).arg(chromium).args(ARGUMENTS);
        command.process_group(0).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut keeper = command.spawn().unwrap();
        let (to, from) = (keeper.stdin.take(), keeper.stdout.take().unwrap());
        let wires = Arc::new(Wires {
            next: AtomicU64::new(1),
            to: Mutex::new(to),
            waiting: Mutex::default(),
            listeners: Mutex::default(),
        });
        let reading = wires.clone();
        std::thread::spawn(move || reading.read(from));
        Self { keeper: Mutex::new(keeper), wires, folder }
    }

    /// Sends a command, to the window of `session` or to the whole browser, and waits for what comes back.
    pub(super) async fn call(&self, session: &str, method: &str, params: Value) -> Result<Value, String> {
        let (tell, told) = oneshot::channel();
        let number = self.wires.next.fetch_add(1, Ordering::Relaxed);
        self.wires.waiting.lock().unwrap().insert(number, tell);
        self.wires.write(number, session, method, &params);
        let answer = tokio::time::timeout(PATIENCE, told).await;
        let mut answer = match answer {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) => panic!("chromium is gone, at {method}:\n{}", self.log()),
            Err(late) => panic!("chromium does not answer {method} ({late}):\n{}", self.log()),
        };
        match answer.get("error") {
            Some(error) => Err(format!("{method}: {error}")),
            None => Ok(answer["result"].take()),
        }
    }

    /// From now on `listener` hears what happens in the window of `session`.
    pub(super) fn listen(&self, session: &str, listener: Arc<Mutex<dyn Listener>>) {
        self.wires.listeners.lock().unwrap().insert(session.to_owned(), listener);
    }

    /// Nobody hears the window of `session` any more.
    pub(super) fn forget(&self, session: &str) {
        self.wires.listeners.lock().unwrap().remove(session);
    }

    /// Closes what belongs to `context`, without waiting.
    pub(super) fn close(&self, context: &str) {
        let number = self.wires.next.fetch_add(1, Ordering::Relaxed);
        self.wires.write(number, "", "Target.disposeBrowserContext", &json!({ "browserContextId": context }));
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }
}

impl Wires {
    fn write(&self, number: u64, session: &str, method: &str, params: &Value) {
        let mut message = json!({ "id": number, "method": method, "params": params });
        if !session.is_empty() {
            message["sessionId"] = session.into();
        }
        let mut bytes = message.to_string().into_bytes();
        bytes.push(0);
        if let Some(to) = &mut *self.to.lock().unwrap() {
            // Where the browser is gone, whoever waits is told by the end of what is read.
            let _ = to.write_all(&bytes);
        }
    }

    fn read(&self, from: ChildStdout) {
        for message in BufReader::new(from).split(0) {
            let Ok(message) = message else { break };
            let Ok(message) = serde_json::from_slice::<Value>(&message) else { break };
            if let Some(number) = message["id"].as_u64() {
                let waiting = self.waiting.lock().unwrap().remove(&number);
                waiting.and_then(|waiting| waiting.send(message).ok());
            } else {
                self.tell(&message);
            }
        }
        self.waiting.lock().unwrap().clear();
    }

    fn tell(&self, event: &Value) {
        let Some(session) = event["sessionId"].as_str() else { return };
        let Some(listener) = self.listeners.lock().unwrap().get(session).cloned() else { return };
        let method = event["method"].as_str().unwrap_or_default();
        let due = listener.lock().unwrap().hear(method, &event["params"]);
        if let Some((command, params)) = due {
            let number = self.next.fetch_add(1, Ordering::Relaxed);
            self.write(number, session, command, &params);
        }
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        drop(self.wires.to.lock().map(|mut to| to.take()));
        let Ok(keeper) = self.keeper.get_mut() else { return };
        let begun = Instant::now();
        while matches!(keeper.try_wait(), Ok(None)) {
            if begun.elapsed() > Duration::from_secs(10) {
                let _ = kill_process_group(Pid::from_child(keeper), Signal::KILL);
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}
