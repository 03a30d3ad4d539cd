//! What the server clears away by itself, and what becomes of that when something breaks.

use std::thread::sleep;
use std::time::{Duration, Instant};

use super::{durable, on, started_on};
use crate::harness::Backend;
use crate::harness::database::TestDatabase;

on_both!(
    what_is_left_over_goes_and_what_lives_stays,
    a_broken_table_stops_its_own_job_and_no_other,
    a_killed_nodes_job_is_taken_over,
    what_was_refused_is_written_before_the_end,
);

/// Long past, and far ahead, for every clock this runs under.
const PAST: &str = "'2020-01-01 00:00:00'";
const AHEAD: &str = "'2999-01-01 00:00:00'";

/// S90: one row of each kind that nobody can use any more, and one of each that somebody can.
async fn what_is_left_over_goes_and_what_lives_stays(backend: Backend) {
    let database = filled(backend);
    let server = started_on(&database, &[]);
    wait_for(&database, DONE, "10");
    for (question, answer) in [
        ("select id from sessions", "alive"),
        ("select digest from refresh_tokens where session_id <> 'alive'", ""),
        ("select count(*), count(spent_at) from refresh_tokens", "2|1"),
        ("select purpose from mail_tokens", "verify_email"),
        ("select old_email from email_ways_back", "open@example.org"),
        ("select address from known_clients", "near"),
        ("select kind from outbox where dead_at is not null", "new"),
        ("select detail from audit_events where event = 'limit.hit'", "new"),
        ("select count(*), count(retired_at) from signing_keys", "1|0"),
        ("select digest from submissions", "new"),
    ] {
        assert_eq!(database.sql(question), answer, "{question}");
    }
    assert_eq!(database.sql("select count(*) from users"), "1");
    let told = String::from_utf8(server.command(&["doctor"]).output().unwrap().stdout).unwrap();
    let jobs: Vec<_> = told.lines().filter(|line| line.contains(" purge.")).collect();
    assert_eq!(jobs.len(), 10, "{told}");
    assert!(jobs.iter().all(|job| job.starts_with("ok") && job.contains("last done at ")), "{told}");
}

/// F16: a job that fails is told of and tried again, later and later; when the fault is mended it goes on by itself.
async fn a_broken_table_stops_its_own_job_and_no_other(backend: Backend) {
    let database = filled(backend);
    database.sql("alter table known_clients rename to broken");
    let server = started_on(&database, &[]);
    wait_for(&database, DONE, "9");
    wait_for(&database, "select count(*) from jobs where last_error like '%known_clients%'", "1");
    let told = String::from_utf8(server.command(&["doctor"]).output().unwrap().stdout).unwrap();
    let warned = told.lines().find(|line| line.contains("purge.known_clients")).unwrap();
    assert!(warned.starts_with("warn") && warned.contains("never done, failed since: "), "{told}");
    let failed = || server.said().matches("a job failed").count();
    let begun = Instant::now();
    while failed() < 3 {
        assert!(begun.elapsed() < Duration::from_secs(30), "it is not tried again: {}", server.said());
        sleep(Duration::from_millis(50));
    }
    server.anonymous().get("/health/ready").await.assert_status(200);
    database.sql("alter table broken rename to known_clients");
    wait_for(&database, DONE, "10");
    assert_eq!(database.sql("select address from known_clients"), "near");
}

/// F1, F12: the row says that a node has the job, but that node is gone.
async fn a_killed_nodes_job_is_taken_over(backend: Backend) {
    let database = filled(backend);
    let soon = match backend {
        Backend::Sqlite => "strftime('%Y-%m-%d %H:%M:%f', 'now', '+2 seconds')",
        Backend::Postgres => "now() at time zone 'utc' + interval '2 seconds'",
    };
    database.sql(&format!(
        "insert into jobs (name, leased_until, lease_id, started_at) values ('purge.sessions', {soon}, 'gone', {PAST})"
    ));
    let _early = started_on(&database, &[]);
    wait_for(&database, DONE, "9");
    assert_eq!(database.sql("select count(*) from sessions"), "2", "the lease is respected while it lasts");
    sleep(Duration::from_millis(2500));
    let _late = started_on(&database, &[]);
    wait_for(&database, DONE, "10");
    assert_eq!(database.sql("select count(*) from sessions"), "1");
}

/// F11: refusals wait a second at most, and a server that stops does not forget them.
async fn what_was_refused_is_written_before_the_end(backend: Backend) {
    let database = durable(backend);
    let mut server = on(&database, &[]);
    server.spawn();
    server.wait_until_ready();
    let refused = serde_json::json!({ "username": "nobody", "password": "violet harbour 42 lamps" });
    server.anonymous().post("/api/auth/login", refused).await.assert_status(401);
    server.terminate();
    assert!(server.wait().success(), "{}", server.said());
    let rows = "select event, outcome from audit_events where event = 'session.signed_in'";
    assert_eq!(database.sql(rows), "session.signed_in|failure");
}

/// How many jobs have succeeded.
const DONE: &str = "select count(*) from jobs where succeeded_at is not null";

/// A migrated database with leftovers of every kind beside what is still in use.
fn filled(backend: Backend) -> TestDatabase {
    let database = durable(backend);
    let ready = on(&database, &[]);
    assert!(ready.command(&["migrate"]).output().unwrap().status.success());
    let blob = |text: &str| match backend {
        Backend::Sqlite => format!("cast('{text}' as blob)"),
        Backend::Postgres => format!("'{text}'::bytea"),
    };
    let session = |id: &str, until: &str| {
        let (digest, refresh) = (blob(&format!("digest of {id}")), blob(&format!("refresh of {id}")));
        format!(
            "insert into sessions (id, user_id, token_digest, created_at, refresh_expires_at, format, last_seen_at,
                token_expires_at, ends_at) values ('{id}', 1, {digest}, {PAST}, {until}, 'opaque', {PAST}, {until}, {until});
             insert into refresh_tokens (digest, session_id) values ({refresh}, '{id}')"
        )
    };
    let spent = |name: &str, at: &str| {
        let digest = blob(name);
        format!("insert into refresh_tokens (digest, session_id, spent_at) values ({digest}, 'alive', {at})")
    };
    let mail = |purpose: &str, until: &str| {
        let digest = blob(purpose);
        format!("insert into mail_tokens values (1, '{purpose}', {digest}, 0, 'a@example.org', {until})")
    };
    let way_back = |email: &str, until: &str| {
        let digest = blob(email);
        format!("insert into email_ways_back values ({digest}, 1, '{email}', null, {PAST}, {until})")
    };
    let client = |address: &str, seen: &str| {
        format!("insert into known_clients values (1, '{address}', '', {PAST}, {seen})")
    };
    let dead_mail = |kind: &str, at: &str| {
        format!(
            "insert into outbox (kind, payload, created_at, due_at, dead_at) values ('{kind}', '{{}}', {PAST}, {PAST}, {at})"
        )
    };
    let event = |detail: &str, at: &str| {
        format!(
            "insert into audit_events (at, event, outcome, detail) values ({at}, 'limit.hit', 'failure', '{detail}')"
        )
    };
    let submission =
        |digest: &str, at: &str| format!("insert into submissions values ('{digest}', '', 1, {at})");
    let statements = [
        format!(
            "insert into users (id, username, username_key, password_hash, created_at, updated_at, profile_updated_at) values (1, 'alice', 'alice', '!', {PAST}, {PAST}, {PAST})"
        ),
        session("dead", PAST),
        session("alive", AHEAD),
        spent("old", PAST),
        spent("new", AHEAD),
        mail("reset_password", PAST),
        mail("verify_email", AHEAD),
        way_back("closed@example.org", PAST),
        way_back("open@example.org", AHEAD),
        client("far", PAST),
        client("near", AHEAD),
        dead_mail("old", PAST),
        dead_mail("new", AHEAD),
        event("old", PAST),
        event("new", AHEAD),
        submission("old", PAST),
        submission("new", AHEAD),
    ];
    database.sql(&statements.join(";"));
    for _ in 0..2 {
        assert!(ready.command(&["keys", "rotate"]).output().unwrap().status.success());
    }
    database.sql(&format!("update signing_keys set retired_at = {PAST} where retired_at is not null"));
    database
}

/// Asks until `statement` answers `expected`.
fn wait_for(database: &TestDatabase, statement: &str, expected: &str) {
    let begun = Instant::now();
    loop {
        let answer = database.sql(statement);
        if answer == expected {
            return;
        }
        assert!(begun.elapsed() < Duration::from_secs(90), "{statement}: {answer}, not {expected}");
        sleep(Duration::from_millis(100));
    }
}
