//! Everything that may happen to one account, at one moment.

use std::time::Duration;

use serde_json::{Value, json};

use super::{count, mailed, sign_in};
use crate::faults::either;
use crate::harness::{Backend, TestApp, given, raw};

on_both!(everything_at_once_on_one_account_fails_nobody);

/// S04, S81: thirty-two calls on two nodes, of eight kinds that write to the same rows. None waits for another that waits
/// for it, and afterwards the account is as one of them left it.
async fn everything_at_once_on_one_account_fails_nobody(backend: Backend) {
    let app = TestApp::start_with(backend, &["--sessions-per-user", "20"]).await;
    app.signed_in("alice").await;
    for round in 0..either(8, 60) {
        app.clock.advance(Duration::from_secs(2));
        let calls = calls(&app, round).await;
        // Not before: it would send some of the mails.
        let second = app.second_node().await;
        let request = |n: usize| {
            let (path, token, body) = &calls[n];
            let node = if n.is_multiple_of(2) { &app } else { &second };
            raw::Request::json(node.address(), "POST", path, token.as_deref(), body)
        };
        let answers = raw::at_once(&(0..calls.len()).map(request).collect::<Vec<_>>());
        drop(second);
        for ((path, ..), answer) in calls.iter().zip(answers) {
            let answer = answer.unwrap();
            assert!(
                matches!(answer.status, 200 | 202 | 401 | 409 | 422),
                "round {round}, {path}: {answer:?}"
            );
        }
        sign_in(&app.anonymous(), "alice", given::PASSWORD).await.assert_status(200);
        let address = address(&app);
        assert!(address == given::address("alice") || address == new(round), "{address}");
        let orphans = "select count(*) from refresh_tokens where session_id not in (select id from sessions)";
        assert_eq!(count(&app.database, orphans), 0);
    }
}

type Call = (&'static str, Option<String>, Value);

/// Four of each kind, mixed. The password stays what it is, whichever of them changes it.
async fn calls(app: &TestApp, round: usize) -> Vec<Call> {
    // Whichever address the last round left, this one begins at the old one.
    let old = given::address("alice");
    app.database
        .sql(&format!("update users set email = '{old}', email_key = '{old}' where username = 'alice'"));
    app.clock.advance(Duration::from_secs(2));
    let mut pairs = Vec::new();
    for _ in 0..4 {
        let pair = sign_in(&app.anonymous(), "alice", given::PASSWORD).await.assert_status(200).body.clone();
        let text = |name: &str| pair[name].as_str().unwrap().to_owned();
        pairs.push((text("access_token"), text("refresh_token")));
    }
    let caller = app.anonymous().with_token(&pairs[0].0);
    let (confirm, keep) = mailed::change_tokens(app, &caller, &old, &new(round)).await;
    let reset = mailed::reset_token(app, &old).await;
    let password = given::PASSWORD;
    let mut calls = Vec::new();
    for (access, refresh) in pairs {
        let change = json!({ "current_password": password, "new_password": password });
        let wanted = json!({ "new_email": format!("other{round}@example.org"), "password": password });
        calls.extend([
            ("/api/auth/login", None, given::credentials("alice")),
            ("/api/auth/refresh", None, json!({ "refresh_token": refresh })),
            ("/api/auth/password/change", Some(access.clone()), change),
            ("/api/auth/password/reset", None, json!({ "token": reset, "new_password": password })),
            ("/api/auth/email/change/confirm", None, json!({ "token": confirm })),
            ("/api/auth/email/change/confirm", None, json!({ "token": keep })),
            ("/api/auth/email/change", Some(access.clone()), wanted),
            ("/api/auth/logout-all", Some(access), json!({})),
        ]);
    }
    // Another order each round.
    calls.rotate_left(round % 8);
    calls
}

fn new(round: usize) -> String {
    format!("new{round}@example.org")
}

fn address(app: &TestApp) -> String {
    app.database.sql("select email from users where username = 'alice'")
}
