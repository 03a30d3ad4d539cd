//! Seeing one's sessions and ending them.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use super::count;
use crate::harness::client::{Answer, Client};
use crate::harness::{Backend, TestApp, given};

on_both!(
    people_see_where_they_are_signed_in,
    people_end_one_session_from_another,
    people_end_all_their_sessions_at_once,
    the_session_of_somebody_else_is_like_none,
    a_long_list_comes_page_by_page,
);

/// Another node believes what it read for this long.
const ELSEWHERE: Duration = Duration::from_secs(1);

/// S64: where and when, and nothing that opens anything.
async fn people_see_where_they_are_signed_in(backend: Backend) {
    let app = TestApp::start_with(backend, &["--sessions-per-user", "3"]).await;
    app.signed_in("bob").await;
    app.signed_in("alice").await;
    let (phone, answer) = sign_in(&app, "Phone/1.0").await;
    let (desk, _) = sign_in(&app, "Desk/2.0").await;
    let list = desk.get("/api/auth/sessions").await;
    list.assert_status(200);
    assert_eq!((&list.body["total"], &list.body["total_is_exact"]), (&json!(3), &json!(true)));
    assert_eq!(list.body["next_cursor"], Value::Null);
    let of = |browser: &str| {
        let entries = list.body["data"].as_array().unwrap();
        entries.iter().find(|entry| entry["user_agent"] == browser).unwrap().clone()
    };
    assert_eq!((&of("Desk/2.0")["current"], &of("Phone/1.0")["current"]), (&json!(true), &json!(false)));
    let entry = of("Phone/1.0");
    assert_eq!(
        (&entry["ip"], &entry["expires_at"]),
        (&json!("127.0.0.1"), &answer.body["refresh_expires_at"])
    );
    assert_eq!(entry["created_at"], entry["last_seen_at"]);
    let names: Vec<_> = entry.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(names, ["created_at", "current", "expires_at", "id", "ip", "last_seen_at", "user_agent"]);
    for name in ["access_token", "refresh_token"] {
        let secret = answer.body[name].as_str().unwrap();
        assert!(!list.text.contains(secret.trim_start_matches("vrt_")), "{name}");
    }
    // What has run out is not shown, though nobody has cleared it away.
    app.clock.advance(Duration::from_hours(8 * 24));
    let (later, _) = sign_in(&app, "Later/3.0").await;
    assert_eq!(later.get("/api/auth/sessions").await.body["total"], 1);
    phone.get("/api/auth/sessions").await.assert_error(401, "invalid_token");
}

/// S21, S58, S64
async fn people_end_one_session_from_another(backend: Backend) {
    let app = TestApp::start_with(backend, &["--sessions-per-user", "3"]).await;
    let second = app.second_node().await;
    app.signed_in("alice").await;
    let (phone, answer) = sign_in(&app, "Phone/1.0").await;
    let (desk, _) = sign_in(&app, "Desk/2.0").await;
    phone.at(&second).get("/api/auth/profile").await.assert_status(200);
    let id = id_of(&desk, "Phone/1.0").await;
    let ended = desk.delete(&format!("/api/auth/sessions/{id}")).await;
    assert_eq!(ended.assert_status(200).body, json!({ "ok": true }));
    phone.get("/api/auth/profile").await.assert_error(401, "invalid_token");
    app.clock.advance(ELSEWHERE);
    phone.at(&second).get("/api/auth/profile").await.assert_error(401, "invalid_token");
    let refresh_token = &answer.body["refresh_token"];
    let refreshed = phone.post("/api/auth/refresh", json!({ "refresh_token": refresh_token })).await;
    refreshed.assert_error(401, "invalid_token");
    desk.get("/api/auth/profile").await.assert_status(200);
    desk.delete(&format!("/api/auth/sessions/{id}")).await.assert_error(404, "not_found");
    let told = "select count(*) from audit_events where event = 'session.revoked' and outcome = 'success' \
                and actor_id = subject_id and request_id is not null and ip = '127.0.0.1'";
    assert_eq!(count(&app.database, told), 1);

    let own = id_of(&desk, "Desk/2.0").await;
    desk.delete(&format!("/api/auth/sessions/{own}")).await.assert_status(200);
    desk.get("/api/auth/profile").await.assert_error(401, "invalid_token");
}

/// S21, S64
async fn people_end_all_their_sessions_at_once(backend: Backend) {
    let app = TestApp::start_with(backend, &["--sessions-per-user", "3"]).await;
    let second = app.second_node().await;
    let bob = app.signed_in("bob").await;
    app.signed_in("alice").await;
    let (phone, _) = sign_in(&app, "Phone/1.0").await;
    let (desk, _) = sign_in(&app, "Desk/2.0").await;
    phone.at(&second).get("/api/auth/profile").await.assert_status(200);
    desk.post("/api/auth/logout-all", json!(null)).await.assert_status(200);
    for caller in [&phone, &desk] {
        caller.get("/api/auth/profile").await.assert_error(401, "invalid_token");
    }
    app.clock.advance(ELSEWHERE);
    phone.at(&second).get("/api/auth/profile").await.assert_error(401, "invalid_token");
    bob.get("/api/auth/profile").await.assert_status(200);
    let told = "select count(*) from audit_events where event = 'session.signed_out_everywhere'";
    assert_eq!(count(&app.database, told), 1);
}

/// S01, S79: byte for byte, whatever the id.
async fn the_session_of_somebody_else_is_like_none(backend: Backend) {
    let app = TestApp::start(backend).await;
    let (alice, bob) = (app.signed_in("alice").await, app.signed_in("bob").await);
    let theirs = bob.get("/api/auth/sessions").await.body["data"][0]["id"].as_str().unwrap().to_owned();
    let end = async |id: &str| {
        let request = alice.request(Method::DELETE, &format!("/api/auth/sessions/{id}"));
        let answer = alice.send(request.header("X-Request-Id", "one-and-the-same")).await;
        let mut headers = answer.headers.clone();
        headers.remove("date");
        (answer.status, headers, answer.text)
    };
    let foreign = end(&theirs).await;
    assert_eq!(foreign.0, 404);
    for id in ["01980000-0000-7000-8000-000000000001", &theirs.to_uppercase(), "1", "%00", "x"] {
        assert_eq!(end(id).await, foreign, "{id}");
    }
    bob.get("/api/auth/profile").await.assert_status(200);
    assert_eq!(bob.get("/api/auth/sessions").await.body["total"], 1);
    assert_eq!(alice.get("/api/auth/sessions").await.body["total"], 1);
}

/// S71
async fn a_long_list_comes_page_by_page(backend: Backend) {
    let app = TestApp::start_with(backend, &["--sessions-per-user", "7"]).await;
    let mut alice = app.signed_in("alice").await;
    for _ in 0..6 {
        app.clock.advance(Duration::from_millis(1));
        alice = app.signed_in("alice").await;
    }
    let whole = alice.get("/api/auth/sessions?page_size=100").await;
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    for expected in [3, 3, 1] {
        let page = alice.get(&format!("/api/auth/sessions?page_size=3{cursor}")).await;
        let entries = page.assert_status(200).body["data"].as_array().unwrap().clone();
        assert_eq!((entries.len(), &page.body["total"]), (expected, &json!(7)));
        seen.extend(entries);
        cursor = page.body["next_cursor"].as_str().map(|next| format!("&cursor={next}")).unwrap_or_default();
    }
    assert!(cursor.is_empty());
    assert_eq!(Value::Array(seen), whole.body["data"]);
    for query in ["page_size=0", "page_size=101", "page_size=x", "cursor=x", "before=1"] {
        alice.get(&format!("/api/auth/sessions?{query}")).await.assert_status(422);
    }
}

/// Alice with a browser of that name.
async fn sign_in(app: &TestApp, browser: &str) -> (Client, Answer) {
    app.clock.advance(Duration::from_millis(1));
    let stranger = app.anonymous();
    let request = stranger.request(Method::POST, "/api/auth/login").header("User-Agent", browser);
    let answer = stranger.send(request.json(&given::credentials("alice"))).await;
    let token = answer.assert_status(200).body["access_token"].as_str().unwrap().to_owned();
    (stranger.with_token(&token), answer)
}

async fn id_of(caller: &Client, browser: &str) -> String {
    let list = caller.get("/api/auth/sessions").await;
    let entries = list.assert_status(200).body["data"].as_array().unwrap();
    let entry = entries.iter().find(|entry| entry["user_agent"] == browser).unwrap();
    entry["id"].as_str().unwrap().to_owned()
}
