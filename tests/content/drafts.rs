//! What nobody but its author is to see.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::posts::{path, write};
use crate::accounts::count;
use crate::harness::client::Client;
use crate::harness::{Backend, TestApp, given};

on_both!(
    a_draft_is_there_for_its_author_alone,
    nobody_finds_out_the_title_of_a_draft_by_the_name_of_a_post,
    what_goes_back_to_being_a_draft_is_gone_for_others,
    a_draft_cannot_be_told_from_what_is_not_there,
    drafts_go_with_their_author,
);

/// Nowhere else in any answer.
const CANARY: &str = "canary7f3a";

/// Everything of posts that somebody can ask for.
async fn crawl(client: &Client, post: &Value, comment: &Value) -> String {
    let author = &post["author"]["id"];
    let mut seen = String::new();
    for path in [
        "/api/posts".to_owned(),
        "/api/posts?status=draft".to_owned(),
        "/api/posts?status=published".to_owned(),
        format!("/api/posts?author={author}"),
        format!("/api/posts?author={author}&status=draft"),
        path(post),
        format!("{}/comments", path(post)),
        format!("/api/posts/{}", post["slug"].as_str().unwrap()),
        format!("/api/posts/{}/comments", post["slug"].as_str().unwrap()),
        format!("/api/comments/{}", comment["id"]),
    ] {
        let answer = client.get(&path).await;
        assert!(
            answer.status == 200 && !answer.text.contains("comment_count\":1") || answer.status >= 400,
            "{path}: {}",
            answer.text
        );
        writeln!(seen, "{} {:?} {}", answer.status, answer.header("etag"), answer.text).unwrap();
    }
    seen
}

/// S67: in no list, no number, no tag and no answer, not even of those who moderate.
async fn a_draft_is_there_for_its_author_alone(backend: Backend) {
    let app = TestApp::start(backend).await;
    let (alice, bob, keeper) = (app.signed_in("alice").await, app.signed_in("bob").await, app.admin().await);
    let draft = write(&alice, CANARY, "draft").await;
    let comments = format!("{}/comments", path(&draft));
    let comment = alice.post(&comments, json!({ "content": format!("{CANARY} too") })).await;
    let comment = comment.assert_status(201).body["data"].clone();
    for client in [&app.anonymous(), &bob, &keeper] {
        let seen = crawl(client, &draft, &comment).await;
        assert!(!seen.contains(CANARY) && !seen.contains("Some("), "{seen}");
        assert_eq!(client.get("/api/posts").await.body["total"], json!(0));
        let own = format!("/api/posts?author={}", alice.user["id"]);
        assert_eq!(client.get(&own).await.body["total"], json!(0));
    }
    for client in [&bob, &keeper] {
        client.patch(&path(&draft), json!({ "title": "x" })).await.assert_error(404, "not_found");
        client.delete(&path(&draft)).await.assert_error(404, "not_found");
        client.post(&comments, json!({ "content": "x" })).await.assert_error(404, "not_found");
        let comment = format!("/api/comments/{}", comment["id"]);
        client.patch(&comment, json!({ "content": "x" })).await.assert_error(404, "not_found");
        client.delete(&comment).await.assert_error(404, "not_found");
    }
    assert_eq!(alice.get("/api/posts").await.body["total"], json!(1));
    assert_eq!(alice.get(&path(&draft)).await.body["data"]["comment_count"], json!(1));
    assert_eq!(alice.get(&comments).await.body["data"], json!([comment]));
}

/// S67, S79: a name that were taken would tell of a draft that has it. So a draft has none before it is published; by its number it
/// is found before and after.
async fn nobody_finds_out_the_title_of_a_draft_by_the_name_of_a_post(backend: Backend) {
    let app = TestApp::start(backend).await;
    let (alice, bob) = (app.signed_in("alice").await, app.signed_in("bob").await);
    let draft = write(&alice, "The merger", "draft").await;
    let number = format!("post-{}", draft["id"]);
    assert_eq!(draft["slug"], json!(number));
    assert_eq!(write(&bob, "The merger", "published").await["slug"], json!("the-merger"));
    let published = alice.patch(&path(&draft), json!({ "title": "A merger", "status": "published" })).await;
    assert_eq!(published.assert_status(200).body["data"]["slug"], json!("a-merger"));
    for name in [number.as_str(), "a-merger"] {
        let read = bob.get(&format!("/api/posts/{name}")).await;
        assert_eq!(read.assert_status(200).body["data"]["id"], draft["id"]);
    }
    // What others know it by stays, whatever it is called later.
    for body in [json!({ "status": "draft" }), json!({ "title": "No merger", "status": "published" })] {
        let changed = alice.patch(&path(&draft), body).await;
        assert_eq!(changed.assert_status(200).body["data"]["slug"], json!("a-merger"));
    }
    let other = write(&alice, "A merger", "draft").await;
    let other = alice.patch(&path(&other), json!({ "status": "published" })).await;
    assert_eq!(other.assert_status(200).body["data"]["slug"], json!("a-merger-2"));
}

/// S67: with all that was said about it.
async fn what_goes_back_to_being_a_draft_is_gone_for_others(backend: Backend) {
    let app = TestApp::start(backend).await;
    let (alice, bob) = (app.signed_in("alice").await, app.signed_in("bob").await);
    let post = write(&alice, CANARY, "published").await;
    let comments = format!("{}/comments", path(&post));
    let comment =
        bob.post(&comments, json!({ "content": CANARY })).await.assert_status(201).body["data"].clone();
    alice.patch(&path(&post), json!({ "status": "draft" })).await.assert_status(200);
    for client in [&app.anonymous(), &bob] {
        let seen = crawl(client, &post, &comment).await;
        assert!(!seen.contains(CANARY), "{seen}");
    }
    let own = format!("/api/comments/{}", comment["id"]);
    bob.patch(&own, json!({ "content": "x" })).await.assert_error(404, "not_found");
    assert_eq!(alice.get(&comments).await.body["total"], json!(1));
}

/// S79: by nothing in the answer.
async fn a_draft_cannot_be_told_from_what_is_not_there(backend: Backend) {
    let app = TestApp::start(backend).await;
    let (alice, bob) = (app.signed_in("alice").await, app.signed_in("bob").await);
    let draft = write(&alice, "Hello", "draft").await;
    for (there, absent) in [
        (path(&draft), "/api/posts/999999999"),
        ("/api/posts/hello".to_owned(), "/api/posts/nobodys"),
        (format!("{}/comments", path(&draft)), "/api/posts/999999999/comments"),
    ] {
        for client in [&app.anonymous(), &bob] {
            let shown = async |path: &str| {
                let answer = client.get(path).await;
                let mut body = answer.body.clone();
                body["request_id"] = Value::Null;
                let mut headers: Vec<_> =
                    answer.headers.iter().map(|(name, value)| (name.to_string(), value.clone())).collect();
                headers.retain(|(name, _)| name != "x-request-id" && name != "date");
                headers.sort_by(|one, other| one.0.cmp(&other.0));
                (answer.status, body, headers)
            };
            assert_eq!(shown(&there).await, shown(absent).await, "{there}");
        }
    }
}

/// S82: what they published stays.
async fn drafts_go_with_their_author(backend: Backend) {
    let app = TestApp::start(backend).await;
    let (alice, bob) = (app.signed_in("alice").await, app.signed_in("bob").await);
    let post = write(&alice, "Published", "published").await;
    write(&alice, CANARY, "draft").await;
    write(&bob, "Of somebody else", "draft").await;
    let password = json!({ "password": given::PASSWORD });
    alice
        .send(alice.request(reqwest::Method::DELETE, "/api/auth/account").json(&password))
        .await
        .assert_status(200);
    assert_eq!(count(&app.database, "select count(*) from posts"), 2);
    assert_eq!(
        count(&app.database, "select count(*) from posts where author_id is null and published_at is null"),
        0
    );
    app.anonymous().get(&path(&post)).await.assert_status(200);
}
