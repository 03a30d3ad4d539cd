//! What of somebody is shown to whom, field by field.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{give_roles, id, make_role, officer};
use crate::harness::{Backend, TestApp, given};

on_both!(
    every_view_shows_the_fields_it_is_to_show,
    what_opens_an_account_and_where_people_are_is_in_no_view_of_them,
    nothing_is_learnt_by_sorting_or_filtering,
);

const USER: [&str; 12] = [
    "created_at",
    "email",
    "email_verified",
    "full_name",
    "id",
    "is_active",
    "is_admin",
    "last_login_at",
    "profile",
    "roles",
    "updated_at",
    "username",
];

const PROFILE: [&str; 7] =
    ["avatar_url", "date_created", "dob", "last_updated", "metadata", "nickname", "phone"];

const SESSION: [&str; 7] = ["created_at", "current", "expires_at", "id", "ip", "last_seen_at", "user_agent"];

/// S66: these and no others, so that a new column is shown to nobody before somebody said so here.
async fn every_view_shows_the_fields_it_is_to_show(backend: Backend) {
    let app = TestApp::start(backend).await;
    let (alice, admin) = (app.signed_in("alice").await, app.admin().await);
    let path = format!("/api/users/{}", id(&alice));
    let made = admin.post("/api/users", json!({ "email": "new@example.org" })).await;
    let users = [
        admin.get("/api/users").await.body["data"][1].clone(),
        admin.get(&path).await.body["data"].clone(),
        admin.patch(&path, json!({ "nickname": "Al" })).await.body["data"].clone(),
        give_roles(&admin, id(&alice), &["member"]).await.body["data"].clone(),
        made.assert_status(201).body["data"].clone(),
        alice.get("/api/auth/profile").await.body.clone(),
    ];
    for user in &users {
        assert_eq!(fields(user), USER, "{user}");
        assert_eq!(fields(&user["profile"]), PROFILE, "{user}");
    }
    let sessions = admin.get(&format!("{path}/sessions")).await;
    assert_eq!(fields(&sessions.assert_status(200).body["data"][0]), SESSION);
    assert_eq!(sessions.body["data"][0]["current"], json!(false));
    make_role(&admin, "guide", &["posts.write"]).await.assert_status(201);
    let roles = admin.get("/api/roles").await;
    for role in roles.assert_status(200).body["data"].as_array().unwrap() {
        assert_eq!(fields(role), ["built_in", "description", "name", "permissions"]);
    }
}

/// S66, S64: hashes, digests, addresses people come from, what is known of their browsers.
async fn what_opens_an_account_and_where_people_are_is_in_no_view_of_them(backend: Backend) {
    let app =
        TestApp::start_with(backend, &["--trusted-proxies", "127.0.0.1/32", "--sessions-per-user", "5"])
            .await;
    let reader = officer(&app, "reader", &["users.read"]).await;
    let alice = app.signed_in("alice").await;
    let login = alice.request(reqwest::Method::POST, "/api/auth/login").json(&given::credentials("alice"));
    let login = login.header("x-forwarded-for", "203.0.113.77").header("user-agent", "Canary/7 (feathers)");
    alice.send(login).await.assert_status(200);
    let id = id(&alice);
    let digests = app.database.sql(&match backend {
        Backend::Sqlite => format!("select lower(hex(token_digest)) from sessions where user_id = {id}"),
        Backend::Postgres => format!("select encode(token_digest, 'hex') from sessions where user_id = {id}"),
    });
    let mut canaries: Vec<_> = digests.lines().map(str::to_owned).collect();
    assert!(canaries.len() >= 2, "{digests}");
    canaries.push(app.database.sql(&format!("select password_hash from users where id = {id}")));
    canaries.extend(["203.0.113.77", "feathers", "argon2", "$"].map(str::to_owned));
    for path in [
        "/api/users".to_owned(),
        format!("/api/users/{id}"),
        "/api/users?q=alice".to_owned(),
        "/api/admin/stats".to_owned(),
    ] {
        let answer = reader.get(&path).await;
        answer.assert_status(200);
        for canary in &canaries {
            assert!(!answer.text.contains(canary), "{path} shows {canary}: {}", answer.text);
        }
    }
    // Where somebody is signed in is what their sessions are for; what opens them is not.
    let sessions = reader.get(&format!("/api/users/{id}/sessions")).await;
    assert!(sessions.assert_status(200).text.contains("203.0.113.77"), "{}", sessions.text);
    assert!(!canaries.iter().any(|canary| canary.len() > 30 && sessions.text.contains(canary)));
}

/// S66: an order or a filter by what is not shown would tell it, one account after the other.
async fn nothing_is_learnt_by_sorting_or_filtering(backend: Backend) {
    let app = TestApp::start(backend).await;
    let admin = app.admin().await;
    let secret =
        json!({ "nickname": "Zugzwang", "phone": "+919876543210", "metadata": { "note": "zwischenzug" } });
    app.signed_in("alice").await.patch("/api/auth/profile", secret).await.assert_status(200);
    let mut columns = crate::accounts::columns(&app.database, backend);
    for shown in ["id", "created_at", "username", "email", "last_login_at"] {
        columns.remove(shown);
    }
    let odd = [
        "", "ID", "--id", "+id", "id,email", "id desc", "id;", "1", "users.id", "password", "rowid",
        "random()",
    ];
    for sort in columns.iter().map(String::as_str).chain(odd) {
        for sign in ["", "-"] {
            let answer = admin
                .get(&format!("/api/users?sort={sign}{}", sort.replace('+', "%2B").replace(' ', "%20")))
                .await;
            answer.assert_error(422, "invalid_fields");
            assert!(!answer.complaints("sort").is_empty(), "{sort}: {}", answer.text);
        }
    }
    for filter in columns.iter().filter(|name| !["role", "q", "is_active"].contains(&name.as_str())) {
        let answer = admin.get(&format!("/api/users?{filter}=a")).await;
        answer.assert_error(422, "invalid_fields");
    }
    let hash = app.database.sql("select password_hash from users where username = 'alice'");
    for q in
        ["zugzwang", "9876543210", "zwischenzug", "argon2id", &hash[..30].replace(['$', '+', '=', ','], "")]
    {
        let found = admin.get(&format!("/api/users?q={q}")).await;
        assert_eq!(found.assert_status(200).body["data"], json!([]), "{q}");
    }
}

fn fields(value: &Value) -> Vec<&str> {
    let fields: BTreeSet<_> = value.as_object().unwrap_or_else(|| panic!("{value}")).keys().collect();
    fields.into_iter().map(String::as_str).collect()
}
