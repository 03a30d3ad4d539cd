//! The routes for clients of a FastAPI backend: their shapes, and the rules of the house behind them.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::accounts::{count, suspend};
use crate::harness::client::{Answer, Client};
use crate::harness::{Backend, TestApp, given, raw};

on_both!(
    a_client_signs_up_signs_in_and_sees_itself,
    a_password_form_signs_in_too,
    its_session_ends_with_its_token,
    every_error_is_a_detail,
    what_is_not_known_is_passed_over_and_takes_no_effect,
    a_closed_registration_is_closed_here_too,
    a_suspended_account_hears_so_with_the_right_password_only,
);

/// Sessions that were opened at `/api/auth/login`.
const PAIRS: &str = "select count(*) from sessions where format = 'opaque'";

async fn a_client_signs_up_signs_in_and_sees_itself(backend: Backend) {
    let app = TestApp::start(backend).await;
    app.admin().await;
    let stranger = app.anonymous();
    let made = stranger.post("/auth/signup", given::registration("Zoë")).await;
    let user = &made.assert_status(201).body;
    assert_eq!(names(user), ["created_at", "email", "id", "updated_at", "username"]);
    assert_eq!((&user["username"], &user["email"]), (&json!("Zoë"), &json!("Zoë@example.org")));

    let session = stranger.post("/auth/login", given::credentials("Zoë")).await;
    let session = &session.assert_status(200).body;
    assert_eq!(names(session), ["access_token", "token_type"]);
    assert_eq!(session["token_type"], json!("bearer"));
    let zoe = stranger.with_token(session["access_token"].as_str().unwrap());
    let me = zoe.get("/auth/me").await;
    assert_eq!(me.assert_status(200).body["id"], user["id"]);
    assert_eq!(names(&me.body), names(user));
    // One account, one session, behind either face.
    assert_eq!(zoe.get("/api/auth/profile").await.assert_status(200).body["username"], json!("Zoë"));
    zoe.post("/api/auth/logout", Value::Null).await.assert_status(200);
    zoe.get("/auth/me").await.assert_status(401);
}

async fn a_password_form_signs_in_too(backend: Backend) {
    let app = TestApp::start(backend).await;
    app.signed_in("alice").await;
    let form = |fields: &[(&str, &str)]| {
        let request = app.anonymous().request(Method::POST, "/auth/login").form(fields);
        let client = app.anonymous();
        async move { client.send(request).await }
    };
    let right = [("username", "alice"), ("password", given::PASSWORD)];
    for more in [
        &[][..],
        &[("grant_type", "password"), ("scope", ""), ("client_id", "x"), ("client_secret", "y")],
        &[("something", "else")],
    ] {
        let answer = form(&[&right[..], more].concat()).await;
        assert_eq!(answer.assert_status(200).body["token_type"], json!("bearer"));
    }
    form(&[("username", "alice"), ("password", "another boat")]).await.assert_status(401);
    let of_another_grant = form(&[&right[..], &[("grant_type", "client_credentials")]].concat()).await;
    assert_eq!(detail(of_another_grant.assert_status(422)), "grant_type: This must be `password`.");
    // S106: of two values of one name none is picked.
    let twice = form(&[&right[..], &[("username", "keeper")]].concat()).await;
    assert_eq!(detail(twice.assert_status(422)), "username: This field is given more than once.");
    form(&[("username", "alice\0"), ("password", given::PASSWORD)]).await.assert_status(422);
}

/// S63, S64: who got no refresh token has no session that one could refresh, nor one that looks it.
async fn its_session_ends_with_its_token(backend: Backend) {
    let app = TestApp::start_with(backend, &["--sessions-per-user", "3"]).await;
    app.signed_in("alice").await;
    app.clock.advance(Duration::from_millis(1));
    let session = app.anonymous().post("/auth/login", given::credentials("alice")).await;
    let alice = app.anonymous().with_token(session.body["access_token"].as_str().unwrap());
    let list = alice.get("/api/auth/sessions").await;
    let entries = list.assert_status(200).body["data"].as_array().unwrap();
    let expected = [(true, "2026-01-15T12:30:00.001Z"), (false, "2026-01-22T12:00:00Z")];
    let seen = entries.iter().map(|entry| (entry["current"] == true, entry["expires_at"].as_str().unwrap()));
    assert_eq!(seen.collect::<Vec<_>>(), expected);
    assert_eq!(count(&app.database, "select count(*) from refresh_tokens"), count(&app.database, PAIRS));
    app.clock.advance(Duration::from_mins(30));
    alice.get("/auth/me").await.assert_status(401);
    let other = app.anonymous().sign_in("alice").await;
    assert_eq!(other.get("/api/auth/sessions").await.body["total"], 2);
}

/// Every one, whoever gives it: the handler, the extractors, the front door, or nobody at all.
async fn every_error_is_a_detail(backend: Backend) {
    let app = TestApp::start(backend).await;
    app.signed_in("alice").await;
    let stranger = app.anonymous();
    let answers = [
        (401, stranger.get("/auth/me").await),
        (401, stranger.with_token("nonsense").get("/auth/me").await),
        (404, stranger.get("/auth/nothing").await),
        (404, stranger.get("/auth/").await),
        (404, stranger.get("/auth").await),
        (405, stranger.delete("/auth/login").await),
        (409, stranger.post("/auth/signup", given::registration("alice")).await),
        (422, stranger.post("/auth/signup", json!({ "email": "x", "username": "x", "password": "x" })).await),
        (422, stranger.post("/auth/signup", json!({})).await),
        (422, stranger.post("/auth/login?a=1", given::credentials("alice")).await),
        (400, text(&stranger, "application/json", "{").await),
        (415, text(&stranger, "text/plain", "{}").await),
        (413, text(&stranger, "application/json", &" ".repeat(70_000)).await),
    ];
    for (status, answer) in answers {
        answer.assert_status(status);
        assert_eq!(names(&answer.body), ["detail"], "{}", answer.text);
        assert!(detail(&answer).ends_with(['.', '`']), "{}", answer.text);
    }
    let elsewhere = "GET /auth/me HTTP/1.1\r\nHost: elsewhere.example\r\nConnection: close\r\n\r\n";
    let refused = raw::Request::bytes(app.address(), elsewhere.to_owned()).send().unwrap();
    assert_eq!(names(&refused.assert_status(400).body), ["detail"]);
}

/// S02: nothing but the three fields of a sign-up takes effect, whatever else it brings.
async fn what_is_not_known_is_passed_over_and_takes_no_effect(backend: Backend) {
    let app = TestApp::start(backend).await;
    app.admin().await;
    let mut body = given::registration("mallory");
    for (name, value) in [
        ("id", json!(1)),
        ("is_admin", json!(true)),
        ("is_superuser", json!(true)),
        ("is_active", json!(false)),
        ("role", json!("admin")),
        ("roles", json!(["admin"])),
        ("email_verified", json!(true)),
        ("email_verified_at", json!("2020-01-01T00:00:00Z")),
        ("password_hash", json!("x")),
        ("created_at", json!("2020-01-01T00:00:00Z")),
        ("setup_token", json!("x")),
        ("full_name", json!("Mallory")),
    ] {
        body[name] = value;
    }
    app.anonymous().post("/auth/signup", body).await.assert_status(201);
    let mallory = app.anonymous().sign_in("mallory").await;
    let user = mallory.get("/api/auth/profile").await.body;
    assert_eq!((&user["is_admin"], &user["roles"]), (&json!(false), &json!(["member"])));
    assert_eq!((&user["email_verified"], &user["full_name"]), (&json!(false), &Value::Null));
    assert_eq!(user["is_active"], json!(true));
    assert_ne!(user["id"], json!(1));
    assert!(!user["created_at"].as_str().unwrap().starts_with("2020"), "{user}");
}

/// S76: on this path too.
async fn a_closed_registration_is_closed_here_too(backend: Backend) {
    let app = TestApp::start_with(backend, &["--registration", "closed"]).await;
    let answer = app.anonymous().post("/auth/signup", given::registration("alice")).await;
    assert_eq!(detail(answer.assert_status(403)), "Registration is closed.");
    assert_eq!(count(&app.database, "select count(*) from users"), 0);
}

/// S38: a wrong password gets the same answer for every account and for none.
async fn a_suspended_account_hears_so_with_the_right_password_only(backend: Backend) {
    let app = TestApp::start(backend).await;
    app.signed_in("sleeper").await;
    suspend(&app.database, "sleeper");
    let ask = async |name: &str, password: &str| {
        app.anonymous().post("/auth/login", json!({ "email": name, "password": password })).await
    };
    ask(&given::address("sleeper"), given::PASSWORD).await.assert_status(403);
    let (wrong, nobody) = (ask("sleeper", "another boat").await, ask("nobody", "another boat").await);
    assert_eq!((wrong.assert_status(401).text.as_str(), 401), (nobody.text.as_str(), nobody.status));
}

async fn text(client: &Client, media_type: &str, text: &str) -> Answer {
    let request = client.request(Method::POST, "/auth/login").header("content-type", media_type);
    client.send(request.body(text.to_owned())).await
}

fn detail(answer: &Answer) -> &str {
    answer.body["detail"].as_str().unwrap()
}

fn names(value: &Value) -> Vec<&str> {
    let mut names: Vec<_> = value.as_object().unwrap().keys().map(String::as_str).collect();
    names.sort_unstable();
    names
}
