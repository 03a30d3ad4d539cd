//! What people say about posts.

use reqwest::Method;
use serde_json::{Value, json};

use super::posts::{patch_if, path, write};
use crate::harness::client::Client;
use crate::harness::{Backend, TestApp};

on_both!(
    a_comment_is_made_read_changed_and_removed,
    comments_are_listed_oldest_first_page_by_page,
    what_is_no_comment_is_refused,
    what_somebody_said_is_theirs_and_the_moderators,
    a_change_of_an_old_version_is_refused,
    comments_go_with_their_post_and_outlive_their_author,
);

pub(super) async fn say(client: &Client, post: &Value, content: &str) -> Value {
    let path = format!("{}/comments", path(post));
    client.post(&path, json!({ "content": content })).await.assert_status(201).body["data"].clone()
}

async fn a_comment_is_made_read_changed_and_removed(backend: Backend) {
    let app = TestApp::start(backend).await;
    let (alice, bob) = (app.signed_in("alice").await, app.signed_in("bob").await);
    let post = write(&alice, "Hello", "published").await;
    let by_name = "/api/posts/hello/comments";
    let made = bob.post(by_name, json!({ "content": "<b>{{7*7}}</b>\n%s" })).await;
    assert_eq!(made.assert_status(201).header("etag"), Some("\"1\""));
    let comment = made.body["data"].clone();
    let (id, at) = (&comment["id"], &comment["created_at"]);
    assert_eq!(
        comment,
        json!({
            "id": id, "post_id": post["id"], "content": "<b>{{7*7}}</b>\n%s",
            "author": { "id": bob.user["id"], "username": "bob", "full_name": null, "avatar_url": null },
            "created_at": at, "updated_at": at,
        })
    );
    assert_eq!(app.anonymous().get(by_name).await.assert_status(200).body["data"], json!([comment]));
    assert_eq!(app.anonymous().get(&path(&post)).await.body["data"]["comment_count"], json!(1));
    assert_eq!(app.anonymous().get("/api/posts").await.body["data"][0]["comment_count"], json!(1));

    app.clock.advance(std::time::Duration::from_mins(1));
    let own = format!("/api/comments/{id}");
    let changed = bob.patch(&own, json!({ "content": "Milder." })).await;
    assert_eq!(
        (changed.assert_status(200).header("etag"), &changed.body["data"]["content"]),
        (Some("\"2\""), &json!("Milder."))
    );
    assert!(changed.body["data"]["updated_at"].as_str() > at.as_str());
    assert_eq!(app.anonymous().get(by_name).await.body["data"][0], changed.body["data"]);
    bob.delete(&own).await.assert_status(200);
    bob.delete(&own).await.assert_error(404, "not_found");
    assert_eq!(app.anonymous().get(by_name).await.body["data"], json!([]));
}

async fn comments_are_listed_oldest_first_page_by_page(backend: Backend) {
    let app = TestApp::start(backend).await;
    let alice = app.signed_in("alice").await;
    let (post, other) = (write(&alice, "One", "published").await, write(&alice, "Two", "published").await);
    for n in 0..7 {
        say(&alice, &post, &format!("{n}")).await;
        say(&alice, &other, "elsewhere").await;
    }
    let (mut said, mut cursor) = (String::new(), String::new());
    loop {
        let page = app.anonymous().get(&format!("{}/comments?page_size=3{cursor}", path(&post))).await;
        let page = &page.assert_status(200).body;
        assert_eq!((&page["total"], &page["total_is_exact"]), (&json!(7), &json!(true)));
        said.extend(
            page["data"].as_array().unwrap().iter().map(|comment| comment["content"].as_str().unwrap()),
        );
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(said, "0123456");
}

async fn what_is_no_comment_is_refused(backend: Backend) {
    let app = TestApp::start(backend).await;
    let alice = app.signed_in("alice").await;
    let post = write(&alice, "Hello", "published").await;
    let comment = say(&alice, &post, "kept").await;
    let places = [
        (Method::POST, format!("{}/comments", path(&post))),
        (Method::PATCH, format!("/api/comments/{}", comment["id"])),
    ];
    for (method, path) in places {
        for (body, field) in [
            (json!({ "content": "" }), "content"),
            (json!({ "content": " \n\u{200B}" }), "content"),
            (json!({ "content": "字".repeat(10_001) }), "content"),
            (json!({ "content": null }), "content"),
            (json!({}), "content"),
            (json!({ "content": "a", "author_id": 1 }), "author_id"),
            (json!({ "content": "a", "post_id": 1 }), "post_id"),
        ] {
            let answer = alice.send(alice.request(method.clone(), &path).json(&body)).await;
            assert_eq!(
                answer.assert_error(422, "invalid_fields").complaints(field).len(),
                1,
                "{method} {body}: {}",
                answer.text
            );
        }
    }
    let longest = "字".repeat(10_000);
    assert_eq!(say(&alice, &post, &longest).await["content"], json!(longest));
    for path in
        ["/api/comments/0", "/api/comments/01", "/api/comments/x", "/api/comments/9223372036854775808"]
    {
        alice.delete(path).await.assert_error(404, "not_found");
    }
    for path in ["/api/posts/999999999/comments", "/api/posts/nobodys/comments", "/api/posts/0/comments"] {
        alice.post(path, json!({ "content": "a" })).await.assert_error(404, "not_found");
    }
}

/// S01, S58
async fn what_somebody_said_is_theirs_and_the_moderators(backend: Backend) {
    let app = TestApp::start(backend).await;
    let (alice, bob, keeper) = (app.signed_in("alice").await, app.signed_in("bob").await, app.admin().await);
    let post = write(&alice, "Hello", "published").await;
    let comment = say(&bob, &post, "rude").await;
    let place = format!("/api/comments/{}", comment["id"]);
    // Whose post it is gives no right over what others say about it.
    let refused = alice.patch(&place, json!({ "content": "nice" })).await;
    refused.assert_error(403, "forbidden");
    let scope = r#"Bearer realm="vestibule", error="insufficient_scope", scope="comments.moderate""#;
    assert_eq!(refused.header("www-authenticate"), Some(scope));
    alice.delete(&place).await.assert_error(403, "forbidden");
    keeper.patch(&place, json!({ "content": "[removed]" })).await.assert_status(200);
    keeper.delete(&place).await.assert_status(200);
    let rows = keeper.get("/api/admin/audit?event=comment.moderated").await.body["data"].clone();
    let told: Vec<_> =
        rows.as_array().unwrap().iter().map(|row| row["detail"].as_str().unwrap().to_owned()).collect();
    let what = format!("comment {} on post {}", comment["id"], post["id"]);
    assert_eq!(told, [format!("{what}: removed"), format!("{what}: changed")]);
    assert!(rows.as_array().unwrap().iter().all(|row| row["subject_id"] == bob.user["id"]));
}

/// S81
async fn a_change_of_an_old_version_is_refused(backend: Backend) {
    let app = TestApp::start(backend).await;
    let alice = app.signed_in("alice").await;
    let post = write(&alice, "Hello", "published").await;
    let place = format!("/api/comments/{}", say(&alice, &post, "first").await["id"]);
    let edit =
        async |tags: &str, content: &str| patch_if(&alice, &place, tags, json!({ "content": content })).await;
    edit("\"1\"", "second").await.assert_status(200);
    for tags in ["\"1\"", "W/\"2\"", "", "\"1\", \"3\""] {
        edit(tags, "lost").await.assert_error(412, "stale");
    }
    edit("\"2\", \"1\"", "third").await.assert_status(200);
    let remove =
        async |tags: &str| alice.send(alice.request(Method::DELETE, &place).header("If-Match", tags)).await;
    remove("\"2\"").await.assert_error(412, "stale");
    remove("\"3\"").await.assert_status(200);
}

/// S82
async fn comments_go_with_their_post_and_outlive_their_author(backend: Backend) {
    let app = TestApp::start(backend).await;
    let (alice, bob, keeper) = (app.signed_in("alice").await, app.signed_in("bob").await, app.admin().await);
    let post = write(&alice, "Hello", "published").await;
    let comment = say(&bob, &post, "said").await;
    keeper.delete(&format!("/api/users/{}", bob.user["id"])).await.assert_status(200);
    let list = app.anonymous().get(&format!("{}/comments", path(&post))).await;
    assert_eq!(list.body["data"][0]["author"], Value::Null);
    assert_eq!(list.body["data"][0]["content"], comment["content"]);
    alice.delete(&path(&post)).await.assert_status(200);
    keeper.delete(&format!("/api/comments/{}", comment["id"])).await.assert_error(404, "not_found");
    assert_eq!(app.database.sql("select count(*) from comments"), "0");
}
