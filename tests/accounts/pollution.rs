//! One value, one place: what comes of a value that is given twice, elsewhere or in another shape.

use reqwest::Method;
use serde_json::{Value, json};

use super::count;
use crate::harness::client::{Answer, Client};
use crate::harness::{Backend, TestApp, given};

on_both!(a_name_given_twice_is_refused, another_shape_is_refused, the_query_says_nothing, a_form_is_not_json,);

/// S106: of two values of one name none is picked.
async fn a_name_given_twice_is_refused(backend: Backend) {
    let app = TestApp::start(backend).await;
    let alice = app.signed_in("alice").await;
    let password = given::PASSWORD;
    for (path, body, field) in [
        (
            "login",
            format!(r#"{{"username":"alice","password":"{password}","password":"{password}"}}"#),
            "password",
        ),
        (
            "login",
            format!(r#"{{"username":"keeper","username":"alice","password":"{password}"}}"#),
            "username",
        ),
        (
            "login",
            format!(r#"{{"username":"alice","\u0070assword":"x","password":"{password}"}}"#),
            "password",
        ),
        (
            "register",
            format!(r#"{{"email":"a@example.org","email":"b@example.org","password":"{password}"}}"#),
            "email",
        ),
    ] {
        let answer = post_text(&app.anonymous(), &format!("/api/auth/{path}"), &body).await;
        answer.assert_error(422, "invalid_fields");
        assert_eq!(answer.complaints(field), ["This field is given more than once."], "{}", answer.text);
    }
    let request =
        alice.request(Method::PATCH, "/api/auth/profile").header("Content-Type", "application/json");
    let answer = alice.send(request.body(r#"{"nickname":"a","nickname":"b"}"#)).await;
    answer.assert_error(422, "invalid_fields");
    let profile = alice.get("/api/auth/profile").await;
    assert_eq!(profile.body["profile"]["nickname"], Value::Null);
}

/// S106, S47: a list, an object, a number or a flag where a text is asked for; a list for the whole.
async fn another_shape_is_refused(backend: Backend) {
    let app = TestApp::start(backend).await;
    let alice = app.signed_in("alice").await;
    let before = users(&app);
    let shapes =
        [json!(["alice"]), json!([]), json!({ "$ne": "" }), json!(1), json!(true), json!([["alice"]])];
    let bodies = [
        (Method::POST, "/api/auth/login", given::credentials("alice")),
        (Method::POST, "/api/auth/register", full_registration()),
        (
            Method::PATCH,
            "/api/auth/profile",
            json!({ "full_name": "A", "nickname": "a", "phone": "", "dob": "" }),
        ),
    ];
    for (method, path, body) in bodies {
        let names: Vec<_> = body.as_object().unwrap().keys().cloned().collect();
        for (name, shape) in names.iter().flat_map(|name| shapes.iter().map(move |shape| (name, shape))) {
            let mut body = body.clone();
            body[name] = shape.clone();
            let answer = alice.send(alice.request(method.clone(), path).json(&body)).await;
            answer.assert_error(422, "invalid_fields");
            assert!(!answer.complaints(name).is_empty(), "{path} {name} {shape}: {}", answer.text);
        }
        let listed = alice.send(alice.request(method.clone(), path).json(&json!([body]))).await;
        listed.assert_error(422, "invalid_fields");
        let values: Vec<_> = body.as_object().unwrap().values().cloned().collect();
        let listed = alice.send(alice.request(method.clone(), path).json(&json!(values))).await;
        listed.assert_error(422, "invalid_fields");
    }
    for shape in [json!([]), json!("{}"), json!(1), json!(true)] {
        let answer = alice.patch("/api/auth/profile", json!({ "metadata": shape })).await;
        answer.assert_error(422, "invalid_fields");
    }
    assert_eq!(users(&app), before);
}

/// S106: the body alone speaks; what stands in the query neither adds to it nor stands in for it.
async fn the_query_says_nothing(backend: Backend) {
    let app = TestApp::start(backend).await;
    let alice = app.signed_in("alice").await;
    let query = format!("username=alice&password={}", given::PASSWORD.replace(' ', "%20"));
    let login = format!("/api/auth/login?{query}");
    let stranger = app.anonymous();
    for body in [json!({}), given::credentials("alice")] {
        let answer = stranger.post(&login, body).await;
        answer.assert_error(422, "invalid_fields");
        assert_eq!(answer.complaints("username"), ["This query parameter is not known here."]);
    }
    let register = "/api/auth/register?username=mallory&is_admin=true&role=admin";
    stranger.post(register, given::registration("bob")).await.assert_error(422, "invalid_fields");
    assert_eq!(count(&app.database, "select count(*) from users where username in ('bob', 'mallory')"), 0);
    let path = "/api/auth/profile?id=1&user_id=1";
    alice.patch(path, json!({ "nickname": "Al" })).await.assert_error(422, "invalid_fields");
    alice.get(path).await.assert_error(422, "invalid_fields");
    alice.post("/api/auth/logout?all=1", json!(null)).await.assert_error(422, "invalid_fields");
    assert_eq!(count(&app.database, "select count(*) from users where nickname is not null"), 0);
    // Who asks is looked at first.
    stranger.get(path).await.assert_error(401, "authentication_required");
}

/// S106: neither a form nor its like is read as if it were JSON.
async fn a_form_is_not_json(backend: Backend) {
    let app = TestApp::start(backend).await;
    app.signed_in("alice").await;
    let stranger = app.anonymous();
    let form = stranger.request(Method::POST, "/api/auth/login");
    let form = form.form(&[("username", "alice"), ("username", "keeper"), ("password", given::PASSWORD)]);
    stranger.send(form).await.assert_error(415, "unsupported_media_type");
    let body = given::credentials("alice").to_string();
    for media_type in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json; charset=utf-16",
        "text/json",
        "application/jsonp",
        "application/xml",
        "",
    ] {
        let request = stranger.request(Method::POST, "/api/auth/login").header("Content-Type", media_type);
        let answer = stranger.send(request.body(body.clone())).await;
        answer.assert_error(415, "unsupported_media_type");
    }
}

async fn post_text(client: &Client, path: &str, text: &str) -> Answer {
    let request = client.request(Method::POST, path).header("Content-Type", "application/json");
    client.send(request.body(text.to_owned())).await
}

fn full_registration() -> Value {
    let mut body = given::registration("eve");
    body["full_name"] = json!("Eve");
    body["password_confirm"] = body["password"].clone();
    body["setup_token"] = json!("x");
    body
}

fn users(app: &TestApp) -> String {
    app.database.sql("select * from users order by id")
}
