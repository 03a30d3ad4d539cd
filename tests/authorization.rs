//! Every operation against every kind of caller. An operation of the document without a row here fails the test.

use std::collections::BTreeMap;
use std::time::Duration;

use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::accounts::{import, suspend};
use crate::content::{body_of, message};
use crate::harness::client::{Answer, Client};
use crate::harness::{Backend, TestApp, given};

on_both!(
    every_operation_answers_each_kind_of_caller_as_it_should,
    who_may_is_decided_before_the_body_is_read
);

/// What each caller gets, in the order of [`Callers::in_order`].
struct Row {
    operation: &'static str,
    statuses: [u16; 7],
}

const OPEN: fn(&'static str, u16) -> Row = |operation, status| Row { operation, statuses: [status; 7] };
const SIGNED_IN: fn(&'static str, u16) -> Row =
    |operation, ok| Row { operation, statuses: [401, ok, ok, 401, ok, 401, 401] };

const ADMIN: fn(&'static str, u16) -> Row =
    |operation, ok| Row { operation, statuses: [401, 403, 403, 401, ok, 401, 401] };

/// Open to strangers, who need not say who they are; a token that opens nothing is refused all the same.
const OPTIONAL: fn(&'static str, u16) -> Row =
    |operation, status| Row { operation, statuses: [status, status, status, 401, status, 401, 401] };

/// anonymous, member, other member, suspended, admin, expired token, garbage token
fn matrix() -> Vec<Row> {
    vec![
        OPEN("register", 201),
        OPEN("login", 200),
        OPEN("health_live", 200),
        OPEN("health_ready", 200),
        SIGNED_IN("get_profile", 200),
        SIGNED_IN("update_profile", 200),
        SIGNED_IN("set_avatar", 200),
        SIGNED_IN("delete_avatar", 200),
        // There is no such picture.
        OPEN("get_avatar", 404),
        SIGNED_IN("logout", 200),
        SIGNED_IN("logout_all", 200),
        OPEN("refresh", 200),
        SIGNED_IN("list_sessions", 200),
        SIGNED_IN("revoke_session", 200),
        SIGNED_IN("change_password", 200),
        OPEN("forgot_password", 202),
        // Whose a link is, it says itself; these are nobody's.
        OPEN("reset_password", 422),
        OPEN("verify_email", 422),
        OPEN("confirm_email_change", 422),
        SIGNED_IN("request_email_verification", 202),
        SIGNED_IN("change_email", 202),
        ADMIN("introspect", 200),
        SIGNED_IN("export_data", 200),
        // The admin here is the last one.
        Row { operation: "delete_account", statuses: [401, 200, 200, 401, 409, 401, 401] },
        ADMIN("list_users", 200),
        ADMIN("create_user", 201),
        ADMIN("get_user", 200),
        ADMIN("update_user", 200),
        ADMIN("delete_user", 200),
        ADMIN("set_user_roles", 200),
        ADMIN("suspend_user", 200),
        ADMIN("restore_user", 200),
        ADMIN("force_password_reset", 202),
        ADMIN("list_user_sessions", 200),
        ADMIN("end_user_sessions", 200),
        ADMIN("list_roles", 200),
        ADMIN("create_role", 201),
        ADMIN("update_role", 200),
        ADMIN("delete_role", 200),
        ADMIN("list_permissions", 200),
        ADMIN("get_stats", 200),
        ADMIN("list_audit", 200),
        ADMIN("list_mail", 200),
        // There is no such mail, which only those hear who may know.
        ADMIN("retry_mail", 404),
        OPTIONAL("list_posts", 200),
        OPTIONAL("get_post", 200),
        OPTIONAL("list_comments", 200),
        SIGNED_IN("create_post", 201),
        SIGNED_IN("create_comment", 201),
        // What somebody else published: whoever moderates may change it.
        ADMIN("update_post", 200),
        ADMIN("delete_post", 200),
        ADMIN("update_comment", 200),
        ADMIN("delete_comment", 200),
        OPTIONAL("send_message", 201),
        ADMIN("list_messages", 200),
        // There is no such message.
        ADMIN("update_message", 404),
        ADMIN("delete_message", 404),
        OPEN("list_states", 200),
        OPEN("get_state", 200),
        ADMIN("edit_state", 200),
        OPEN("get_jwks", 200),
        // This operator names no contact.
        OPEN("get_security_txt", 404),
        OPEN("signup", 201),
        OPEN("compatible_login", 200),
        SIGNED_IN("get_me", 200),
    ]
}

impl Operation {
    /// Its errors have no code.
    fn is_compatible(&self) -> bool {
        self.path.starts_with("/auth/")
    }
}

struct Operation {
    method: Method,
    path: String,
    has_body: bool,
    media_type: String,
    is_secured: bool,
}

/// S01: the rule of every operation, said aloud.
async fn every_operation_answers_each_kind_of_caller_as_it_should(backend: Backend) {
    let app = TestApp::start_with(backend, &["--sessions-per-user", "100"]).await;
    let operations = operations(&app).await;
    let rows: BTreeMap<_, _> = matrix().into_iter().map(|row| (row.operation, row.statuses)).collect();
    let (documented, known): (Vec<_>, Vec<_>) = (operations.keys().collect(), rows.keys().collect());
    assert_eq!(documented, known, "left: the document's operations, right: the rows of this matrix");

    for (name, operation) in &operations {
        for (n, expected) in rows[&**name].into_iter().enumerate() {
            let (kind, caller) = caller(&app, n).await;
            let answer = call(&app, &caller, operation, body(&app, name, kind).await).await;
            assert_eq!(answer.status, expected, "{name} by {kind}: {}", answer.text);
            if expected == 403 {
                assert_eq!(answer.code(), "forbidden", "{name} by {kind}");
            }
            if expected == 401 && !operation.is_compatible() {
                let code = if kind == "anonymous" { "authentication_required" } else { "invalid_token" };
                assert_eq!(answer.code(), code, "{name} by {kind}");
            }
        }
        let needs_token = rows[&**name][0] == 401;
        assert_eq!(operation.is_secured, needs_token, "{name}: the document and the matrix differ");
    }
}

/// S01: nonsense from somebody who may not ask is answered by "you may not", so nothing is learnt from it.
async fn who_may_is_decided_before_the_body_is_read(backend: Backend) {
    let app = TestApp::start(backend).await;
    let expired = app.signed_in("alice").await;
    app.clock.advance(Duration::from_hours(13));
    let (member, closed) = (app.signed_in("bob").await, closed_to_members());
    let mut asked = 0;
    for (name, operation) in operations(&app).await.iter().filter(|(_, operation)| operation.is_secured) {
        let strangers = [app.anonymous(), expired.clone(), app.anonymous().with_token("nonsense")];
        let members = closed.contains(&&**name).then(|| (403, member.clone()));
        for (expected, caller) in strangers.map(|stranger| (401, stranger)).into_iter().chain(members) {
            for (media_type, nonsense) in [
                ("application/json", "{"),
                ("application/json", r#"{"no_such_field":1}"#),
                ("application/json", "\"\\ud800\""),
                ("text/plain", "nonsense"),
                ("application/x-www-form-urlencoded", "a=1&a=2"),
            ] {
                let request = caller.request(operation.method.clone(), &operation.path);
                let request = request.header("Content-Type", media_type).body(nonsense);
                let answer = caller.send(request).await;
                assert_eq!(answer.status, expected, "{name} with {nonsense}: {}", answer.text);
                asked += 1;
            }
        }
        assert!(operation.has_body || operation.method != Method::PATCH, "{name}");
    }
    assert!(asked >= 45, "{asked}");
}

/// The operations that members may not call. What they may do to their own is told by what the path names, which is looked up after
/// the body was read.
fn closed_to_members() -> Vec<&'static str> {
    let own = ["update_post", "delete_post", "update_comment", "delete_comment"];
    let closed = matrix().into_iter().filter(|row| row.statuses[1] == 403 && !own.contains(&row.operation));
    closed.map(|row| row.operation).collect()
}

/// One caller of each kind, made for this one call, since some calls end sessions.
async fn caller(app: &TestApp, n: usize) -> (&'static str, Client) {
    match n {
        0 => ("anonymous", app.anonymous()),
        1 => ("member", app.signed_in("alice").await),
        2 => ("other", app.signed_in("bob").await),
        3 => ("suspended", suspended(app).await),
        4 => ("admin", app.admin().await),
        5 => ("expired", expired(app).await),
        _ => ("garbage", app.anonymous().with_token(&"0123456789abcdef".repeat(4))),
    }
}

async fn suspended(app: &TestApp) -> Client {
    app.database.sql("update users set suspended_at = null");
    let client = app.signed_in("sleeper").await;
    suspend(&app.database, "sleeper");
    client
}

async fn expired(app: &TestApp) -> Client {
    let client = app.signed_in("visitor").await;
    app.clock.advance(Duration::from_hours(12));
    client
}

/// A body the operation takes from anybody who may send one.
async fn body(app: &TestApp, operation: &str, kind: &str) -> Option<Value> {
    let (password, no_link) = (given::PASSWORD, "no link of ours");
    match operation {
        "register" => Some(given::registration(&format!("new-{kind}"))),
        "signup" => Some(given::registration(&format!("fast-{kind}"))),
        "login" | "compatible_login" => Some(given::credentials("alice")),
        "refresh" => Some(json!({ "refresh_token": refresh_token(app).await })),
        "update_profile" | "update_user" => Some(json!({ "nickname": kind })),
        "set_avatar" => Some(json!({ "avatar": PICTURE.as_slice() })),
        "change_password" => Some(json!({ "current_password": password, "new_password": password })),
        "forgot_password" => Some(json!({ "email": given::address("alice") })),
        "reset_password" => Some(json!({ "token": no_link, "new_password": password })),
        "verify_email" | "confirm_email_change" => Some(json!({ "token": no_link })),
        "change_email" => Some(json!({ "new_email": given::address(kind), "password": password })),
        "introspect" => Some(json!({ "token": "anything" })),
        "delete_account" => Some(json!({ "password": password })),
        "create_user" => Some(json!({ "email": given::address(&format!("made-{kind}")) })),
        "set_user_roles" => Some(json!({ "roles": ["editor"] })),
        "create_role" => Some(json!({ "name": format!("made-{kind}"), "permissions": ["posts.write"] })),
        "update_role" => Some(json!({ "description": kind })),
        "create_post" => Some(json!({ "title": kind, "content": "It *rained*.", "status": "published" })),
        "update_post" => Some(json!({ "title": kind })),
        "create_comment" | "update_comment" => Some(json!({ "content": kind })),
        "send_message" => Some(message(kind)),
        "update_message" => Some(json!({ "status": "handled" })),
        "edit_state" => Some(body_of(&app.anonymous(), "kl").await),
        _ => None,
    }
}

/// One that was not used yet.
async fn refresh_token(app: &TestApp) -> Value {
    let session = app.anonymous().post("/api/auth/login", given::credentials("alice")).await;
    session.assert_status(200).body["refresh_token"].clone()
}

/// Where to: a session of the caller's own, an account or a role made for this one call, a mail that is not there.
async fn path(app: &TestApp, caller: &Client, operation: &Operation) -> String {
    if operation.path.starts_with("/api/users/") {
        return operation.path.replace("{id}", &somebody(app));
    }
    if operation.path.starts_with("/api/posts/") {
        return operation.path.replace("{post}", &some_post(app));
    }
    if operation.path.starts_with("/api/comments/") {
        return operation.path.replace("{id}", &some_comment(app));
    }
    if operation.path.starts_with("/api/states/") {
        return operation.path.replace("{state}", "kl");
    }
    if operation.path.starts_with("/api/roles/") {
        return operation.path.replace("{name}", &some_role(app));
    }
    if !operation.path.starts_with("/api/auth/sessions/") {
        return operation.path.replace("{id}", "999999999");
    }
    let sessions = caller.get("/api/auth/sessions").await.body["data"].clone();
    let own = sessions.as_array().into_iter().flatten().find(|session| session["current"] == json!(true));
    let id = own.and_then(|session| session["id"].as_str()).unwrap_or("01890a5d-ac96-774b-bcce-b302099a8057");
    operation.path.replace("{id}", id)
}

/// A GIF of one pixel, byte by byte.
const PICTURE: [u8; 35] =
    *b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xFF\xFF\xFF,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;";

/// The parts of an upload, their bytes as numbers.
fn upload(body: &Value) -> Form {
    let parts = body.as_object().into_iter().flatten();
    parts.fold(Form::new(), |form, (name, bytes)| {
        let bytes: Vec<u8> = serde_json::from_value(bytes.clone()).unwrap();
        form.part(name.clone(), Part::bytes(bytes).file_name("file"))
    })
}

/// The number of an account that nobody else has anything to do with.
fn somebody(app: &TestApp) -> String {
    app.database.sql("delete from users where username = 'somebody'");
    import(&app.database, "somebody", Some(&given::address("somebody")), "!");
    app.database.sql("select id from users where username = 'somebody'")
}

fn some_role(app: &TestApp) -> String {
    app.database.sql("delete from roles where name = 'guide'");
    app.database.sql(
        "insert into roles (name, description, permissions, built_in) values ('guide', '', 'posts.write', false)",
    );
    "guide".to_owned()
}

/// A published post of somebody who has nothing else to do with it.
fn some_post(app: &TestApp) -> String {
    let author = somebody(app);
    app.database.sql("delete from posts where slug = 'some-post'");
    app.database.sql(&format!(
        "insert into posts (author_id, title, slug, content, created_at, updated_at, published_at) values
            ({author}, 'Some post', 'some-post', 'It rained.', '2026-11-21 12:00:00', '2026-11-21 12:00:00', '2026-11-21 12:00:00')"
    ));
    app.database.sql("select id from posts where slug = 'some-post'")
}

fn some_comment(app: &TestApp) -> String {
    let post = some_post(app);
    app.database.sql(&format!(
        "insert into comments (post_id, author_id, content, created_at, updated_at)
            select id, author_id, 'Well said.', created_at, updated_at from posts where id = {post}"
    ));
    app.database.sql(&format!("select id from comments where post_id = {post}"))
}

async fn call(app: &TestApp, caller: &Client, operation: &Operation, body: Option<Value>) -> Answer {
    let request = caller.request(operation.method.clone(), &path(app, caller, operation).await);
    assert_eq!(body.is_some(), operation.has_body, "{}: say in `body` what it takes", operation.path);
    caller
        .send(match body {
            Some(body) if operation.media_type == "multipart/form-data" => request.multipart(upload(&body)),
            Some(body) if operation.media_type != "application/json" => request.form(&body),
            Some(body) => request.json(&body),
            None => request,
        })
        .await
}

async fn operations(app: &TestApp) -> BTreeMap<String, Operation> {
    app.signed_in("alice").await;
    let document = app.anonymous().get("/openapi.json").await.body;
    let paths = document["paths"].as_object().unwrap();
    let listed = paths.iter().flat_map(|(path, methods)| {
        methods.as_object().unwrap().iter().map(move |(method, operation)| {
            let name = operation["operationId"].as_str().expect("an operation id").to_owned();
            let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
            let has_body = operation.get("requestBody").is_some();
            let taken = operation["requestBody"]["content"].as_object();
            let media_type = taken.and_then(|taken| taken.keys().next()).cloned().unwrap_or_default();
            let rules = operation["security"].as_array().map(Vec::as_slice).unwrap_or_default();
            // `{}` among the rules says that none need hold.
            let is_secured = !rules.is_empty() && !rules.contains(&json!({}));
            (name, Operation { method, path: path.clone(), has_body, media_type, is_secured })
        })
    });
    listed.collect()
}
