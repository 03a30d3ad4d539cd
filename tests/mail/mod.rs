//! Mails on their way to a real mail server, which may be away, refuse, stall or die.

mod away;
mod encrypted;
mod leaving;
mod nodes;
mod refused;

use std::time::{Duration, Instant};

use serde_json::json;

use crate::harness::client::Answer;
use crate::harness::smtp::Received;
use crate::harness::{Backend, Smtp, TestApp, given};

/// How long a mail may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// A node that sends its mails to `url`, and none but those a test asks for.
async fn node(backend: Backend, url: &str) -> TestApp {
    TestApp::start_with(backend, &["--smtp-url", url, "--email-verification", "off"]).await
}

/// Makes the accounts `prefix0` and up.
async fn members(app: &TestApp, prefix: &str, count: usize) -> Vec<String> {
    let names: Vec<_> = (0..count).map(|number| format!("{prefix}{number}")).collect();
    for name in &names {
        let answer = app.anonymous().post("/api/auth/register", given::registration(name)).await;
        answer.assert_status(201);
    }
    names
}

/// Asks for a link to a new password.
async fn forgot(app: &TestApp, name: &str) -> Answer {
    let body = json!({ "email": given::address(name) });
    app.anonymous().post("/api/auth/password/forgot", body).await
}

/// Waits until `count` mails were taken, and then hands all of them out.
async fn received(smtp: &Smtp, count: usize) -> Vec<Received> {
    until(&format!("{count} mails are taken"), || smtp.received().len() >= count).await;
    smtp.received()
}

/// How many mails wait or were given up.
fn queued(app: &TestApp) -> usize {
    app.database.sql("select count(*) from outbox").parse().unwrap()
}

/// Waits until nothing waits.
async fn emptied(app: &TestApp) {
    until("the outbox is empty", || queued(app) == 0).await;
}

/// Waits until every mail was tried and is nobody's.
async fn tried(app: &TestApp) {
    let untried = "select count(*) from outbox where attempts = 0 or lease_id is not null";
    until("every mail was tried", || app.database.sql(untried) == "0").await;
}

async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < PATIENCE, "waited in vain until {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
