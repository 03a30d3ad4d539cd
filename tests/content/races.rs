//! Many at once.

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::comments::say;
use super::idempotency::send;
use super::posts::{patch_if, path, post, write};
use crate::accounts::count;
use crate::harness::client::Answer;
use crate::harness::{Backend, TestApp, given};

on_both!(
    of_many_equal_attempts_one_makes_a_post,
    of_many_edits_of_one_version_one_wins,
    edits_without_a_version_lose_no_other_field,
    commenting_on_what_is_being_removed_breaks_nothing,
    writing_while_the_account_goes_leaves_no_orphan,
);

/// S80: on two nodes, with one key: one post, and everybody hears of that one.
async fn of_many_equal_attempts_one_makes_a_post(backend: Backend) {
    let app = TestApp::start(backend).await;
    let second = app.second_node().await;
    let alice = app.signed_in("alice").await;
    let attempts = (0..32).map(|n| {
        let client = if n % 2 == 0 { alice.clone() } else { alice.at(&second) };
        async move { send(&client, "/api/posts", "one-and-the-same", &post("Hello", "published")).await }
    });
    let answers = join_all(attempts).await;
    let first = &answers[0].assert_status(201).body["data"];
    assert!(answers.iter().all(|answer| answer.status == 201 && answer.body["data"] == *first));
    assert_eq!(count(&app.database, "select count(*) from posts"), 1);

    let comments = format!("{}/comments", path(first));
    let attempts = (0..32).map(|_| {
        let (client, comments) = (alice.clone(), comments.clone());
        async move { send(&client, &comments, "one-and-the-same", &json!({ "content": "Once." })).await }
    });
    let answers = join_all(attempts).await;
    assert!(answers.iter().all(|answer| answer.status == 201 && answer.body == answers[0].body));
    assert_eq!(count(&app.database, "select count(*) from comments"), 1);
}

/// S81
async fn of_many_edits_of_one_version_one_wins(backend: Backend) {
    let app = TestApp::start(backend).await;
    let second = app.second_node().await;
    let alice = app.signed_in("alice").await;
    let post = write(&alice, "Hello", "published").await;
    for round in 1..=3 {
        let edits =
            (0..16).map(|n| {
                let client = if n % 2 == 0 { alice.clone() } else { alice.at(&second) };
                let (path, tag) = (path(&post), format!("\"{round}\""));
                async move {
                    patch_if(&client, &path, &tag, json!({ "title": format!("Edit {n} of {round}") })).await
                }
            });
        let (won, lost): (Vec<_>, Vec<_>) =
            join_all(edits).await.into_iter().partition(|answer| answer.status == 200);
        assert_eq!(won.len(), 1, "{lost:?}");
        for answer in &lost {
            answer.assert_error(412, "stale");
        }
        let now = alice.get(&path(&post)).await;
        assert_eq!(now.body["data"], won[0].body["data"]);
    }
    let comment = format!("/api/comments/{}", say(&alice, &post, "first").await["id"]);
    let edits = (0..16).map(|n| {
        let (client, comment) = (alice.clone(), comment.clone());
        async move { patch_if(&client, &comment, "\"1\"", json!({ "content": format!("Edit {n}") })).await }
    });
    let statuses: Vec<_> = join_all(edits).await.iter().map(|answer| answer.status).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
    assert!(statuses.iter().all(|status| matches!(status, 200 | 412)), "{statuses:?}");
}

/// S81: each is told of the other's, and every one counts.
async fn edits_without_a_version_lose_no_other_field(backend: Backend) {
    let app = TestApp::start(backend).await;
    let alice = app.signed_in("alice").await;
    let post = write(&alice, "Hello", "draft").await;
    let edits = (0..24).map(|n| {
        let (client, path) = (alice.clone(), path(&post));
        let body = if n % 2 == 0 {
            json!({ "title": format!("T{n}") })
        } else {
            json!({ "content": format!("C{n}") })
        };
        async move { client.patch(&path, body).await }
    });
    for answer in join_all(edits).await {
        answer.assert_status(200);
    }
    let now = alice.get(&path(&post)).await;
    assert_eq!(now.header("etag"), Some("\"25\""));
    let starts = |field: &str, with: char| now.body["data"][field].as_str().unwrap().starts_with(with);
    assert!(starts("title", 'T') && starts("content", 'C'), "{}", now.text);
}

/// S82: 201 or 404, never a fault of ours.
async fn commenting_on_what_is_being_removed_breaks_nothing(backend: Backend) {
    let app = TestApp::start(backend).await;
    let (alice, bob) = (app.signed_in("alice").await, app.signed_in("bob").await);
    for _ in 0..5 {
        let post = write(&alice, "Hello", "published").await;
        let comments = format!("{}/comments", path(&post));
        let saying = (0..12).map(|n| {
            let (client, comments) = (bob.clone(), comments.clone());
            async move { client.post(&comments, json!({ "content": format!("{n}") })).await }
        });
        let removing = async {
            tokio::task::yield_now().await;
            alice.delete(&path(&post)).await
        };
        let (said, removed) = tokio::join!(join_all(saying), removing);
        removed.assert_status(200);
        only(&said, &[201, 404]);
    }
    assert_eq!(count(&app.database, "select count(*) from comments"), 0);
}

/// S82: posts stay by nobody, drafts and what points nowhere do not.
async fn writing_while_the_account_goes_leaves_no_orphan(backend: Backend) {
    let app = TestApp::start(backend).await;
    let bob = app.signed_in("bob").await;
    for round in 0..4 {
        let alice = app.signed_in(&format!("alice{round}")).await;
        let public = write(&alice, "Public", "published").await;
        let draft = write(&alice, "Draft", "draft").await;
        let writing = (0..16).map(|n| {
            let (client, public, draft) = (alice.clone(), path(&public), path(&draft));
            async move {
                match n % 4 {
                    0 => client.post("/api/posts", post("Another", "draft")).await,
                    1 => {
                        client
                            .patch(
                                &public,
                                json!({ "status": if n % 8 == 1 { "draft" } else { "published" } }),
                            )
                            .await
                    }
                    2 => client.post(&format!("{draft}/comments"), json!({ "content": "to myself" })).await,
                    _ => client.patch(&draft, json!({ "title": format!("T{n}") })).await,
                }
            }
        });
        let leaving = async {
            let password: Value = json!({ "password": given::PASSWORD });
            alice.send(alice.request(reqwest::Method::DELETE, "/api/auth/account").json(&password)).await
        };
        let (written, left) = tokio::join!(join_all(writing), leaving);
        left.assert_status(200);
        // The session may end before a request, and the account before a write: then the draft is gone, and the post nobody's.
        only(&written, &[200, 201, 401, 403, 404]);
    }
    assert_eq!(
        count(&app.database, "select count(*) from posts where author_id is null and published_at is null"),
        0
    );
    let orphans = "select count(*) from comments where post_id not in (select id from posts)";
    assert_eq!(count(&app.database, orphans), 0);
    bob.get("/api/posts").await.assert_status(200);
}

#[track_caller]
fn only(answers: &[Answer], statuses: &[u16]) {
    for answer in answers {
        assert!(statuses.contains(&answer.status), "{}: {}", answer.status, answer.text);
    }
}
