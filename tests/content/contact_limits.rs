//! How much strangers can write.

use crate::accounts::count;
use crate::harness::{Backend, TestApp};

use super::contact::message;

on_both!(
    an_address_writes_five_messages_an_hour,
    a_message_that_is_not_kept_takes_no_try,
    all_addresses_together_write_no_more_than_so_many,
);

/// S90, S99: what is refused leaves no row, and is refused before it is read.
async fn an_address_writes_five_messages_an_hour(backend: Backend) {
    let app = TestApp::start_with(backend, &["--rate-limits", "on"]).await;
    let stranger = app.anonymous();
    for n in 0..5 {
        stranger.post("/api/contact", message(&n.to_string())).await.assert_status(201);
    }
    for body in [message("6"), serde_json::json!([]), message("7")] {
        let answer = stranger.post("/api/contact", body).await;
        answer.assert_error(429, "too_many_requests");
        assert_eq!(answer.header("ratelimit-policy"), Some(r#""contact";q=5;w=3600"#));
    }
    // Signing in is no way around it.
    let alice = app.signed_in("alice").await;
    alice.post("/api/contact", message("8")).await.assert_error(429, "too_many_requests");
    assert_eq!(count(&app.database, "select count(*) from contact_messages"), 5);
    app.clock.advance(std::time::Duration::from_mins(12));
    stranger.post("/api/contact", message("9")).await.assert_status(201);
    stranger.post("/api/contact", message("10")).await.assert_error(429, "too_many_requests");
    assert_eq!(count(&app.database, "select count(*) from contact_messages"), 6);
}

/// Whoever mistypes an address four times still gets their message through.
async fn a_message_that_is_not_kept_takes_no_try(backend: Backend) {
    let limits =
        ["--rate-limits", "on", "--limit-contact-per-address", "2/1h", "--limit-contact-in-all", "3/1h"];
    let app = TestApp::start_with(backend, &limits).await;
    let stranger = app.anonymous();
    let mut mistyped = message("Hello");
    mistyped["email"] = "eva at example.org".into();
    for n in 0..2 {
        for _ in 0..4 {
            stranger.post("/api/contact", mistyped.clone()).await.assert_error(422, "invalid_fields");
            stranger.post("/api/contact", serde_json::json!([])).await.assert_status(422);
        }
        let request =
            stranger.request(reqwest::Method::POST, "/api/contact").header("Idempotency-Key", "a b");
        stranger.send(request.json(&message("Hello"))).await.assert_error(400, "bad_request");
        stranger.post("/api/contact", message(&n.to_string())).await.assert_status(201);
    }
    stranger.post("/api/contact", mistyped).await.assert_error(429, "too_many_requests");
    assert_eq!(count(&app.database, "select count(*) from contact_messages"), 2);
}

/// S90, S37: a thousand addresses fill the inbox no faster than the limit in all lets them.
async fn all_addresses_together_write_no_more_than_so_many(backend: Backend) {
    let limits = ["--rate-limits", "on", "--limit-contact-in-all", "20/1h", "--trusted-proxies", "127.0.0.1"];
    let app = TestApp::start_with(backend, &limits).await;
    let stranger = app.anonymous();
    let (mut kept, mut refused) = (0, 0);
    for n in 0..60 {
        let request = stranger.request(reqwest::Method::POST, "/api/contact");
        let request = request.header("X-Forwarded-For", format!("198.51.100.{n}")).json(&message("Hello"));
        let answer = stranger.send(request).await;
        match answer.status {
            201 => kept += 1,
            429 => {
                assert_eq!(answer.header("ratelimit-policy"), Some(r#""contact-all";q=20;w=3600"#));
                refused += 1;
            }
            _ => panic!("{}", answer.text),
        }
    }
    assert_eq!((kept, refused), (20, 40));
    assert_eq!(count(&app.database, "select count(*) from contact_messages"), 20);
}
