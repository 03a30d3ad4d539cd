//! A real browser, for what only a browser can tell: whether a page works.

use std::collections::BTreeSet;
use std::fs;
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// A page after its scripts have run.
pub(super) struct Page {
    /// The document as it is then.
    pub(super) dom: String,
    /// What the browser complains of in its console: errors of scripts, blocked resources.
    pub(super) complaints: Vec<String>,
    /// Every address the page asked for.
    pub(super) asked: BTreeSet<String>,
}

/// It has a profile of its own, tells nobody anything and finds no host but this one.
const ARGUMENTS: &[&str] = &[
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--host-resolver-rules=MAP accounts.test 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    // Ten seconds of the page's own time, which passes as fast as it has nothing to do.
    "--virtual-time-budget=10000",
    "--enable-logging=stderr",
    "--dump-dom",
];

/// A name that is not loopback's, so that nothing is kinder to us than to a stranger's installation.
pub(super) const HOST: &str = "accounts.test";

/// Opens a page of the server at `origin`, which may be named by [`HOST`].
pub(super) fn open(origin: &str, path: &str) -> Page {
    let folder = TempDir::new().unwrap();
    let log = folder.path().join("network.json");
    let mut browser = Command::new("timeout");
    browser.args(["--kill-after=5", "60", "chromium"]).args(ARGUMENTS).stdin(Stdio::null());
    // As if it had come over TLS, which a stranger's installation has.
    browser.arg(format!("--unsafely-treat-insecure-origin-as-secure={origin}"));
    browser.arg(format!("--user-data-dir={}", folder.path().join("profile").display()));
    browser.arg(format!("--log-net-log={}", log.display())).arg(format!("{origin}{path}"));
    let output = browser.output().unwrap();
    assert_ne!(
        output.status.code(),
        Some(127),
        "this test needs a browser: apt-get install --yes --no-install-recommends chromium"
    );
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "chromium: {said}");
    let complaints = said.lines().filter(|line| line.contains(":CONSOLE")).map(str::to_owned).collect();
    let dom = String::from_utf8(output.stdout).unwrap();
    Page { dom, complaints, asked: asked(&fs::read(&log).unwrap(), origin) }
}

/// What was asked for on behalf of a page of `origin`; the browser's own curiosity is not ours.
fn asked(log: &[u8], origin: &str) -> BTreeSet<String> {
    let log: Value = serde_json::from_slice(log).unwrap();
    let events = log["events"].as_array().unwrap().iter().map(|event| &event["params"]);
    let of_the_page = events.filter(|request| request["initiator"].as_str() == Some(origin));
    of_the_page.filter_map(|request| request["url"].as_str()).map(str::to_owned).collect()
}
