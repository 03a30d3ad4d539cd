//! Making an account.

use reqwest::Method;
use serde_json::{Value, json};

use super::count;
use crate::harness::{Backend, TestApp, given, raw, redact};

on_both!(
    a_new_account_is_shown_to_its_owner,
    an_account_needs_no_username,
    taken_names_and_addresses_are_told_apart,
    every_fault_is_told_at_once,
    one_name_in_many_forms_is_taken_once,
    one_address_in_many_forms_is_taken_once,
    a_closed_house_lets_nobody_in,
);

async fn a_new_account_is_shown_to_its_owner(backend: Backend) {
    let app = TestApp::start(backend).await;
    app.signed_in("somebody").await;
    let mut body = given::registration("alice");
    body["full_name"] = json!("Alice O'Hara");
    body["password_confirm"] = body["password"].clone();
    let answer = app.anonymous().post("/api/auth/register", body).await;
    insta::assert_json_snapshot!(redact::answer(&answer), @r#"
    {
      "body": {
        "ok": true,
        "user": {
          "created_at": "[time]",
          "email": "alice@example.org",
          "email_verified": false,
          "full_name": "Alice O'Hara",
          "id": "[id]",
          "is_active": true,
          "is_admin": false,
          "last_login_at": null,
          "profile": {
            "avatar_url": null,
            "date_created": "[time]",
            "dob": null,
            "last_updated": "[time]",
            "metadata": {},
            "nickname": null,
            "phone": null
          },
          "roles": [
            "member"
          ],
          "updated_at": "[time]",
          "username": "alice"
        }
      },
      "status": 201
    }
    "#);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
}

async fn an_account_needs_no_username(backend: Backend) {
    let app = TestApp::start(backend).await;
    for name in ["one", "two"] {
        let body = json!({ "email": given::address(name), "password": given::PASSWORD });
        let answer = app.anonymous().post("/api/auth/register", body).await;
        assert_eq!(answer.assert_status(201).body["user"]["username"], Value::Null);
        let body = json!({ "email": given::address(name), "password": given::PASSWORD });
        let session = app.anonymous().post("/api/auth/login", body).await;
        assert_eq!(session.assert_status(200).body["user"]["email"], json!(given::address(name)));
    }
    app.anonymous()
        .post("/api/auth/register", json!({ "username": "three", "password": given::PASSWORD }))
        .await
        .assert_error(422, "invalid_fields");
}

async fn taken_names_and_addresses_are_told_apart(backend: Backend) {
    let app = TestApp::start(backend).await;
    app.signed_in("alice").await;
    let register = async |username: &str, email: &str| {
        let body = json!({ "username": username, "email": email, "password": given::PASSWORD });
        app.anonymous().post("/api/auth/register", body).await
    };
    register("ALICE", "other@example.org").await.assert_error(409, "username_taken");
    register("other", "ALICE@EXAMPLE.ORG").await.assert_error(409, "email_taken");
    register("alice", "alice@example.org").await.assert_error(409, "username_taken");
    register("other", "other@example.org").await.assert_status(201);
}

async fn every_fault_is_told_at_once(backend: Backend) {
    let app = TestApp::start(backend).await;
    let body = json!({
        "username": "a b", "email": "nowhere", "password": "", "password_confirm": "x", "full_name": " ",
        "setup_token": "x".repeat(1025),
    });
    let all = app.anonymous().post("/api/auth/register", body.clone()).await;
    all.assert_error(422, "invalid_fields");
    assert_eq!(all.complaints("setup_token"), ["This is too long."]);
    let mut body = body;
    body.as_object_mut().unwrap().remove("setup_token");
    let answer = app.anonymous().post("/api/auth/register", body).await;
    answer.assert_error(422, "invalid_fields");
    insta::assert_json_snapshot!(answer.body["fields"], @r#"
    {
      "email": [
        "This must have one `@` between a name and a domain."
      ],
      "full_name": [
        "This is empty."
      ],
      "password": [
        "This is empty."
      ],
      "password_confirm": [
        "This is not the same password."
      ],
      "username": [
        "This may hold letters, digits, `_`, `.` and `-` only."
      ]
    }
    "#);
    assert_eq!(count(&app.database, "select count(*) from users"), 0);
}

/// S09: decided by one unique key that the application folds, so two nodes and both databases agree.
async fn one_name_in_many_forms_is_taken_once(backend: Backend) {
    let app = TestApp::start(backend).await;
    let second = app.second_node().await;
    for round in 0..20 {
        let bodies = (0..16).map(|n| {
            let email = format!("racer{round}.{n}@example.org");
            json!({ "username": form(&format!("Mike{round}\u{e9}"), n), "email": email, "password": given::PASSWORD })
        });
        race(&app, &second, &bodies.collect::<Vec<_>>(), "username_taken");
    }
    assert_eq!(count(&app.database, "select count(*) from users"), 20);
    assert_eq!(count(&app.database, "select count(distinct username_key) from users"), 20);
}

/// S09: the same for addresses.
async fn one_address_in_many_forms_is_taken_once(backend: Backend) {
    let app = TestApp::start(backend).await;
    let second = app.second_node().await;
    for round in 0..20 {
        let bodies = (0..16).map(|n| {
            let email =
                format!("{}@{}", form(&format!("Mike{round}\u{e9}"), n), form("Exampl\u{e9}.org", n / 4));
            json!({ "username": format!("racer{round}.{n}"), "email": email, "password": given::PASSWORD })
        });
        race(&app, &second, &bodies.collect::<Vec<_>>(), "email_taken");
    }
    assert_eq!(count(&app.database, "select count(*) from users"), 20);
    assert_eq!(count(&app.database, "select count(distinct email_key) from users"), 20);
}

/// Nor does it read what they bring.
async fn a_closed_house_lets_nobody_in(backend: Backend) {
    let app = TestApp::start_with(backend, &["--registration", "closed"]).await;
    let refused = app.anonymous().post("/api/auth/register", given::registration("alice")).await;
    refused.assert_error(403, "registration_closed");
    let stranger = app.anonymous();
    for (kind, body) in [("application/json", "{"), ("application/json", "{}"), ("text/plain", "x"), ("", "")]
    {
        let request = stranger.request(Method::POST, "/api/auth/register").header("Content-Type", kind);
        stranger.send(request.body(body)).await.assert_error(403, "registration_closed");
    }
    assert_eq!(count(&app.database, "select count(*) from users"), 0);
}

/// `text` in one of the forms that are the same to Unicode: case, composition, width.
fn form(text: &str, number: usize) -> String {
    let decomposed = text.replace('\u{e9}', "e\u{301}").replace('\u{c9}', "E\u{301}");
    match number % 4 {
        0 => text.to_owned(),
        1 => text.to_uppercase(),
        2 => decomposed.to_lowercase(),
        _ => text.chars().map(wide).collect(),
    }
}

/// The full-width twin of an ASCII letter or digit.
fn wide(c: char) -> char {
    if c.is_ascii_alphanumeric() { char::from_u32(u32::from(c) + 0xFEE0).unwrap() } else { c }
}

/// Sixteen at once: one is taken in, the rest hear that the key is taken.
fn race(first: &TestApp, second: &TestApp, bodies: &[Value], code: &str) {
    let node = |n: usize| if n.is_multiple_of(2) { first } else { second };
    let request = |(n, body): (usize, &Value)| {
        raw::Request::json(node(n).address(), "POST", "/api/auth/register", None, body)
    };
    let requests: Vec<_> = bodies.iter().enumerate().map(request).collect();
    let answers: Vec<_> = raw::at_once(&requests).into_iter().map(Result::unwrap).collect();
    let made = answers.iter().filter(|answer| answer.status == 201).count();
    assert_eq!(made, 1, "{bodies:?} {answers:?}");
    for refused in answers.iter().filter(|answer| answer.status != 201) {
        refused.assert_error(409, code);
    }
}
