//! Answers that nobody in between may keep.

use reqwest::Method;
use serde_json::json;

use super::operations;
use crate::accounts::mailed;
use crate::harness::client::{Answer, Client};
use crate::harness::{Backend, TestApp, given};

on_both!(answers_about_people_and_secrets_are_kept_by_nobody);

/// What is the same for everybody, and known by its tag.
const EVERYBODYS: [&str; 2] = ["/.well-known/", "/api/states"];

/// S51: those that were asked for, and those to strangers, of every operation but the ones for machines and the keys,
/// which are everybody's.
async fn answers_about_people_and_secrets_are_kept_by_nobody(backend: Backend) {
    let app = TestApp::start_with(backend, &["--sessions-per-user", "20"]).await;
    let keeper = app.admin().await;
    let stranger = app.anonymous();
    let registration = stranger.post("/api/auth/register", given::registration("alice")).await;
    let signup = stranger.post("/auth/signup", given::registration("bob")).await;
    let login = stranger.post("/api/auth/login", given::credentials("alice")).await;
    let mut signed = given::credentials("alice");
    signed["format"] = json!("jwt");
    let jwt = stranger.post("/api/auth/login", signed).await;
    let form = stranger.request(Method::POST, "/auth/login").form(&given::credentials("alice"));
    let compatible = stranger.send(form).await;
    let refreshed =
        stranger.post("/api/auth/refresh", json!({ "refresh_token": login.body["refresh_token"] })).await;
    let alice = stranger.with_token(refreshed.body["access_token"].as_str().unwrap());
    let introspect = keeper.request(Method::POST, "/api/auth/introspect");
    let introspected = keeper.send(introspect.form(&[("token", alice.token.as_deref().unwrap())])).await;
    let mut answers = vec![registration, signup, login, jwt, compatible, refreshed, introspected];
    for path in ["/api/auth/profile", "/api/auth/sessions", "/auth/me"] {
        answers.push(alice.get(path).await);
    }
    for path in ["/api/admin/audit", "/api/admin/mail"] {
        answers.push(keeper.get(path).await);
    }
    answers.push(alice.patch("/api/auth/profile", json!({ "nickname": "al" })).await);
    answers.extend(with_links(&app, &alice).await);
    for answer in &answers {
        assert!((200..300).contains(&answer.status), "{}", answer.text);
        assert_not_kept(answer);
    }
    // To whoever may not, too; an answer to one is no answer to the next.
    for operation in operations::all() {
        if EVERYBODYS.iter().any(|path| operation.path.starts_with(path)) {
            continue;
        }
        for caller in [&stranger, &alice.with_token("nonsense"), &alice] {
            assert_not_kept(&operation.call(caller, "{}").await);
        }
    }
}

/// What is done with the password again, and by links.
async fn with_links(app: &TestApp, alice: &Client) -> Vec<Answer> {
    let (address, new) = (given::address("alice"), "another quiet harbour");
    let verify = mailed::verify_token(app, alice, &address).await;
    let verified = mailed::verify(&app.anonymous(), &verify).await;
    let body = json!({ "current_password": given::PASSWORD, "new_password": given::PASSWORD });
    let changed = alice.post("/api/auth/password/change", body).await;
    let asked = mailed::ask_for_address(alice, "new@example.org").await;
    let forgot = mailed::forgot(&app.anonymous(), &address).await;
    let reset = mailed::reset_token(app, &address).await;
    let reset = mailed::reset(&app.anonymous(), &reset, new).await;
    vec![verified, changed, asked, forgot, reset]
}

fn assert_not_kept(answer: &Answer) {
    assert_eq!(answer.header("cache-control"), Some("no-store"), "{}", answer.text);
    assert!(!answer.headers.contains_key("set-cookie"), "{}", answer.text);
    for name in ["etag", "last-modified", "expires", "age"] {
        assert_eq!(answer.headers.get(name), None, "{name}: {}", answer.text);
    }
}
