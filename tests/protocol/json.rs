//! Bodies that are no JSON, and JSON that is not what was asked for.

use reqwest::Method;
use serde_json::{Value, json};

use super::operations;
use crate::harness::{Backend, TestApp, given};

/// Bytes that are not JSON, about a field of the operation.
fn not_json(field: &str) -> Vec<(&'static str, Vec<u8>)> {
    let mut cases: Vec<(&str, Vec<u8>)> = [
        ("nothing", ""),
        ("blanks", " \r\n\t "),
        ("half an object", r#"{"password":"#),
        ("no value", r#"{"password":}"#),
        ("a comma too many", r#"{"password":"x",}"#),
        ("no comma", r#"{"password":"x" "username":"y"}"#),
        ("a second value", r#"{"password":"x"} {}"#),
        ("a stray end", r#"{"password":"x"}}"#),
        ("single quotes", "{'password':'x'}"),
        ("no quotes", "{password:1}"),
        ("a comment", r#"{"password":"x" /* y */}"#),
        ("NaN", r#"{"password":NaN}"#),
        ("infinity", r#"{"password":-Infinity}"#),
        ("a word", r#"{"password":undefined}"#),
        ("a leading zero", r#"{"password":01}"#),
        ("a plus", r#"{"password":+1}"#),
        ("a number without its end", r#"{"password":1.}"#),
        ("an unknown escape", r#"{"password":"\x41"}"#),
        ("a short escape", r#"{"password":"\u00"}"#),
        ("a leading surrogate alone", r#"{"password":"\ud800"}"#),
        ("a trailing surrogate alone", r#"{"password":"\udc00"}"#),
        ("surrogates the wrong way round", r#"{"password":"\udc00\ud800"}"#),
        ("a line break in a text", "{\"password\":\"a\nb\"}"),
        ("a NUL in a text", "{\"password\":\"a\0b\"}"),
        ("a NUL after all", "{}\0"),
        ("a byte order mark", "\u{feff}{}"),
        ("a form", "username=alice&password=x"),
        ("XML", "<?xml version=\"1.0\"?><!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]><x>&e;</x>"),
    ]
    .map(|(name, text)| (name, text.replace("password", field).into_bytes()))
    .into();
    cases.extend([
        ("a byte that is not UTF-8", b"{\"password\":\"\xff\"}".to_vec()),
        ("an overlong letter", b"{\"password\":\"\xc1\x81\"}".to_vec()),
        ("a surrogate in UTF-8", b"{\"password\":\"\xed\xa0\x80\"}".to_vec()),
        ("half a letter", b"{\"password\":\"\xe2\x82".to_vec()),
        ("UTF-16", b"\xff\xfe{\0}\0".to_vec()),
        ("an open array in an open array", b"[".repeat(60_000)),
        ("an open object in an open object", format!("{{\"{field}\":").repeat(3000).into_bytes()),
    ]);
    cases
}

on_both!(what_is_not_json_is_told_so);

/// S47: 400 with the envelope, from every operation that reads a body.
async fn what_is_not_json_is_told_so(backend: Backend) {
    let app = TestApp::start(backend).await;
    let keeper = app.admin().await;
    for operation in operations::with_json() {
        for (name, bytes) in not_json(field(&operation.path)) {
            let answer = operation.call(&keeper, bytes).await;
            assert_eq!(answer.status, 400, "{name} to {}: {}", operation.path, answer.text);
            assert_eq!(answer.code(), "malformed_json", "{name}");
            assert!(answer.text.len() < 300, "{name}: {}", answer.text);
        }
    }
}

on_both!(json_of_the_wrong_shape_is_told_so);

/// S47: 422 with the envelope, from every operation that reads a body, however deep or wide it is.
async fn json_of_the_wrong_shape_is_told_so(backend: Backend) {
    let app = TestApp::start(backend).await;
    let keeper = app.admin().await;
    let nested = |open: &str, inner: &str, close: &str, times: usize| {
        open.repeat(times) + inner + &close.repeat(times)
    };
    let long_name = "n".repeat(60_000);
    let many = (0..5000).map(|n| format!("\"f{n}\":0")).collect::<Vec<_>>().join(",");
    let cases = [
        ("null", "null".to_owned()),
        ("a word", "true".to_owned()),
        ("a number", "-1.5e3".to_owned()),
        ("a text", r#""{}""#.to_owned()),
        ("an array", "[]".to_owned()),
        ("the values without their names", r#"["alice", "alice@example.org", "violet harbour"]"#.to_owned()),
        ("100 arrays", nested("[", "", "]", 100)),
        ("30,000 arrays", nested("[", "", "]", 30_000)),
        ("10,000 objects", nested(r#"{"a":"#, "1", "}", 10_000)),
        ("an unknown field", r#"{"is_admin":true}"#.to_owned()),
        ("a field without a name", r#"{"":1}"#.to_owned()),
        ("a field named in capitals", r#"{"PASSWORD":"x"}"#.to_owned()),
        ("a field named by a NUL", r#"{"\u0000":1}"#.to_owned()),
        ("a prototype", r#"{"__proto__":{"is_admin":true}}"#.to_owned()),
        ("a long name", format!("{{\"{long_name}\":1}}")),
        ("5,000 unknown fields", format!("{{{many}}}")),
    ];
    for operation in operations::with_json() {
        for (name, text) in &cases {
            let answer = operation.call(&keeper, text.as_bytes()).await;
            assert_eq!(answer.status, 422, "{name} to {}: {}", operation.path, answer.text);
            assert_eq!(answer.code(), "invalid_fields", "{name}");
            assert!(answer.text.len() < 500, "{name}: {}", answer.text);
        }
    }
}

/// A field of the operation that is a text.
fn field(path: &str) -> &'static str {
    match path {
        "/api/auth/profile" | "/api/users/1" => "nickname",
        "/api/auth/refresh" => "refresh_token",
        "/api/auth/password/forgot" => "email",
        "/api/auth/password/change" | "/api/auth/password/reset" => "new_password",
        "/api/auth/email/verify" | "/api/auth/email/change/confirm" => "token",
        "/api/users" => "username",
        "/api/users/1/roles" => "roles",
        "/api/roles" | "/api/roles/1" | "/api/states/1" => "name",
        "/api/posts" | "/api/posts/1" => "title",
        "/api/posts/1/comments" | "/api/comments/1" => "content",
        "/api/contact" => "subject",
        "/api/contact/1" => "status",
        _ => "password",
    }
}

/// The fields of a body that are texts.
fn texts(body: &Value) -> Vec<&String> {
    body.as_object().unwrap().iter().filter(|(_, value)| value.is_string()).map(|(name, _)| name).collect()
}

/// A body every operation takes as far as its shape goes, and its fields.
fn whole(path: &str) -> Value {
    match path {
        "/api/auth/register" => json!({
            "username": "bob", "email": "bob@example.org", "password": given::PASSWORD,
            "password_confirm": given::PASSWORD, "full_name": "Bob", "setup_token": "x",
        }),
        "/api/auth/login" => json!({ "username": "keeper", "password": given::PASSWORD, "format": "opaque" }),
        "/api/auth/refresh" => json!({ "refresh_token": "x" }),
        "/api/auth/password/change" => json!({ "current_password": "x", "new_password": "x" }),
        "/api/auth/password/forgot" => json!({ "email": "keeper@example.org" }),
        "/api/auth/password/reset" => json!({ "token": "x", "new_password": given::PASSWORD }),
        "/api/auth/email/change" => json!({ "new_email": "new@example.org", "password": "x" }),
        "/api/auth/email/verify" | "/api/auth/email/change/confirm" => json!({ "token": "x" }),
        "/api/auth/profile" => json!({
            "full_name": "Keeper", "nickname": "K", "phone": "+919876543210", "dob": "1990-01-31",
        }),
        "/api/auth/account" => json!({ "password": "x" }),
        "/api/users" => {
            json!({ "username": "bob", "email": "bob@example.org", "full_name": "Bob", "roles": [] })
        }
        "/api/users/1" => json!({
            "username": "bob", "email": "bob@example.org", "full_name": "Bob", "nickname": "B", "phone": "+919876543210",
            "dob": "1990-01-31", "is_active": true,
        }),
        "/api/users/1/roles" => json!({ "roles": [] }),
        "/api/roles" | "/api/roles/1" => json!({ "name": "guide", "description": "x", "permissions": [] }),
        "/api/posts" | "/api/posts/1" => {
            json!({ "title": "A day in Kerala", "content": "It *rained*.", "status": "draft" })
        }
        "/api/posts/1/comments" | "/api/comments/1" => json!({ "content": "Well said." }),
        "/api/contact" => json!({
            "name": "Eva", "email": "eva@example.org", "subject": "A question", "message": "How?",
        }),
        "/api/contact/1" => json!({ "status": "handled" }),
        "/api/states/1" => json!({
            "code": "KL", "slug": "kerala", "name": "Kerala", "kind": "state", "capital": "Thiruvananthapuram",
            "region": "South", "languages": ["Malayalam"], "population_2011": 33_406_061, "area_km2": 38_852,
            "formed_on": "1956-11-01", "summary": "Backwaters.", "highlights": [],
        }),
        other => panic!("say here what {other} takes"),
    }
}

on_both!(a_field_of_the_wrong_type_is_named);

/// S47: a text is wanted everywhere, and a number that looks like one is none.
async fn a_field_of_the_wrong_type_is_named(backend: Backend) {
    let app = TestApp::start(backend).await;
    let keeper = app.admin().await;
    for operation in operations::with_json() {
        let whole = whole(&operation.path);
        for field in texts(&whole) {
            for wrong in
                ["1", "true", "[]", r#"["x"]"#, r#"{"$ne":null}"#, "12345678901234567890123", "1e300"]
            {
                let mut body = whole.clone();
                body[field] = serde_json::from_str(wrong).unwrap();
                let answer = operation.call(&keeper, body.to_string()).await;
                answer.assert_error(422, "invalid_fields");
                assert_eq!(answer.complaints(field).len(), 1, "{field} = {wrong}: {}", answer.text);
            }
            // No number of any reader.
            let name = format!("\"{field}\":");
            let text = format!("{{{name}1e999}}");
            operation.call(&keeper, text).await.assert_error(400, "malformed_json");
        }
    }
}

on_both!(a_field_given_twice_is_named);

/// S47: of two values of one name, two readers may each take another one.
async fn a_field_given_twice_is_named(backend: Backend) {
    let app = TestApp::start(backend).await;
    let keeper = app.admin().await;
    for operation in operations::with_json() {
        let whole = whole(&operation.path);
        for (field, value) in whole.as_object().unwrap() {
            let text = whole.to_string();
            let letters = field.chars().map(|letter| format!("\\u{:04x}", letter as u32));
            let name = letters.collect::<Vec<_>>().concat();
            for again in [field, &name] {
                let body = format!("{{\"{again}\":{value},{}", &text[1..]);
                let answer = operation.call(&keeper, body).await;
                answer.assert_error(422, "invalid_fields");
                assert_eq!(answer.complaints(field), ["This field is given more than once."], "{again}");
            }
        }
    }
}

on_both!(a_nul_is_no_text);

/// S47: PostgreSQL keeps no NUL, so none comes in, in any field, on either database.
async fn a_nul_is_no_text(backend: Backend) {
    let app = TestApp::start_with(backend, &["--setup-token", "the operator's own"]).await;
    // Nobody has shown that token.
    app.admin().await;
    app.database.sql("insert into user_roles (user_id, role) select id, 'admin' from users");
    let keeper = app.admin().await;
    for operation in operations::with_json() {
        let whole = whole(&operation.path);
        for field in texts(&whole) {
            for nul in ["\0", "a\0b", "bob\0@example.org", "+91\0 98765 43210"] {
                let mut body = whole.clone();
                body[field] = json!(nul);
                let answer = operation.call(&keeper, body.to_string()).await;
                answer.assert_error(422, "invalid_fields");
                assert!(!answer.complaints(field).is_empty(), "{field}: {}", answer.text);
            }
        }
    }
    for metadata in [json!({ "a": "\0" }), json!({ "\0": 1 }), json!({ "a": [{ "b": "x\0" }] })] {
        let answer = keeper.patch("/api/auth/profile", json!({ "metadata": metadata })).await;
        answer.assert_error(422, "invalid_fields");
        assert!(!answer.complaints("metadata").is_empty(), "{}", answer.text);
    }
}

on_both!(metadata_takes_json_within_its_bounds_and_gives_it_back);

/// S47: what a profile keeps for the application in front is any JSON that every reader reads alike.
async fn metadata_takes_json_within_its_bounds_and_gives_it_back(backend: Backend) {
    let app = TestApp::start(backend).await;
    let alice = app.signed_in("alice").await;
    let patch = async |metadata: &str| {
        let request = alice.request(Method::PATCH, "/api/auth/profile");
        let body = format!("{{\"metadata\":{metadata}}}");
        alice.send(request.header("content-type", "application/json").body(body)).await
    };
    let deep = |levels: usize| r#"{"a":"#.repeat(levels) + "1" + &"}".repeat(levels);
    for kept in ["{}", r#"{"a":[1,-0.5,true,null,"é😀"]}"#, r#"{"a":"\ud83d\ude00"}"#, &deep(8)] {
        let expected: Value = serde_json::from_str(kept).unwrap();
        let answer = patch(kept).await;
        answer.assert_status(200);
        assert_eq!(answer.body["profile"]["metadata"], expected, "{kept}");
        assert_eq!(alice.get("/api/auth/profile").await.body["profile"]["metadata"], expected);
    }
    let wide = format!("{{\"a\":\"{}\"}}", "x".repeat(17_000));
    for refused in [
        "[]",
        "1",
        r#""x""#,
        r#"{"a":1,"a":2}"#,
        r#"{"a":{"b":1,"\u0062":2}}"#,
        r#"{"a":"\ud800"}"#,
        &deep(9),
        &deep(5000),
        &wide,
    ] {
        let answer = patch(refused).await;
        let shown: String = refused.chars().take(60).collect();
        assert_eq!((answer.status, answer.code()), (422, "invalid_fields"), "{shown}: {}", answer.text);
        assert_eq!(answer.complaints("metadata").len(), 1, "{shown}: {}", answer.text);
    }
}

on_both!(who_asks_is_looked_at_before_what);

/// A stranger's nonsense is answered as a stranger's request, not as nonsense.
async fn who_asks_is_looked_at_before_what(backend: Backend) {
    let app = TestApp::start(backend).await;
    let stranger = app.anonymous();
    for operation in operations::with_json().iter().filter(|operation| operation.wants_token) {
        for (name, bytes) in not_json(field(&operation.path)) {
            let answer = operation.call(&stranger, bytes).await;
            assert_eq!((answer.status, answer.code()), (401, "authentication_required"), "{name}");
        }
    }
}
