//! What the server told people, and whether it kept its word.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use tokio::task::JoinHandle;

use super::spread::Spread;
use crate::harness::Process;
use crate::harness::client::Client;
use crate::harness::database::TestDatabase;

/// What somebody asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    Register,
    SignIn,
    Change,
    Look,
}

impl What {
    /// The status of the one good answer.
    pub(super) fn success(self) -> u16 {
        if self == Self::Register { 201 } else { 200 }
    }
}

/// What came back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Outcome {
    Status(u16),
    /// The connection was not taken.
    Refused,
    /// The connection broke before the answer was there.
    Cut,
    /// Nothing, for as long as one waited.
    Hung,
    /// The balancer's own word: it lost the node, or found none.
    Balancer(u16),
}

/// One request.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    pub(super) what: What,
    pub(super) outcome: Outcome,
    pub(super) began_at: Instant,
    pub(super) ended_at: Instant,
}

impl Entry {
    /// How long it took.
    pub(super) fn took(&self) -> Duration {
        self.ended_at - self.began_at
    }

    /// Whether it did what was asked.
    pub(super) fn succeeded(&self) -> bool {
        self.outcome == Outcome::Status(self.what.success())
    }
}

/// What was asked and answered, and what may be relied on since.
#[derive(Default)]
pub(super) struct Book {
    pub(super) entries: Vec<Entry>,
    /// Answers that are neither what was asked for nor 503, and reads that show what nobody wrote.
    pub(super) wrong: Vec<String>,
    /// Accounts asked for, and whether the server said that it made them.
    pub(super) accounts: BTreeMap<String, bool>,
    /// Tokens the server gave out.
    pub(super) tokens: Vec<String>,
    lag: Duration,
    nicknames: BTreeMap<String, Nicknames>,
}

/// What somebody asked to be called.
#[derive(Default)]
struct Nicknames {
    /// Last acknowledged.
    known: String,
    /// Acknowledged before that, and when the next was.
    former: Vec<(Instant, String)>,
    /// Of unknown outcome.
    unknown: Vec<String>,
}

impl Book {
    /// An empty one, where another node may believe for `lag` what it read before a change.
    pub(super) fn allowing(lag: Duration) -> Self {
        Self { lag, ..Self::default() }
    }

    /// `name` asked to be called so.
    pub(super) fn called(&mut self, name: &str, nickname: String, acknowledged: bool) {
        let nicknames = self.nicknames.entry(name.to_owned()).or_default();
        if acknowledged {
            let former = std::mem::replace(&mut nicknames.known, nickname);
            nicknames.former.retain(|(until, _)| until.elapsed() <= self.lag);
            nicknames.former.push((Instant::now(), former));
        } else {
            nicknames.unknown.push(nickname);
        }
    }

    /// Notes it where the nickname shown for `name` to who asked then is neither the last acknowledged, nor one that may have
    /// come true, nor one that another node may still know.
    pub(super) fn compare(&mut self, name: &str, shown: &str, asked_at: Instant) {
        let nicknames = self.nicknames.entry(name.to_owned()).or_default();
        if shown == nicknames.known || nicknames.unknown.iter().any(|nickname| nickname == shown) {
            return;
        }
        let is_former = |(until, nickname): &(Instant, String)| {
            nickname == shown && asked_at.saturating_duration_since(*until) < self.lag
        };
        if !nicknames.former.iter().any(is_former) {
            self.wrong
                .push(format!("{name} is called {shown:?} after {:?} was acknowledged", nicknames.known));
        }
    }

    /// Takes in another book.
    pub(super) fn append(&mut self, other: Self) {
        self.entries.extend(other.entries);
        self.wrong.extend(other.wrong);
        self.accounts.extend(other.accounts);
        self.tokens.extend(other.tokens);
        self.nicknames.extend(other.nicknames);
    }

    /// How often each outcome came, in words.
    pub(super) fn outcomes(&self) -> String {
        let mut counts = BTreeMap::<Outcome, usize>::new();
        for entry in &self.entries {
            *counts.entry(entry.outcome).or_default() += 1;
        }
        let words = counts.iter().map(|(outcome, count)| match outcome {
            Outcome::Status(status) => format!("{status}: {count}"),
            other => format!("{other:?}: {count}").to_lowercase(),
        });
        words.collect::<Vec<_>>().join(", ")
    }

    /// How long those requests took that `choose` picks.
    pub(super) fn spread(&self, choose: impl Fn(&Entry) -> bool) -> Spread {
        self.entries.iter().filter(|entry| choose(entry)).map(Entry::took).collect()
    }

    /// Fails the test where the server said something untrue, or nothing to somebody who reached it.
    #[track_caller]
    pub(super) fn assert_right(&self) {
        assert_eq!(self.wrong, Vec::<String>::new());
        let hung = self.entries.iter().find(|entry| entry.outcome == Outcome::Hung);
        assert!(hung.is_none(), "{hung:?}");
    }

    /// Fails the test where a request got no answer at all: the server was there all the time.
    #[track_caller]
    pub(super) fn assert_answered(&self) {
        let lost = self.entries.iter().find(|entry| !matches!(entry.outcome, Outcome::Status(_)));
        assert!(lost.is_none(), "{lost:?}");
    }

    /// Fails the test unless all that was acknowledged is there once and whole, and nothing is there by half.
    pub(super) async fn assert_kept(&self, database: &TestDatabase, server: &Process) -> String {
        let keys = database.sql("select username_key from users order by username_key");
        let found: Vec<&str> = keys.lines().collect();
        let twice: Vec<_> = found.windows(2).filter(|pair| pair[0] == pair[1]).collect();
        assert!(twice.is_empty(), "made twice: {twice:?}");
        let acknowledged = self.accounts.iter().filter(|(_, acknowledged)| **acknowledged);
        let lost: Vec<_> = acknowledged.clone().filter(|(name, _)| !found.contains(&name.as_str())).collect();
        assert!(lost.is_empty(), "acknowledged and lost: {lost:?}");
        let strangers: Vec<_> = found.iter().filter(|name| !self.accounts.contains_key(**name)).collect();
        assert!(strangers.is_empty(), "nobody asked for these: {strangers:?}");

        let by_half = "select count(*) from users where id not in (select user_id from user_roles)";
        assert_eq!(database.sql(by_half), "0", "accounts without a role");
        let admins = database.sql("select count(*) from user_roles where role = 'admin'");
        assert_eq!(admins, "1", "one admin");

        let stranger = server.anonymous();
        for some in found.chunks(4) {
            let signing_in: Vec<_> = some.iter().map(|name| sign_in(server.anonymous(), name)).collect();
            for person in signing_in {
                person.await.unwrap();
            }
        }
        for token in &self.tokens {
            stranger.with_token(token).get("/api/auth/profile").await.assert_status(200);
        }
        format!(
            "accounts acknowledged {}, unacknowledged {}, found {}; sessions acknowledged {}; lost 0, half 0, double 0",
            acknowledged.count(),
            self.accounts.values().filter(|acknowledged| !**acknowledged).count(),
            found.len(),
            self.tokens.len(),
        )
    }
}

fn sign_in(stranger: Client, name: &str) -> JoinHandle<Client> {
    let name = name.to_owned();
    tokio::spawn(async move { stranger.sign_in(&name).await })
}
