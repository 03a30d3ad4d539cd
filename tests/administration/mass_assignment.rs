//! What nobody may set about others by naming it, not even an administrator.

use reqwest::Method;
use serde_json::{Value, json};

use super::somebody;
use crate::accounts::{columns, mailed};
use crate::harness::database::TestDatabase;
use crate::harness::{Backend, TestApp};

on_both!(no_column_of_another_can_be_set_by_naming_it);

/// S02: every column of every table, sent to every operation of administration that takes a body; by somebody who may do
/// everything, so that nothing but the name is the reason.
async fn no_column_of_another_can_be_set_by_naming_it(backend: Backend) {
    let app = TestApp::start(backend).await;
    let (admin, target) = (app.admin().await, somebody(&app, "somebody"));
    app.database
        .sql("insert into roles (name, description, permissions, built_in) values ('guide', '', '', false)");
    let mut names = columns(&app.database, backend);
    assert!(names.len() > 40 && names.contains("password_hash") && names.contains("built_in"), "{names:?}");
    names.extend(
        ["is_admin", "email_verified", "password", "user_id", "profile", "token", "__proto__"]
            .map(str::to_owned),
    );
    let document = app.anonymous().get("/openapi.json").await.body;
    mailed::all_mails_left(&app).await;
    let before = everything(&app.database);
    let (mut sent, mut operations) = (0, 0);
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let schema = &operation["requestBody"]["content"]["application/json"]["schema"]["$ref"];
            let Some(schema) = schema.as_str().and_then(|name| name.rsplit('/').next()) else { continue };
            if path.starts_with("/api/auth/") || path.starts_with("/auth/") {
                continue;
            }
            operations += 1;
            let known = document["components"]["schemas"][schema]["properties"].as_object().unwrap();
            let base = well_formed(method, path);
            let path = path
                .replace("{id}", &target.to_string())
                .replace("{name}", "guide")
                .replace("{post}", "1")
                .replace("{state}", "kl");
            let method: Method = method.to_uppercase().parse().unwrap();
            for name in names.iter().filter(|name| !known.contains_key(*name)) {
                for value in [json!(true), json!("admin"), json!(1), Value::Null] {
                    let mut body = base.clone();
                    body[name] = value;
                    let answer = admin.send(admin.request(method.clone(), &path).json(&body)).await;
                    answer.assert_error(422, "invalid_fields");
                    assert!(!answer.complaints(name).is_empty(), "{method} {path}: {}", answer.text);
                    sent += 1;
                }
            }
            let form = admin.request(method.clone(), &path).form(&[("is_admin", "true")]);
            admin.send(form).await.assert_error(415, "unsupported_media_type");
        }
    }
    assert!(operations >= 5 && sent > 500, "{operations} operations, {sent} requests");
    assert_eq!(everything(&app.database), before);
}

/// A body that the operation would take if it stood alone.
fn well_formed(method: &str, path: &str) -> Value {
    match (method, path) {
        ("post", "/api/users") => json!({ "email": "new@example.org" }),
        ("patch", "/api/users/{id}") => json!({ "nickname": "Al" }),
        ("put", "/api/users/{id}/roles") => json!({ "roles": ["member"] }),
        ("post", "/api/roles") => json!({ "name": "new", "permissions": [] }),
        ("post", "/api/posts") => json!({ "title": "A day in Kerala", "content": "It *rained*." }),
        ("patch", "/api/posts/{post}") => json!({ "title": "Two days in Kerala" }),
        ("post", "/api/posts/{post}/comments") | ("patch", "/api/comments/{id}") => {
            json!({ "content": "Well said." })
        }
        ("post", "/api/contact") => {
            json!({ "name": "Eva", "email": "eva@example.org", "subject": "A question", "message": "How?" })
        }
        ("patch", "/api/contact/{id}") => json!({ "status": "handled" }),
        ("put", "/api/states/{state}") => json!({
            "slug": "kerala", "name": "Kerala", "kind": "state", "capital": "Thiruvananthapuram", "region": "South",
            "languages": ["Malayalam"], "population_2011": 33_406_061, "area_km2": 38_852, "formed_on": "1956-11-01",
            "summary": "Backwaters.", "highlights": [],
        }),
        ("patch", "/api/roles/{name}") => json!({ "description": "what it is for" }),
        _ => panic!("{method} {path} takes a body: say here what a good one is"),
    }
}

fn everything(database: &TestDatabase) -> Vec<String> {
    let tables = [
        "users",
        "user_roles",
        "roles",
        "sessions",
        "installation",
        "outbox",
        "mail_tokens",
        "media_files",
        "posts",
        "comments",
        "contact_messages",
        "states",
    ];
    tables.iter().map(|table| database.sql(&format!("select * from {table} order by 1, 2"))).collect()
}
