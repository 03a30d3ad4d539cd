//! Sending something twice without making it twice.

use reqwest::Method;
use serde_json::{Value, json};

use super::posts::{path, post, write};
use crate::accounts::count;
use crate::harness::client::{Answer, Client};
use crate::harness::{Backend, TestApp};

on_both!(
    a_repeated_attempt_answers_what_the_first_one_made,
    a_key_of_another_body_or_another_person_is_another_matter,
    an_attempt_that_was_refused_leaves_its_key_free,
);

const KEY: &str = "8e03978e-40d5-43e8-bc93-6894a57f9324";

pub(super) async fn send(client: &Client, path: &str, key: &str, body: &Value) -> Answer {
    client.send(client.request(Method::POST, path).header("Idempotency-Key", key).json(body)).await
}

/// S80: also where it has changed since, and no longer once it is gone.
async fn a_repeated_attempt_answers_what_the_first_one_made(backend: Backend) {
    let app = TestApp::start(backend).await;
    let alice = app.signed_in("alice").await;
    let first = send(&alice, "/api/posts", KEY, &post("Hello", "published")).await;
    let made = first.assert_status(201).body["data"].clone();
    let again = send(&alice, "/api/posts", KEY, &post("Hello", "published")).await;
    assert_eq!((&again.assert_status(201).body["data"], again.header("etag")), (&made, Some("\"1\"")));
    alice.patch(&path(&made), json!({ "title": "Changed" })).await.assert_status(200);
    let again = send(&alice, "/api/posts", KEY, &post("Hello", "published")).await;
    assert_eq!(
        (&again.assert_status(201).body["data"]["title"], again.header("etag")),
        (&json!("Changed"), Some("\"2\""))
    );

    let comments = format!("{}/comments", path(&made));
    let said = json!({ "content": "Well said." });
    let comment = send(&alice, &comments, KEY, &said).await.assert_status(201).body["data"].clone();
    assert_eq!(send(&alice, &comments, KEY, &said).await.assert_status(201).body["data"], comment);
    // The same post by its other name.
    assert_eq!(send(&alice, "/api/posts/hello/comments", KEY, &said).await.body["data"], comment);
    assert_eq!(
        (
            count(&app.database, "select count(*) from posts"),
            count(&app.database, "select count(*) from comments")
        ),
        (1, 1)
    );

    alice.delete(&format!("/api/comments/{}", comment["id"])).await.assert_status(200);
    send(&alice, &comments, KEY, &said).await.assert_error(404, "not_found");
    alice.delete(&path(&made)).await.assert_status(200);
    send(&alice, "/api/posts", KEY, &post("Hello", "published")).await.assert_error(404, "not_found");
    assert_eq!(count(&app.database, "select count(*) from posts"), 0);
}

/// S80
async fn a_key_of_another_body_or_another_person_is_another_matter(backend: Backend) {
    let app = TestApp::start(backend).await;
    let (alice, bob) = (app.signed_in("alice").await, app.signed_in("bob").await);
    let body = post("Hello", "draft");
    let made = send(&alice, "/api/posts", KEY, &body).await.assert_status(201).body["data"].clone();
    for (field, value) in [("title", "Other"), ("content", "Other"), ("status", "published")] {
        let mut other = body.clone();
        other[field] = json!(value);
        send(&alice, "/api/posts", KEY, &other).await.assert_error(422, "key_reused");
    }
    // Bob hears nothing of what Alice made, which he may not see.
    let other = send(&bob, "/api/posts", KEY, &body).await.assert_status(201).body["data"].clone();
    assert_ne!(other["id"], made["id"]);
    let (one, two) = (write(&bob, "One", "published").await, write(&bob, "Two", "published").await);
    let said = json!({ "content": "Well said." });
    let comment = async |post: &Value| {
        send(&alice, &format!("{}/comments", path(post)), KEY, &said).await.assert_status(201).body["data"]
            .clone()
    };
    assert_ne!(comment(&one).await["id"], comment(&two).await["id"]);
    for key in ["", "a b", "\u{e9}", &"k".repeat(129)] {
        send(&alice, "/api/posts", key, &body).await.assert_error(400, "bad_request");
    }
    assert_eq!(count(&app.database, "select count(*) from posts"), 4);
}

async fn an_attempt_that_was_refused_leaves_its_key_free(backend: Backend) {
    let app = TestApp::start(backend).await;
    let alice = app.signed_in("alice").await;
    send(&alice, "/api/posts", KEY, &post(" ", "draft")).await.assert_error(422, "invalid_fields");
    send(&alice, "/api/posts/nobodys/comments", KEY, &json!({ "content": "a" }))
        .await
        .assert_error(404, "not_found");
    assert_eq!(count(&app.database, "select count(*) from submissions"), 0);
    send(&alice, "/api/posts", KEY, &post("Hello", "draft")).await.assert_status(201);
}
