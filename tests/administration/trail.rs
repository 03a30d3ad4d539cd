//! What is told of those who look after accounts: who did what to whom, also where it was refused.

use reqwest::Method;
use serde_json::{Value, json};

use super::{give_roles, id, make_role, officer};
use crate::harness::client::{Answer, Client};
use crate::harness::{Backend, TestApp, given};

on_both!(
    every_act_of_an_administrator_is_told_once,
    what_an_officer_was_refused_is_told_too,
    what_is_told_names_nobody,
);

/// S58: with the actor, the subject, the address and the request.
async fn every_act_of_an_administrator_is_told_once(backend: Backend) {
    let app = TestApp::start_with(backend, &["--trusted-proxies", "127.0.0.1/32"]).await;
    let alice = app.signed_in("alice").await;
    let admin = app.admin().await;
    let (actor, subject) = (json!(id(&admin)), json!(id(&alice)));
    let path = |tail: &str| format!("/api/users/{}{tail}", id(&alice));
    let steps: [(&str, Method, String, Value, &Value); 12] = [
        ("account.updated", Method::PATCH, path(""), json!({ "nickname": "Al" }), &subject),
        ("account.suspended", Method::POST, path("/suspend"), Value::Null, &subject),
        ("account.restored", Method::POST, path("/restore"), Value::Null, &subject),
        ("account.suspended", Method::PATCH, path(""), json!({ "is_active": false }), &subject),
        ("account.restored", Method::PATCH, path(""), json!({ "is_active": true }), &subject),
        ("account.sessions_ended", Method::DELETE, path("/sessions"), Value::Null, &subject),
        ("account.password_reset_forced", Method::POST, path("/password-reset"), Value::Null, &subject),
        (
            "role.created",
            Method::POST,
            "/api/roles".to_owned(),
            json!({ "name": "guide", "permissions": [] }),
            &Value::Null,
        ),
        (
            "role.updated",
            Method::PATCH,
            "/api/roles/guide".to_owned(),
            json!({ "permissions": ["posts.write"] }),
            &Value::Null,
        ),
        (
            "account.roles_changed",
            Method::PUT,
            path("/roles"),
            json!({ "roles": ["member", "guide"] }),
            &subject,
        ),
        ("role.deleted", Method::DELETE, "/api/roles/guide".to_owned(), Value::Null, &Value::Null),
        ("account.deleted", Method::DELETE, path(""), Value::Null, &subject),
    ];
    for (n, (event, method, path, body, subject)) in steps.into_iter().enumerate() {
        let (request_id, ip) = (format!("act-{n:04}"), format!("198.51.100.{n}"));
        let request = admin.request(method, &path).header("x-request-id", &request_id);
        let request = request.header("x-forwarded-for", &ip);
        let answer = admin.send(if body.is_null() { request } else { request.json(&body) }).await;
        assert!(answer.status < 300, "{event}: {}", answer.text);
        let rows = told(&admin, &format!("request_id={request_id}"), 1).await;
        let [row] = rows.as_slice() else { panic!("{event} once, not {rows:?}") };
        assert_eq!((&row["event"], &row["outcome"]), (&json!(event), &json!("success")), "{row}");
        assert_eq!((&row["actor_id"], &row["subject_id"]), (&actor, subject), "{event}");
        assert_eq!(row["ip"], json!(ip), "{event}");
    }
    let made = admin.post("/api/users", json!({ "email": "new@example.org" })).await;
    let rows = told(&admin, &format!("request_id={}", made.header("x-request-id").unwrap()), 1).await;
    assert_eq!(rows.len(), 1, "{rows:?}");
    assert_eq!((&rows[0]["event"], &rows[0]["actor_id"]), (&json!("account.created"), &actor));
    assert_eq!(rows[0]["subject_id"], made.assert_status(201).body["data"]["id"]);
    // Who is gone is still told of, by number.
    assert!(told(&admin, &format!("subject_id={subject}"), 9).await.len() >= 9);
}

/// S58, S65: with what was missing.
async fn what_an_officer_was_refused_is_told_too(backend: Backend) {
    let app = TestApp::start(backend).await;
    let chief = officer(&app, "chief", &["users.write", "roles.manage"]).await;
    let (alice, admin) = (app.signed_in("alice").await, app.admin().await);
    let target = format!("/api/users/{}", id(&admin));
    let denied = "access.denied";
    let refused = [
        (denied, &alice, alice.get("/api/users").await),
        (denied, &alice, alice.delete(&target).await),
        (denied, &alice, give_roles(&alice, id(&alice), &["admin"]).await),
        ("account.deleted", &chief, chief.delete(&target).await),
        ("account.suspended", &chief, chief.post(&format!("{target}/suspend"), Value::Null).await),
        ("account.roles_changed", &chief, give_roles(&chief, id(&chief), &["admin"]).await),
        ("role.created", &chief, make_role(&chief, "own", &["audit.read"]).await),
    ];
    for (event, caller, answer) in refused {
        answer.assert_error(403, "forbidden");
        assert_refusal(&admin, event, caller, &answer).await;
    }
    let last = give_roles(&admin, id(&admin), &["member"]).await;
    last.assert_error(409, "last_admin");
    assert_refusal(&admin, "account.roles_changed", &admin, &last).await;
}

async fn assert_refusal(admin: &Client, event: &str, caller: &Client, answer: &Answer) {
    let rows = told(admin, &format!("request_id={}", answer.header("x-request-id").unwrap()), 1).await;
    let [row] = rows.as_slice() else { panic!("{event} once, not {rows:?}") };
    assert_eq!((&row["event"], &row["outcome"]), (&json!(event), &json!("failure")), "{row}");
    assert_eq!(row["actor_id"], json!(id(caller)), "{row}");
}

/// S58, S82: numbers and what was done; neither names nor addresses, which would outlive the account.
async fn what_is_told_names_nobody(backend: Backend) {
    let app = TestApp::start(backend).await;
    let admin = app.admin().await;
    let body =
        json!({ "username": "canaria", "email": given::address("canaria"), "full_name": "Canaria Bird" });
    let made = admin.post("/api/users", body).await;
    let path = format!("/api/users/{}", made.assert_status(201).body["data"]["id"]);
    let change = json!({ "phone": "+919876543210", "metadata": { "bird": "canaria" }, "email": "canaria@new.example" });
    admin.patch(&path, change).await.assert_status(200);
    admin.patch(&path, json!({ "username": "canaria2" })).await.assert_status(200);
    admin.delete(&path).await.assert_status(200);
    let trail = app.database.sql("select * from audit_events").to_lowercase();
    assert!(trail.lines().count() >= 4, "{trail}");
    for word in ["canaria", "bird", "9876543210", "example"] {
        assert!(!trail.contains(word), "{word}: {trail}");
    }
}

/// The rows `filter` finds, when there are `least` of them: refusals are a second late.
async fn told(admin: &Client, filter: &str, least: usize) -> Vec<Value> {
    let mut rows = Vec::new();
    for _ in 0..200 {
        let answer = admin.get(&format!("/api/admin/audit?page_size=100&{filter}")).await;
        rows = answer.assert_status(200).body["data"].as_array().unwrap().clone();
        if rows.len() >= least {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    rows
}
