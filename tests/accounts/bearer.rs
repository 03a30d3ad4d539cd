//! The `Authorization` header, and what is not one.

use std::time::Duration;

use reqwest::Method;
use reqwest::header::HeaderValue;
use serde_json::json;

use crate::harness::{Backend, TestApp, raw};

on_both!(
    each_kind_of_bad_credential_gets_its_answer,
    a_token_that_ended_is_an_invalid_token,
    a_good_token_is_taken_however_its_scheme_is_written,
    an_identity_claimed_by_a_header_is_nobodys,
);

const NO_TOKEN: &str = r#"Bearer realm="vestibule""#;

/// S73: RFC 6750, 3: who sends no token is told the scheme and no error, who sends a bad one `invalid_token`.
async fn each_kind_of_bad_credential_gets_its_answer(backend: Backend) {
    let app = TestApp::start(backend).await;
    let alice = app.signed_in("alice").await;
    let token = alice.token.clone().unwrap();
    let stranger = app.anonymous();
    let ask = async |value: Option<&[u8]>| {
        let request = stranger.request(Method::GET, "/api/auth/profile");
        let value = value.map(|value| HeaderValue::from_bytes(value).unwrap());
        match value {
            Some(value) => stranger.send(request.header("Authorization", value)).await,
            None => stranger.send(request).await,
        }
    };
    let none = [
        None,
        Some(String::new()),
        Some("Basic YWxpY2U6c2VjcmV0".to_owned()),
        Some("Digest username=\"alice\"".to_owned()),
        Some(format!("Token {token}")),
        Some(format!("JWT {token}")),
        Some(token.clone()),
        Some(format!("Bearer{token}")),
        Some(format!("Bearer\t{token}")),
        Some(format!("Bearer:{token}")),
    ];
    for value in none {
        let answer = ask(value.as_deref().map(str::as_bytes)).await;
        answer.assert_error(401, "authentication_required");
        assert_eq!(answer.header("www-authenticate"), Some(NO_TOKEN), "{value:?}");
    }
    let bad = [
        "Bearer x".to_owned(),
        "Bearer null".to_owned(),
        "Bearer undefined".to_owned(),
        format!("Bearer {}", token.to_uppercase()),
        format!("Bearer {}", &token[..63]),
        format!("Bearer {token}0"),
        format!("Bearer {token} {token}"),
        format!("Bearer {token},{token}"),
        format!("Bearer \"{token}\""),
        format!("Bearer {}", "0".repeat(64)),
        format!("Bearer {}", "f".repeat(64)),
        format!("Bearer {}", "a".repeat(4000)),
        "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.".to_owned(),
    ];
    for value in &bad {
        let answer = ask(Some(value.as_bytes())).await;
        answer.assert_error(401, "invalid_token");
        let challenge = answer.header("www-authenticate").unwrap();
        assert!(challenge.starts_with(r#"Bearer realm="vestibule", error="invalid_token""#), "{challenge}");
    }
    ask(Some(b"Bearer \xff\xfe")).await.assert_status(401);
    ask(Some(format!("Bearer {token}").as_bytes())).await.assert_status(200);
}

/// S73: to its holder an ended token is an unknown one.
async fn a_token_that_ended_is_an_invalid_token(backend: Backend) {
    let app = TestApp::start(backend).await;
    let out = app.signed_in("alice").await;
    out.post("/api/auth/logout", json!(null)).await.assert_status(200);
    let replaced = app.signed_in("alice").await;
    let expired = app.signed_in("alice").await;
    app.clock.advance(Duration::from_hours(13));
    let unknown = out.with_token(&"0".repeat(64)).get("/api/auth/profile").await;
    for ended in [out, replaced, expired] {
        let answer = ended.get("/api/auth/profile").await;
        answer.assert_error(401, "invalid_token");
        assert_eq!(answer.header("www-authenticate"), unknown.header("www-authenticate"));
        assert_eq!(answer.body["error"], unknown.body["error"]);
    }
}

/// S73: the scheme is case-insensitive (RFC 9110, 11.1); two headers are one too many.
async fn a_good_token_is_taken_however_its_scheme_is_written(backend: Backend) {
    let app = TestApp::start(backend).await;
    let token = app.signed_in("alice").await.token.unwrap();
    let stranger = app.anonymous();
    for scheme in ["Bearer ", "bearer ", "BEARER ", "Bearer   "] {
        let request = stranger.request(Method::GET, "/api/auth/profile");
        let answer = stranger.send(request.header("Authorization", format!("{scheme}{token}"))).await;
        assert_eq!(answer.assert_status(200).body["username"], json!("alice"), "{scheme:?}");
    }
    let address = app.address();
    for second in [format!("Bearer {token}"), format!("Bearer {}", "0".repeat(64)), "Basic eDp5".to_owned()] {
        let bytes = format!(
            "GET /api/auth/profile HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\n\
             Authorization: {second}\r\nConnection: close\r\n\r\n"
        );
        let answer = raw::Request::bytes(address, bytes).send().unwrap();
        answer.assert_error(400, "bad_request");
        answer.assert_invariants(&Method::GET, "/api/auth/profile");
    }
}

/// S75: what a proxy in front of some other system may say about who is asking.
async fn an_identity_claimed_by_a_header_is_nobodys(backend: Backend) {
    let app = TestApp::start(backend).await;
    let alice = app.signed_in("alice").await;
    let id = alice.user["id"].to_string();
    let stranger = app.anonymous();
    for name in [
        "Remote-User",
        "REMOTE_USER",
        "X-Remote-User",
        "X-User",
        "X-User-Id",
        "X-Username",
        "X-Forwarded-User",
        "X-Forwarded-Email",
        "X-Auth-Request-User",
        "X-Auth-Request-Email",
        "X-Auth-Request-Access-Token",
        "X-Authenticated-User",
        "X-WEBAUTH-USER",
        "X-MS-CLIENT-PRINCIPAL-NAME",
        "X-Goog-Authenticated-User-Email",
        "Cf-Access-Authenticated-User-Email",
        "X-Amzn-Oidc-Identity",
        "X-Ssl-Client-S-Dn",
        "X-Original-User",
        "X-Impersonate-User",
    ] {
        for value in ["alice", "alice@example.org", "keeper", "admin", &id] {
            for path in ["/api/auth/profile", "/api/auth/logout"] {
                let method = if path.ends_with("logout") { Method::POST } else { Method::GET };
                let request = stranger.request(method, path).header(name, value);
                stranger.send(request).await.assert_error(401, "authentication_required");
            }
            let request = alice.request(Method::GET, "/api/auth/profile").header(name, "keeper");
            assert_eq!(
                alice.send(request).await.assert_status(200).body["username"],
                json!("alice"),
                "{name}"
            );
        }
    }
}
