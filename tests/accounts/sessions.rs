//! The end of sessions.

use std::time::Duration;

use serde_json::json;

use super::{count, sign_in, suspend};
use crate::harness::client::Client;
use crate::harness::{Backend, TestApp, given, raw};

on_both!(
    signing_out_ends_the_session_here_at_once_and_elsewhere_within_a_second,
    signing_out_ends_nobody_elses_session,
    a_session_ends_after_twelve_hours,
    the_operator_says_how_long_a_session_lasts,
    a_new_sign_in_ends_the_older_session,
    the_operator_says_how_many_sessions_there_may_be,
    a_suspended_account_is_out_within_a_second,
    a_read_that_races_a_sign_out_does_not_revive_the_session,
    of_many_sign_ins_at_once_one_session_is_left,
    of_many_sign_ins_at_once_as_many_sessions_are_left_as_there_may_be,
    without_a_cache_a_session_ends_everywhere_at_once,
);

/// Another node believes what it read for this long.
const ELSEWHERE: Duration = Duration::from_secs(1);

const SESSIONS: &str =
    "select count(*) from sessions where user_id = (select id from users where username = 'alice')";

/// S21
async fn signing_out_ends_the_session_here_at_once_and_elsewhere_within_a_second(backend: Backend) {
    let app = TestApp::start(backend).await;
    let second = app.second_node().await;
    let alice = app.signed_in("alice").await;
    let elsewhere = alice.at(&second);
    assert_open(&elsewhere).await;
    assert_open(&alice).await;
    let answer = alice.post("/api/auth/logout", json!(null)).await;
    assert_eq!(answer.assert_status(200).body, json!({ "ok": true }));
    assert_ended(&alice).await;
    alice.post("/api/auth/logout", json!(null)).await.assert_error(401, "invalid_token");
    app.clock.advance(ELSEWHERE);
    assert_ended(&elsewhere).await;
    assert_eq!(count(&app.database, SESSIONS), 0);
}

/// S21
async fn signing_out_ends_nobody_elses_session(backend: Backend) {
    let app = TestApp::start_with(backend, &["--sessions-per-user", "2"]).await;
    let (alice, phone) = (app.signed_in("alice").await, app.signed_in("alice").await);
    let bob = app.signed_in("bob").await;
    for nonsense in ["0".repeat(64), String::new(), "alice".to_owned()] {
        alice.with_token(&nonsense).post("/api/auth/logout", json!(null)).await.assert_status(401);
    }
    bob.post("/api/auth/logout", json!(null)).await.assert_status(200);
    assert_ended(&bob).await;
    assert_open(&phone).await;
    alice.post("/api/auth/logout", json!(null)).await.assert_status(200);
    assert_ended(&alice).await;
    assert_open(&phone).await;
}

/// S21, S63: by the server's clock, on every node in the same moment, whatever is remembered.
async fn a_session_ends_after_twelve_hours(backend: Backend) {
    let app = TestApp::start(backend).await;
    let elsewhere = app.second_node().await;
    let alice = app.signed_in("alice").await;
    app.clock.advance(Duration::from_hours(12) - Duration::from_micros(1));
    assert_open(&alice).await;
    assert_open(&alice.at(&elsewhere)).await;
    app.clock.advance(Duration::from_micros(1));
    assert_ended(&alice).await;
    assert_ended(&alice.at(&elsewhere)).await;
    assert_open(&app.signed_in("alice").await).await;
}

async fn the_operator_says_how_long_a_session_lasts(backend: Backend) {
    let app = TestApp::start_with(backend, &["--access-token-ttl", "5m"]).await;
    let alice = app.signed_in("alice").await;
    app.clock.advance(Duration::from_secs(299));
    assert_open(&alice).await;
    app.clock.advance(Duration::from_secs(1));
    assert_ended(&alice).await;
}

/// S21, S63
async fn a_new_sign_in_ends_the_older_session(backend: Backend) {
    let app = TestApp::start(backend).await;
    let second = app.second_node().await;
    let older = app.signed_in("alice").await;
    assert_open(&older).await;
    assert_open(&older.at(&second)).await;
    let newer = app.signed_in("alice").await;
    assert_ended(&older).await;
    assert_open(&newer).await;
    app.clock.advance(ELSEWHERE);
    assert_ended(&older.at(&second)).await;
    assert_open(&newer.at(&second)).await;
    // A sign-in that fails ends nothing.
    sign_in(&newer, "alice", "not the password").await.assert_status(401);
    assert_open(&newer).await;
    assert_eq!(count(&app.database, SESSIONS), 1);
}

/// S63: `SESSIONS_PER_USER`.
async fn the_operator_says_how_many_sessions_there_may_be(backend: Backend) {
    let app = TestApp::start_with(backend, &["--sessions-per-user", "3"]).await;
    let bob = app.signed_in("bob").await;
    let mut sessions = Vec::new();
    for _ in 0..5 {
        sessions.push(app.signed_in("alice").await);
        app.clock.advance(Duration::from_millis(1));
    }
    for (n, session) in sessions.iter().enumerate() {
        if n < 2 { assert_ended(session).await } else { assert_open(session).await }
    }
    assert_open(&bob).await;
    assert_eq!(count(&app.database, SESSIONS), 3);
}

/// S21: the account was suspended by somebody else, on some other node.
async fn a_suspended_account_is_out_within_a_second(backend: Backend) {
    let app = TestApp::start(backend).await;
    let second = app.second_node().await;
    let alice = app.signed_in("alice").await;
    assert_open(&alice).await;
    suspend(&app.database, "alice");
    assert_ended(&alice.at(&second)).await;
    app.clock.advance(ELSEWHERE);
    assert_ended(&alice).await;
    alice.patch("/api/auth/profile", json!({ "nickname": "x" })).await.assert_error(401, "invalid_token");
    alice.post("/api/auth/logout", json!(null)).await.assert_error(401, "invalid_token");
}

/// S21: a read begun before the sign-out must not put into the cache what the sign-out has just taken out.
async fn a_read_that_races_a_sign_out_does_not_revive_the_session(backend: Backend) {
    let app = TestApp::start(backend).await;
    app.signed_in("alice").await;
    for round in 0..25 {
        let alice = app.signed_in("alice").await;
        // What was remembered is forgotten, so that every read below fills the cache.
        app.clock.advance(Duration::from_secs(2));
        let (address, token) = (app.address(), alice.token.clone().unwrap());
        let request = |method: &str, path: &str| {
            let head =
                format!("{method} {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\n");
            raw::Request::bytes(address, head + "Connection: close\r\n\r\n")
        };
        let mut requests: Vec<_> = (0..24).map(|_| request("GET", "/api/auth/profile")).collect();
        requests.insert(round, request("POST", "/api/auth/logout"));
        for answer in raw::at_once(&requests) {
            let answer = answer.unwrap();
            assert!(matches!(answer.status, 200 | 401), "{answer:?}");
        }
        assert_ended(&alice).await;
    }
}

/// S63: thirty-two at once, on two nodes.
async fn of_many_sign_ins_at_once_one_session_is_left(backend: Backend) {
    leaves_sessions(backend, 1).await;
}

/// S63
async fn of_many_sign_ins_at_once_as_many_sessions_are_left_as_there_may_be(backend: Backend) {
    leaves_sessions(backend, 3).await;
}

async fn leaves_sessions(backend: Backend, allowed: usize) {
    let app = TestApp::start_with(backend, &["--sessions-per-user", &allowed.to_string()]).await;
    let second = app.second_node().await;
    let alice = app.signed_in("alice").await;
    let node = |n: usize| if n.is_multiple_of(2) { &app } else { &second };
    // Of two sessions of one moment neither is the older, and this one is to be.
    app.clock.advance(Duration::from_millis(1));
    for _ in 0..3 {
        let body = given::credentials("alice");
        let request = |n| raw::Request::json(node(n).address(), "POST", "/api/auth/login", None, &body);
        let answers = raw::at_once(&(0..32).map(request).collect::<Vec<_>>());
        let mut open = 0;
        app.clock.advance(ELSEWHERE);
        for answer in answers {
            let answer = answer.unwrap();
            let token = answer.assert_status(200).body["access_token"].as_str().unwrap().to_owned();
            let status = alice.with_token(&token).get("/api/auth/profile").await.status;
            assert!(matches!(status, 200 | 401), "{status}");
            open += usize::from(status == 200);
        }
        assert_eq!(open, allowed);
        assert_eq!(count(&app.database, SESSIONS), i64::try_from(allowed).unwrap());
    }
    assert_ended(&alice).await;
}

/// S21: `SESSION_CACHE_TTL=0`.
async fn without_a_cache_a_session_ends_everywhere_at_once(backend: Backend) {
    let app = TestApp::start_with(backend, &["--session-cache-ttl", "0"]).await;
    let second = app.second_node().await;
    let alice = app.signed_in("alice").await;
    assert_open(&alice.at(&second)).await;
    alice.post("/api/auth/logout", json!(null)).await.assert_status(200);
    assert_ended(&alice.at(&second)).await;
}

async fn assert_open(caller: &Client) {
    caller.get("/api/auth/profile").await.assert_status(200);
}

async fn assert_ended(caller: &Client) {
    caller.get("/api/auth/profile").await.assert_error(401, "invalid_token");
}
