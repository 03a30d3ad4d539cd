//! A service with e-mail, username and a signed token, as FastAPI tutorials build it: its clients go on unchanged, and so do its
//! people with their bcrypt hashes.

use reqwest::Method;
use serde_json::json;

use crate::accounts::imported_hashes::PASSWORD;
use crate::harness::{Backend, TestApp};

on_both!(its_clients_go_on_unchanged);

async fn its_clients_go_on_unchanged(backend: Backend) {
    let app = TestApp::start(backend).await;
    let stranger = app.anonymous();
    let body = json!({ "email": "lee@example.org", "username": "lee", "password": PASSWORD });
    let made = stranger.post("/auth/signup", body.clone()).await;
    let made = made.assert_status(201).body.clone();
    let names: Vec<_> = made.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(names, ["created_at", "email", "id", "updated_at", "username"]);
    assert!(stranger.post("/auth/signup", body).await.assert_status(409).body["detail"].is_string());

    // By JSON, by either name, and by the form of OAuth2's password flow.
    let form = [("grant_type", "password"), ("username", "lee"), ("password", PASSWORD)];
    let asking = stranger.request(Method::POST, "/auth/login");
    let by_form = stranger.send(asking.form(&form)).await;
    let by_address = json!({ "email": "lee@example.org", "password": PASSWORD });
    let by_name = json!({ "username": "lee", "password": PASSWORD });
    let answers = [
        by_form,
        stranger.post("/auth/login", by_address).await,
        stranger.post("/auth/login", by_name).await,
    ];
    for answer in &answers {
        assert_eq!(answer.assert_status(200).body["token_type"], json!("bearer"));
        assert_eq!(answer.body["access_token"].as_str().unwrap().split('.').count(), 3);
    }
    let last = stranger.with_token(answers[2].body["access_token"].as_str().unwrap());
    let me = last.get("/auth/me").await;
    assert_eq!(me.assert_status(200).body, made);
    let wrong = json!({ "username": "lee", "password": "not it at all" });
    assert!(stranger.post("/auth/login", wrong).await.assert_status(401).body["detail"].is_string());
    for path in ["/docs/", "/redoc"] {
        assert_eq!(app.visitor().get(path).await.status, 200, "{path}");
    }
}
