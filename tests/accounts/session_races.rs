//! Refreshes among what ends their session: whoever waits for whom, nobody waits in a circle.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{mailed, sign_in};
use crate::harness::database::TestDatabase;
use crate::harness::{Backend, TestApp, given, raw};

on_both!(what_ends_a_session_and_what_refreshes_it_wait_for_each_other_in_one_order);

/// Another node believes what it read for this long.
const ELSEWHERE: Duration = Duration::from_secs(1);
const ROUNDS: usize = 9;
const REFRESHES: usize = 8;

/// Refreshes, a sign-in, a confirmed change of address, a new password and a sign-out from everywhere, all of one account
/// and in one moment on two nodes: each is answered for good, and what ended the session is the last word.
async fn what_ends_a_session_and_what_refreshes_it_wait_for_each_other_in_one_order(backend: Backend) {
    let app = TestApp::start_with(backend, &["--sessions-per-user", "4"]).await;
    let mut ended = 0;
    for round in 0..ROUNDS {
        app.clock.advance(Duration::from_secs(2));
        let alice = app.signed_in("alice").await;
        let old = app.database.sql("select email from users where username = 'alice'");
        let new = format!("round{round}@example.org");
        let (confirm, _) = mailed::change_tokens(&app, &alice, &old, &new).await;
        let second = app.second_node().await;
        let pair = sign_in(&app.anonymous(), "alice", given::PASSWORD).await.assert_status(200).body.clone();
        let (token, refresh) =
            (pair["access_token"].as_str(), json!({ "refresh_token": pair["refresh_token"] }));
        let new_password = json!({ "current_password": given::PASSWORD, "new_password": given::PASSWORD });
        let others = [
            ("/api/auth/email/change/confirm", None, json!({ "token": confirm })),
            ("/api/auth/login", None, given::credentials("alice")),
            ("/api/auth/logout-all", token, Value::Null),
            ("/api/auth/password/change", token, new_password),
        ];
        let mut calls = vec![("/api/auth/refresh", None, refresh); REFRESHES];
        // With the confirmation alone, with a sign-in beside it, and so on.
        for (n, other) in others.into_iter().take(1 + round % 4).enumerate() {
            calls.insert((round + 3 * n) % REFRESHES, other);
        }
        let node = |n: usize| if n.is_multiple_of(2) { app.address() } else { second.address() };
        let requests = calls.iter().enumerate();
        let requests: Vec<_> = requests
            .map(|(n, (path, token, body))| raw::Request::json(node(n), "POST", path, *token, body))
            .collect();
        let answers: Vec<_> = raw::at_once(&requests).into_iter().map(Result::unwrap).collect();
        app.clock.advance(ELSEWHERE);
        let all = calls.iter().zip(&answers);
        let outcomes: Vec<_> = all.map(|((path, ..), answer)| (*path, answer.status)).collect();
        assert!(outcomes.iter().all(|(_, status)| matches!(status, 200 | 401 | 422)), "{outcomes:?}");
        let has_ended = |path: &str| path.ends_with("confirm") || path.ends_with("logout-all");
        if outcomes.iter().any(|(path, status)| has_ended(path) && *status == 200) {
            ended += 1;
            for (_, answer) in calls.iter().zip(&answers).filter(|((path, ..), _)| path.ends_with("refresh"))
            {
                let token = answer.body["access_token"].as_str().unwrap_or("none");
                app.anonymous().with_token(token).get("/api/auth/profile").await.assert_status(401);
            }
        }
    }
    assert!(ended > 0, "nothing ever ended the session");
    let database = Arc::clone(&app.database);
    drop(app);
    assert_eq!(deadlocks(&database, backend), 0);
}

/// How many circles PostgreSQL had to break: its processes tell of them when they end at the latest. SQLite has one writer,
/// and no circles.
fn deadlocks(database: &TestDatabase, backend: Backend) -> u64 {
    if backend == Backend::Sqlite {
        return 0;
    }
    let (begun, others) = (
        Instant::now(),
        "select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()",
    );
    while database.sql(others) != "0" {
        assert!(begun.elapsed() < Duration::from_secs(30), "connections that do not close");
        std::thread::sleep(Duration::from_millis(50));
    }
    let told = "select deadlocks from pg_stat_database where datname = current_database()";
    database.sql(told).parse().unwrap()
}
