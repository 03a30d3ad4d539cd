//! Redis goes away, hangs, forgets, and answers nonsense.

use std::time::{Duration, Instant};

use serde_json::json;

use super::spread::Spread;
use super::{either, tell};
use crate::harness::client::{Answer, Client};
use crate::harness::{Backend, Redis, TestApp, given};

on_both!(
    a_redis_that_goes_away_changes_no_decision,
    a_redis_that_forgets_signs_nobody_out,
    a_redis_that_answers_nonsense_changes_no_decision,
    links_mailed_while_redis_was_away_are_good_afterwards,
);
on_both_alone!(a_redis_that_hangs_delays_nobody_for_long);

async fn with_redis(backend: Backend, redis: &Redis) -> TestApp {
    let url = redis.url();
    TestApp::start_with(backend, &["--redis-url", &url, "--rate-limits", "on", "--sessions-per-user", "1000"])
        .await
}

async fn wrong(app: &TestApp, name: &str) -> Answer {
    app.anonymous()
        .post("/api/auth/login", json!({ "username": name, "password": "not the one at all" }))
        .await
}

/// What people may rely on whatever Redis does.
async fn assert_all_is_well(app: &TestApp, alice: &Client) {
    alice.get("/api/auth/profile").await.assert_status(200);
    app.anonymous().get("/api/auth/profile").await.assert_status(401);
    app.anonymous().get("/health/ready").await.assert_status(200);
}

/// F5: sessions never depend on Redis, and limits are counted by each process instead of not at all. S45.
async fn a_redis_that_goes_away_changes_no_decision(backend: Backend) {
    let redis = Redis::start();
    let app = with_redis(backend, &redis).await;
    let alice = app.signed_in("alice").await;
    app.signed_in("bob").await;
    redis.stop();
    assert_all_is_well(&app, &alice).await;
    let statuses: Vec<_> = {
        let mut statuses = Vec::new();
        for _ in 0..15 {
            statuses.push(wrong(&app, "bob").await.status);
        }
        statuses
    };
    let tried = statuses.iter().filter(|status| **status == 401).count();
    assert!((1..=10).contains(&tried), "{statuses:?}");
    assert!(statuses.iter().all(|status| [401, 429].contains(status)), "{statuses:?}");
    assert_eq!(statuses.last(), Some(&429), "{statuses:?}");

    redis.start_again();
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_all_is_well(&app, &alice).await;
    alice.sign_in("alice").await;
}

/// F5: what Redis holds may be lost at any time.
async fn a_redis_that_forgets_signs_nobody_out(backend: Backend) {
    let redis = Redis::start();
    let app = with_redis(backend, &redis).await;
    let alice = app.signed_in("alice").await;
    app.anonymous().post("/api/auth/password/forgot", json!({ "email": given::address("alice") })).await;
    let mail = app.mail_to(&given::address("alice"), "reset_password").await;
    assert_eq!(redis.command(&["FLUSHALL"]), "+OK");
    assert_all_is_well(&app, &alice).await;
    let reset = json!({ "token": mail.token(), "new_password": "another quiet harbour" });
    let answer = app.anonymous().post("/api/auth/password/reset", reset).await;
    assert_eq!(answer.status, 422, "a forgotten link is told to be none: {}", answer.text);
    // One asks again, and all is well.
    app.anonymous().post("/api/auth/password/forgot", json!({ "email": given::address("alice") })).await;
    let mail = app.mail_after(1, &given::address("alice"), "reset_password").await;
    let reset = json!({ "token": mail.token(), "new_password": "another quiet harbour" });
    app.anonymous().post("/api/auth/password/reset", reset).await.assert_status(200);
}

/// F5: keys of another type, or with nonsense in them.
async fn a_redis_that_answers_nonsense_changes_no_decision(backend: Backend) {
    let redis = Redis::start();
    let app = with_redis(backend, &redis).await;
    let alice = app.signed_in("alice").await;
    app.anonymous().post("/api/auth/password/forgot", json!({ "email": given::address("alice") })).await;
    let mail = app.mail_to(&given::address("alice"), "reset_password").await;
    let keys = redis.command(&["KEYS", "*"]);
    assert!(keys.lines().count() >= 2, "{keys}");
    for key in keys.lines() {
        redis.command(&["DEL", key]);
        redis.command(&["LPUSH", key, "nonsense"]);
    }
    assert_all_is_well(&app, &alice).await;
    let wronged = wrong(&app, "alice").await;
    assert!([401, 429].contains(&wronged.status), "{}", wronged.text);
    let reset = json!({ "token": mail.token(), "new_password": "another quiet harbour" });
    let answer = app.anonymous().post("/api/auth/password/reset", reset).await;
    assert!([422, 503].contains(&answer.status), "{} {}", answer.status, answer.text);
    alice.sign_in("alice").await;
}

/// F5: at most 250 ms are added, and then the breaker is open.
async fn a_redis_that_hangs_delays_nobody_for_long(backend: Backend) {
    let redis = Redis::start();
    // Whoever is refused by what is known already does not ask Redis.
    let rate = ["--limit-sign-in-per-address", "10000/5m"];
    let url = redis.url();
    let settings = [&["--redis-url", &url, "--rate-limits", "on"][..], &rate].concat();
    let app = TestApp::start_with(backend, &settings).await;
    let rounds = either(20, 100);
    let timed = async |name: String| {
        let begun = Instant::now();
        let answer = wrong(&app, &name).await;
        assert_eq!(answer.status, 401, "{}", answer.text);
        begun.elapsed()
    };
    let mut before = Vec::new();
    for n in 0..rounds {
        before.push(timed(format!("nobody{n}")).await);
    }
    redis.pause();
    let mut meanwhile = Vec::new();
    for n in 0..rounds {
        meanwhile.push(timed(format!("anybody{n}")).await);
    }
    redis.resume();
    let (before, meanwhile): (Spread, Spread) =
        (before.into_iter().collect(), meanwhile.into_iter().collect());
    tell(&format!(
        "F5 {backend:?}: {rounds} sign-ins with Redis {before}, with it hung {meanwhile}; decisions changed 0"
    ));
    assert!(meanwhile.max() < before.max() + Duration::from_millis(250), "{before}, then {meanwhile}");
}

/// F5: a link that was put aside in the database counts, and the newest still voids the one before.
async fn links_mailed_while_redis_was_away_are_good_afterwards(backend: Backend) {
    let redis = Redis::start();
    let app = with_redis(backend, &redis).await;
    app.signed_in("alice").await;
    let ask = async || {
        app.anonymous().post("/api/auth/password/forgot", json!({ "email": given::address("alice") })).await
    };
    ask().await.assert_status(202);
    let older = app.mail_to(&given::address("alice"), "reset_password").await;
    redis.stop();
    ask().await.assert_status(202);
    let newer = app.mail_after(1, &given::address("alice"), "reset_password").await;
    redis.start_again();
    tokio::time::sleep(Duration::from_secs(3)).await;
    let reset = async |token: String| {
        let body = json!({ "token": token, "new_password": "another quiet harbour" });
        app.anonymous().post("/api/auth/password/reset", body).await
    };
    assert_eq!(reset(older.token()).await.status, 422);
    reset(newer.token()).await.assert_status(200);
    assert_eq!(reset(newer.token()).await.status, 422);
}
