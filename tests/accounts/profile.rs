//! Seeing and changing one's own account.

use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::{Backend, TestApp, raw, redact};

on_both!(
    an_account_shows_itself_bare,
    an_absent_field_stays_and_null_clears,
    nothing_is_changed_where_one_field_is_wrong,
    a_change_shows_here_at_once_and_elsewhere_within_a_second,
    changes_are_dated,
    two_changes_of_different_fields_at_once_both_stand,
    nobody_changes_anybody_else,
);

async fn an_account_shows_itself_bare(backend: Backend) {
    let app = TestApp::start(backend).await;
    let alice = app.signed_in("alice").await;
    let filled = json!({
        "full_name": "Alice O'Hara", "nickname": "Al", "phone": "+91 98765 43210", "dob": "1990-01-31",
        "metadata": { "theme": "dark" },
    });
    let changed = alice.patch("/api/auth/profile", filled).await;
    let answer = alice.get("/api/auth/profile").await;
    insta::assert_json_snapshot!(redact::answer(&answer), @r#"
    {
      "body": {
        "created_at": "[time]",
        "email": "alice@example.org",
        "email_verified": false,
        "full_name": "Alice O'Hara",
        "id": "[id]",
        "is_active": true,
        "is_admin": false,
        "last_login_at": "[time]",
        "profile": {
          "avatar_url": null,
          "date_created": "[time]",
          "dob": "1990-01-31",
          "last_updated": "[time]",
          "metadata": {
            "theme": "dark"
          },
          "nickname": "Al",
          "phone": "+919876543210"
        },
        "roles": [
          "member"
        ],
        "updated_at": "[time]",
        "username": "alice"
      },
      "status": 200
    }
    "#);
    assert_eq!(changed.assert_status(200).body, answer.body);
}

async fn an_absent_field_stays_and_null_clears(backend: Backend) {
    let app = TestApp::start(backend).await;
    let alice = app.signed_in("alice").await;
    let filled = json!({
        "full_name": "Alice", "nickname": "Al", "phone": "+919876543210", "dob": "1990-01-31",
        "metadata": { "theme": "dark" },
    });
    let before = alice.patch("/api/auth/profile", filled.clone()).await.assert_status(200).body.clone();
    let unchanged = alice.patch("/api/auth/profile", json!({})).await;
    assert_eq!(unchanged.assert_status(200).body, before);
    for name in filled.as_object().unwrap().keys() {
        let cleared =
            alice.patch("/api/auth/profile", json!({ name: null })).await.assert_status(200).body.clone();
        let empty = if name == "metadata" { json!({}) } else { Value::Null };
        let mut expected = before.clone();
        let place = if name == "full_name" { &mut expected[name] } else { &mut expected["profile"][name] };
        *place = empty;
        assert_eq!(cleared, expected, "{name}");
        alice.patch("/api/auth/profile", json!({ name: filled[name] })).await.assert_status(200);
    }
    assert_eq!(alice.get("/api/auth/profile").await.body, before);
}

async fn nothing_is_changed_where_one_field_is_wrong(backend: Backend) {
    let app = TestApp::start(backend).await;
    let alice = app.signed_in("alice").await;
    let before = alice.get("/api/auth/profile").await.body;
    let body = json!({ "nickname": "Al", "phone": "12", "dob": "tomorrow", "full_name": "Alice" });
    let answer = alice.patch("/api/auth/profile", body).await;
    answer.assert_error(422, "invalid_fields");
    insta::assert_json_snapshot!(answer.body["fields"], @r#"
    {
      "dob": [
        "This is not a date of the form YYYY-MM-DD."
      ],
      "phone": [
        "This must begin with `+` and the country code."
      ]
    }
    "#);
    assert_eq!(alice.get("/api/auth/profile").await.body, before);
}

async fn a_change_shows_here_at_once_and_elsewhere_within_a_second(backend: Backend) {
    let app = TestApp::start(backend).await;
    let second = app.second_node().await;
    let alice = app.signed_in("alice").await;
    let elsewhere = alice.at(&second);
    for nickname in ["Al", "Ally"] {
        elsewhere.get("/api/auth/profile").await.assert_status(200);
        alice.get("/api/auth/profile").await.assert_status(200);
        alice.patch("/api/auth/profile", json!({ "nickname": nickname })).await.assert_status(200);
        let here = alice.get("/api/auth/profile").await;
        assert_eq!(here.body["profile"]["nickname"], json!(nickname));
        app.clock.advance(Duration::from_secs(1));
        let there = elsewhere.get("/api/auth/profile").await;
        assert_eq!(there.body["profile"]["nickname"], json!(nickname));
    }
}

async fn changes_are_dated(backend: Backend) {
    let app = TestApp::start(backend).await;
    let alice = app.signed_in("alice").await;
    let dates = async || {
        let user = alice.get("/api/auth/profile").await.body;
        [
            &user["updated_at"],
            &user["profile"]["last_updated"],
            &user["created_at"],
            &user["profile"]["date_created"],
        ]
        .map(|date| date.as_str().unwrap().to_owned())
    };
    let noon = "2026-01-15T12:00:00Z";
    assert_eq!(dates().await, [noon; 4]);
    app.clock.advance(Duration::from_mins(1));
    alice.patch("/api/auth/profile", json!({ "nickname": "Al" })).await.assert_status(200);
    assert_eq!(dates().await, [noon, "2026-01-15T12:01:00Z", noon, noon]);
    app.clock.advance(Duration::from_micros(60_000_001));
    alice.patch("/api/auth/profile", json!({ "full_name": "Alice" })).await.assert_status(200);
    assert_eq!(dates().await, ["2026-01-15T12:02:00.000001Z", "2026-01-15T12:01:00Z", noon, noon]);
    app.clock.advance(Duration::from_mins(1));
    alice.patch("/api/auth/profile", json!({})).await.assert_status(200);
    assert_eq!(dates().await, ["2026-01-15T12:02:00.000001Z", "2026-01-15T12:01:00Z", noon, noon]);
}

/// A page for the name and a page for the rest, sent together from two nodes.
async fn two_changes_of_different_fields_at_once_both_stand(backend: Backend) {
    let app = TestApp::start(backend).await;
    let second = app.second_node().await;
    let alice = app.signed_in("alice").await;
    let token = alice.token.as_deref();
    for round in 0..20 {
        let changes = [
            json!({ "full_name": format!("Alice {round}") }),
            json!({ "nickname": format!("Al {round}") }),
            json!({ "metadata": { "round": round } }),
            json!({ "phone": format!("+9198765432{round:02}") }),
        ];
        let node = |n: usize| if n.is_multiple_of(2) { &app } else { &second };
        let request = |(n, body): (usize, &Value)| {
            raw::Request::json(node(n).address(), "PATCH", "/api/auth/profile", token, body)
        };
        let requests: Vec<_> = changes.iter().enumerate().map(request).collect();
        for answer in raw::at_once(&requests) {
            answer.unwrap().assert_status(200);
        }
        app.clock.advance(Duration::from_secs(1));
        let user = alice.get("/api/auth/profile").await.body;
        assert_eq!(user["full_name"], changes[0]["full_name"]);
        assert_eq!(user["profile"]["nickname"], changes[1]["nickname"]);
        assert_eq!(user["profile"]["metadata"], changes[2]["metadata"]);
        assert_eq!(user["profile"]["phone"], changes[3]["phone"]);
    }
}

/// S01: the only account within reach is the token's.
async fn nobody_changes_anybody_else(backend: Backend) {
    let app = TestApp::start(backend).await;
    let (alice, bob) = (app.signed_in("alice").await, app.signed_in("bob").await);
    let before = bob.get("/api/auth/profile").await.body;
    let id = &bob.user["id"];
    alice.patch("/api/auth/profile", json!({ "id": id, "nickname": "x" })).await.assert_status(422);
    alice.patch(&format!("/api/auth/profile?id={id}"), json!({ "nickname": "x" })).await.assert_status(422);
    alice.patch(&format!("/api/auth/profile/{id}"), json!({ "nickname": "x" })).await.assert_status(404);
    alice.put("/api/auth/profile", json!({ "id": id, "nickname": "x" })).await.assert_status(405);
    alice.post("/api/auth/logout", json!({ "id": id, "user_id": id })).await;
    assert_eq!(bob.get("/api/auth/profile").await.assert_status(200).body, before);
}
