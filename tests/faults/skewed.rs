//! Nodes whose clocks are wrong, and what they decide about tokens.

use std::fmt;
use std::time::Duration;

use serde_json::json;
use tokio::time::sleep;

use super::on;
use crate::harness::client::{Answer, Client};
use crate::harness::database::TestDatabase;
use crate::harness::{Dial, Process, given};

/// A node with a clock of its own.
pub(super) struct Node {
    dial: Dial,
    /// By how many seconds that is wrong.
    pub(super) offset: i64,
    /// The server.
    pub(super) process: Process,
}

/// What was decided, and what of that wrongly.
#[derive(Default)]
pub(super) struct Verdicts {
    accepted: usize,
    refused: usize,
    wrongly_accepted: Vec<String>,
    wrongly_refused: Vec<String>,
}

impl Node {
    /// Started with a clock that is wrong by so many seconds.
    pub(super) async fn start(database: &TestDatabase, offset: i64, more: &[(&str, &str)]) -> Self {
        let dial = Dial::set_to(offset);
        let settings = [&dial.environment()[..], &[("PUBLIC_URL", "http://localhost")], more].concat();
        let process = on(database, &settings);
        let mut node = Self { dial, offset, process };
        node.launch().await;
        node
    }

    /// Killed and started with another clock.
    pub(super) async fn start_again(&mut self, offset: i64) {
        self.process.kill();
        self.turn(offset);
        self.launch().await;
    }

    async fn launch(&mut self) {
        self.process.spawn();
        self.process.wait_until_ready();
        let (shown, offset) = (Dial::read(&self.client()).await, self.offset);
        assert!((shown - offset).abs() <= 2, "the clock shows {shown}, not {offset}; is faketime installed?");
    }

    /// Sets its clock while it runs.
    pub(super) fn turn(&mut self, offset: i64) {
        self.dial.turn(offset);
        self.offset = offset;
    }

    /// A stranger to it.
    pub(super) fn client(&self) -> Client {
        self.process.anonymous()
    }

    /// Signs in; hands back both tokens.
    pub(super) async fn sign_in(&self, name: &str, format: &str) -> Pair {
        let mut body = given::credentials(name);
        body["format"] = json!(format);
        Pair::of(&self.client().post("/api/auth/login", body).await)
    }

    /// After a correction everybody may be told once to come back, and does.
    pub(super) async fn refresh(&self, pair: &Pair) -> Answer {
        let body = json!({ "refresh_token": pair.refresh });
        let answer = self.client().post("/api/auth/refresh", body.clone()).await;
        let Some(wait) = answer.header("retry-after").filter(|_| answer.status == 429) else { return answer };
        sleep(Duration::from_secs(wait.parse().unwrap())).await;
        self.client().post("/api/auth/refresh", body).await
    }

    /// Whether a token opens anything.
    pub(super) async fn opens(&self, token: &str) -> bool {
        let answer = self.client().with_token(token).get("/api/auth/profile").await;
        assert!([200, 401].contains(&answer.status), "{}", answer.text);
        answer.status == 200
    }
}

/// Both tokens of a session.
pub(super) struct Pair {
    pub(super) access: String,
    pub(super) refresh: String,
}

impl Pair {
    /// What a sign-in or a refresh answered.
    #[track_caller]
    pub(super) fn of(answer: &Answer) -> Self {
        let text = |name: &str| answer.body[name].as_str().unwrap_or_default().to_owned();
        answer.assert_status(200);
        Self { access: text("access_token"), refresh: text("refresh_token") }
    }
}

impl Verdicts {
    /// One decision.
    pub(super) fn note(&mut self, is_good: bool, should_be: bool, what: impl FnOnce() -> String) {
        match (is_good, should_be) {
            (true, true) => self.accepted += 1,
            (false, false) => self.refused += 1,
            (true, false) => self.wrongly_accepted.push(what()),
            (false, true) => self.wrongly_refused.push(what()),
        }
    }

    /// What should be good is good, and what should not is not.
    pub(super) async fn judge(&mut self, node: &Node, token: &str, should_be: bool, what: &str) {
        let is_good = node.opens(token).await;
        self.note(is_good, should_be, || format!("{what} on the node at {:+} s", node.offset));
    }

    /// Fails the test where anything was decided wrongly.
    #[track_caller]
    pub(super) fn assert_right(&self) {
        let none = Vec::<String>::new();
        assert_eq!((&self.wrongly_accepted, &self.wrongly_refused), (&none, &none));
    }
}

impl fmt::Display for Verdicts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (accepted, refused) = (self.wrongly_accepted.len(), self.wrongly_refused.len());
        write!(
            f,
            "accepted {}, refused {}, wrongly accepted {accepted}, wrongly refused {refused}",
            self.accepted, self.refused
        )
    }
}
