//! What nobody may set about themselves.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::client::Client;
use crate::harness::database::TestDatabase;
use crate::harness::{Backend, TestApp, given};

on_both!(no_column_can_be_set_by_naming_it, what_looks_like_a_known_field_is_still_unknown);

/// Names of rights and states that are no columns here, and of how other systems reach them.
const PRIVILEGED: &[&str] = &[
    "is_admin",
    "isAdmin",
    "admin",
    "is_superuser",
    "is_staff",
    "is_active",
    "active",
    "role",
    "roles",
    "role_id",
    "permissions",
    "groups",
    "scope",
    "scopes",
    "email_verified",
    "emailVerified",
    "is_verified",
    "verified",
    "user",
    "user_id",
    "owner_id",
    "password_hash",
    "hash",
    "salt",
    "avatar_url",
    "profile",
    "created_by",
    "last_login",
    "session",
    "sessions",
    "session_id",
    "token",
    "access_token",
    "refresh_token",
    "expires_at",
    "__proto__",
    "constructor",
    "prototype",
    "$set",
    "_method",
    "password_digest",
    "tenant_id",
    "balance",
];

/// S02: every column of every table and every other privileged name, sent to every operation that takes a body.
async fn no_column_can_be_set_by_naming_it(backend: Backend) {
    let app = TestApp::start(backend).await;
    let alice = app.signed_in("alice").await;
    let mut names = columns(&app.database, backend);
    assert!(names.len() > 25 && names.contains("password_hash"), "{names:?}");
    names.extend(PRIVILEGED.iter().map(ToString::to_string));

    let before = everything(&app.database);
    let mut sent = 0;
    for (method, path, known) in write_operations(&app).await {
        let base = well_formed(&path, &method);
        for name in names.iter().filter(|name| !known.contains(*name)) {
            for value in [json!(true), json!("admin"), json!(["admin"]), json!(1), Value::Null] {
                let mut body = base.clone();
                body[name] = value;
                let answer = alice.send(alice.request(method.clone(), &path).json(&body)).await;
                answer.assert_error(422, "invalid_fields");
                assert_eq!(
                    answer.complaints(name),
                    ["This field is not known here."],
                    "{path}: {}",
                    answer.text
                );
                sent += 1;
            }
            let form = alice.request(method.clone(), &path).form(&[(name, "true")]);
            alice.send(form).await.assert_error(415, "unsupported_media_type");
        }
    }
    assert!(sent > 500, "{sent} requests");
    assert_eq!(everything(&app.database), before);
    assert_harmless(&alice).await;
}

/// S02: nor by a name in another case, with a space, or inside of something else.
async fn what_looks_like_a_known_field_is_still_unknown(backend: Backend) {
    let app = TestApp::start(backend).await;
    let alice = app.signed_in("alice").await;
    let before = everything(&app.database);
    for name in
        ["Full_Name", "FULL_NAME", "full_name ", "fullName", "full-name", "full_name[]", "profile.nickname"]
    {
        let answer = alice.patch("/api/auth/profile", json!({ name: "Mallory" })).await;
        answer.assert_error(422, "invalid_fields");
        assert!(!answer.complaints(name).is_empty(), "{name}: {}", answer.text);
    }
    assert_eq!(everything(&app.database), before);
    // Metadata is free, and stays where it is.
    let metadata =
        json!({ "is_admin": true, "roles": ["admin"], "user": { "id": 1 }, "__proto__": { "admin": true } });
    alice.patch("/api/auth/profile", json!({ "metadata": metadata })).await.assert_status(200);
    assert_harmless(&alice).await;
}

async fn assert_harmless(alice: &Client) {
    let profile = alice.get("/api/auth/profile").await;
    let user = &profile.assert_status(200).body;
    assert_eq!(user["is_admin"], json!(false));
    assert_eq!(user["roles"], json!(["member"]));
    assert_eq!(user["email_verified"], json!(false));
    assert_eq!(user["id"], alice.user["id"]);
}

/// Every operation with a JSON body that is strict about it, and the names its document knows. The compatible routes pass
/// over what they do not know: `compatible` has what comes of that.
async fn write_operations(app: &TestApp) -> Vec<(Method, String, BTreeSet<String>)> {
    let document = app.anonymous().get("/openapi.json").await.body;
    let mut operations = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        // What is done to others stands in `administration`.
        if !path.starts_with("/api/auth/") {
            continue;
        }
        for (method, operation) in methods.as_object().unwrap() {
            let schema = &operation["requestBody"]["content"]["application/json"]["schema"]["$ref"];
            let Some(schema) = schema.as_str().and_then(|name| name.rsplit('/').next()) else { continue };
            let known = document["components"]["schemas"][schema]["properties"].as_object().unwrap();
            let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
            operations.push((method, path.clone(), known.keys().cloned().collect()));
        }
    }
    assert!(operations.len() >= 3, "{operations:?}");
    operations
}

/// A body that the operation would take if it stood alone.
fn well_formed(path: &str, method: &Method) -> Value {
    match (method.as_str(), path) {
        ("POST", "/api/auth/register") => given::registration("mallory"),
        ("POST", "/api/auth/login") => given::credentials("alice"),
        ("PATCH", "/api/auth/profile") => json!({ "nickname": "Al" }),
        ("POST", "/api/auth/refresh") => json!({ "refresh_token": "x" }),
        ("POST", "/api/auth/password/change") => {
            json!({ "current_password": given::PASSWORD, "new_password": "a quiet green harbour" })
        }
        ("POST", "/api/auth/password/forgot") => json!({ "email": given::address("alice") }),
        ("POST", "/api/auth/password/reset") => {
            json!({ "token": "x", "new_password": "a quiet green harbour" })
        }
        ("POST", "/api/auth/email/change") => {
            json!({ "new_email": given::address("mallory"), "password": given::PASSWORD })
        }
        ("DELETE", "/api/auth/account") => json!({ "password": given::PASSWORD }),
        ("POST", "/api/auth/email/verify" | "/api/auth/email/change/confirm") => json!({ "token": "x" }),
        _ => panic!("{method} {path} takes a body: say here what a good one is"),
    }
}

/// The names of all columns there are.
pub(crate) fn columns(database: &TestDatabase, backend: Backend) -> BTreeSet<String> {
    let query = match backend {
        Backend::Sqlite => {
            "select distinct c.name from sqlite_master t, pragma_table_info(t.name) c \
             where t.type = 'table' and t.name not like 'sqlite_%' and t.name not like '\\_\\_%' escape '\\'"
        }
        Backend::Postgres => {
            "select distinct column_name from information_schema.columns \
             where table_schema = 'public' and table_name not like '\\_\\_%'"
        }
    };
    database.sql(query).lines().map(str::to_owned).collect()
}

fn everything(database: &TestDatabase) -> Vec<String> {
    let tables = ["users", "user_roles", "roles", "sessions", "installation"];
    tables.iter().map(|table| database.sql(&format!("select * from {table} order by 1, 2"))).collect()
}
