//! Every operation on an account or a role against every kind of officer.

use reqwest::Method;
use serde_json::{Value, json};

use super::{apart_from_its_number, id, officer};
use crate::harness::client::{Answer, Client};
use crate::harness::{Backend, TestApp, given};

on_both!(
    every_operation_asks_for_its_own_permission,
    nobody_learns_which_accounts_there_are_from_a_refusal,
    nothing_under_administration_is_missing_here,
);

/// What an operation answers those who may not; who may gets `ok`.
struct Rule {
    method: Method,
    /// `{id}` is a member made for the one call, `{role}` a role made for it.
    path: &'static str,
    needs: &'static str,
    ok: u16,
}

const RULES: [(&str, &str, &str, u16); 18] = [
    ("GET", "/api/users", "users.read", 200),
    ("POST", "/api/users", "users.write", 201),
    ("GET", "/api/users/{id}", "users.read", 200),
    ("PATCH", "/api/users/{id}", "users.write", 200),
    ("DELETE", "/api/users/{id}", "users.write", 200),
    ("PUT", "/api/users/{id}/roles", "roles.manage", 200),
    ("POST", "/api/users/{id}/suspend", "users.write", 200),
    ("POST", "/api/users/{id}/restore", "users.write", 200),
    ("POST", "/api/users/{id}/password-reset", "users.write", 202),
    ("GET", "/api/users/{id}/sessions", "users.read", 200),
    ("DELETE", "/api/users/{id}/sessions", "users.write", 200),
    ("GET", "/api/roles", "roles.manage", 200),
    ("POST", "/api/roles", "roles.manage", 201),
    ("PATCH", "/api/roles/{name}", "roles.manage", 200),
    ("DELETE", "/api/roles/{name}", "roles.manage", 200),
    ("GET", "/api/permissions", "roles.manage", 200),
    ("GET", "/api/admin/stats", "users.read", 200),
    ("GET", "/api/admin/audit", "audit.read", 200),
];

fn rules() -> Vec<Rule> {
    let rule = |(method, path, needs, ok): (&str, _, _, _)| Rule {
        method: method.parse().unwrap(),
        path,
        needs,
        ok,
    };
    RULES.map(rule).into()
}

/// S01, S65: a permission opens its own operations and no other; what somebody is to others opens nothing.
async fn every_operation_asks_for_its_own_permission(backend: Backend) {
    let app = TestApp::start(backend).await;
    let (mut asked, everything) = (0, ["users.read", "users.write", "roles.manage", "audit.read"]);
    let mut callers = vec![("", app.anonymous()), ("", app.signed_in("member").await)];
    for permission in everything {
        let name = permission.replace('.', "-");
        callers.push((permission, officer(&app, &name, &[permission]).await));
    }
    let editor = app.signed_in("edith").await;
    let admin = app.admin().await;
    super::give_roles(&admin, id(&editor), &["member", "editor"]).await.assert_status(200);
    callers.extend([("", editor), ("*", admin)]);
    for rule in rules() {
        for (n, (holds, caller)) in callers.iter().enumerate() {
            let (target, role) = target(&app, asked);
            let answer = call(caller, &rule, &target, &role).await;
            let expected = match (n, *holds) {
                (0, _) => 401,
                (_, holds) if holds == "*" || holds == rule.needs => rule.ok,
                _ => 403,
            };
            let who = caller.user["username"].clone();
            assert_eq!(answer.status, expected, "{} {} by {who}: {}", rule.method, rule.path, answer.text);
            let code = ["authentication_required", "forbidden"].map(str::to_owned);
            assert!(expected < 400 || code.contains(&answer.code().to_owned()), "{}", answer.text);
            asked += 1;
        }
    }
    assert_eq!(asked, RULES.len() * 8);
}

/// A member and a role, for one call.
fn target(app: &TestApp, number: usize) -> (String, String) {
    let (name, role) = (format!("target-{number}"), format!("role-{number}"));
    let id = app.database.sql(&format!(
        "insert into roles (name, description, permissions, built_in) values ('{role}', '', '', false); \
         insert into users (username, username_key, email, email_key, password_hash, created_at, updated_at, \
         profile_updated_at) values ('{name}', '{name}', '{name}@example.org', '{name}@example.org', '!', \
         '2025-01-01 00:00:00', '2025-01-01 00:00:00', '2025-01-01 00:00:00'); \
         insert into user_roles (user_id, role) select id, 'member' from users where username = '{name}'; \
         select id from users where username = '{name}'"
    ));
    (id, role)
}

/// S01, S79: whether it is another's, one's own, an administrator's or nobody's.
async fn nobody_learns_which_accounts_there_are_from_a_refusal(backend: Backend) {
    let app = TestApp::start(backend).await;
    let (alice, bob) = (app.signed_in("alice").await, app.signed_in("bob").await);
    let reader = officer(&app, "reader", &["users.read"]).await;
    let writer = officer(&app, "writer", &["users.write"]).await;
    let keeper = id(&app.admin().await).to_string();
    let own_role = "writer";
    for rule in rules().iter().filter(|rule| rule.path.contains('{')) {
        for caller in [&app.anonymous(), &alice, &reader, &writer] {
            let may = caller.user["roles"].as_array().is_some()
                && caller.user["username"] == json!(role_of(rule.needs));
            if may {
                continue;
            }
            let own = caller.user["id"].as_i64().unwrap_or(1).to_string();
            let absent = call(caller, rule, "999999999", "no-such-role").await;
            let refused = if caller.token.is_none() { 401 } else { 403 };
            assert_eq!(absent.status, refused, "{} {}: {}", rule.method, rule.path, absent.text);
            for there in [id(&bob).to_string(), keeper.clone(), own, "9223372036854775807".to_owned()] {
                let answer = call(caller, rule, &there, own_role).await;
                assert_eq!(
                    apart_from_its_number(&answer),
                    apart_from_its_number(&absent),
                    "{} {}",
                    rule.method,
                    rule.path
                );
                for name in ["www-authenticate", "content-length", "cache-control"] {
                    assert_eq!(answer.header(name), absent.header(name), "{}", rule.path);
                }
            }
        }
    }
    // Who may is told the truth, and in one way for all that is no account.
    for rule in rules().iter().filter(|rule| rule.path.contains("{id}")) {
        for nobody in ["999999999", "9223372036854775807"] {
            let answer = call(&app.admin().await, rule, nobody, "").await;
            answer.assert_error(404, "not_found");
        }
    }
}

/// The officers here are called by what they may.
fn role_of(permission: &str) -> &str {
    match permission {
        "users.read" => "reader",
        "users.write" => "writer",
        _ => "",
    }
}

/// S01: a new operation without a line above fails.
async fn nothing_under_administration_is_missing_here(backend: Backend) {
    let app = TestApp::start(backend).await;
    let document = app.anonymous().get("/openapi.json").await.body;
    let is_ours = |path: &str| {
        ["/api/users", "/api/roles", "/api/permissions", "/api/admin/stats"]
            .iter()
            .any(|start| path == *start || path.starts_with(&format!("{start}/")))
    };
    let mut listed: Vec<String> = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys().filter(|_| is_ours(path)) {
            listed.push(format!("{} {path}", method.to_uppercase()));
        }
    }
    let mut known: Vec<_> =
        RULES.iter().filter(|rule| is_ours(rule.1)).map(|rule| format!("{} {}", rule.0, rule.1)).collect();
    listed.sort();
    known.sort();
    assert_eq!(listed, known, "left: the document's operations, right: the rules of this test");
}

/// Calls the operation with a body that whoever may can send.
async fn call(caller: &Client, rule: &Rule, user: &str, named: &str) -> Answer {
    let path = rule.path.replace("{id}", user).replace("{name}", named);
    let request = caller.request(rule.method.clone(), &path);
    let body = body(rule, user);
    caller.send(if body.is_null() { request } else { request.json(&body) }).await
}

fn body(rule: &Rule, user: &str) -> Value {
    match (rule.method.as_str(), rule.path) {
        ("POST", "/api/users") => json!({ "email": given::address(&format!("made-{user}")) }),
        ("PATCH", "/api/users/{id}") => json!({ "nickname": "Al" }),
        ("PUT", _) => json!({ "roles": ["member"] }),
        ("POST", "/api/roles") => json!({ "name": format!("made-{user}"), "permissions": [] }),
        ("PATCH", "/api/roles/{name}") => json!({ "description": "what it is for" }),
        _ => Value::Null,
    }
}
