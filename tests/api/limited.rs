//! What somebody hears who asks too often.

use serde_json::json;

use crate::harness::{Backend, TestApp, given};

on_both!(
    the_answer_says_when_to_come_back_and_is_the_same_for_everybody,
    a_limit_that_was_hit_is_told_of_once,
    the_compatible_routes_share_the_counts,
);

/// S99, S38: whether or not there is an account, and before anything is read.
async fn the_answer_says_when_to_come_back_and_is_the_same_for_everybody(backend: Backend) {
    let app = limited(backend, &["--limit-mail-per-address", "2/10m"]).await;
    let ask = async |body: serde_json::Value| app.anonymous().post("/api/auth/password/forgot", body).await;
    for _ in 0..2 {
        ask(json!({ "email": given::address("nobody") })).await.assert_status(202);
    }
    for body in [
        json!({ "email": given::address("keeper") }),
        json!({ "email": given::address("nobody") }),
        json!([]),
    ] {
        let answer = ask(body).await;
        answer.assert_error(429, "too_many_requests");
        let seconds: u64 = answer.header("retry-after").unwrap().parse().unwrap();
        assert!((1..=300).contains(&seconds), "{seconds}");
        assert_eq!(answer.header("ratelimit-policy"), Some(r#""mail";q=2;w=600"#));
        assert_eq!(answer.header("ratelimit"), Some(format!(r#""mail";r=0;t={seconds}"#).as_str()));
    }
}

/// S58, S99: a flood of refusals leaves a line, and not a line for each.
async fn a_limit_that_was_hit_is_told_of_once(backend: Backend) {
    let app = limited(backend, &["--limit-mail-per-address", "1/1h"]).await;
    for _ in 0..20 {
        app.anonymous().post("/api/auth/password/forgot", json!({ "email": given::address("nobody") })).await;
    }
    let keeper = app.admin().await;
    for _ in 0..200 {
        let answer = keeper.get("/api/admin/audit?event=limit.hit").await;
        let rows = answer.assert_status(200).body["data"].as_array().unwrap().clone();
        if !rows.is_empty() {
            assert_eq!(rows.len(), 1, "{rows:?}");
            assert_eq!((&rows[0]["detail"], &rows[0]["ip"]), (&json!("mail"), &json!("127.0.0.1")));
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("no line of the limit");
}

/// S35: all ways in share the counters.
async fn the_compatible_routes_share_the_counts(backend: Backend) {
    let app = limited(backend, &["--limit-sign-in-per-address", "4/1h"]).await;
    // Each with a name of its own, since each name has a count of its own too.
    let sign_in = async |path: &str, name: &str| app.anonymous().post(path, given::credentials(name)).await;
    for (path, name) in
        [("/auth/login", "a"), ("/api/auth/login", "b"), ("/auth/login", "c"), ("/api/auth/login", "d")]
    {
        sign_in(path, name).await.assert_status(401);
    }
    sign_in("/api/auth/login", "e").await.assert_error(429, "too_many_requests");
    let answer = sign_in("/auth/login", "f").await;
    assert!(answer.assert_status(429).header("ratelimit").is_some());
    assert_eq!(answer.body["detail"], json!("Too many attempts, try again later."));
}

async fn limited(backend: Backend, arguments: &[&str]) -> TestApp {
    TestApp::start_with(backend, &[&["--rate-limits", "on"], arguments].concat()).await
}
