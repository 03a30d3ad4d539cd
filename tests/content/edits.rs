//! Changing posts: whose they are, and which version.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use super::comments::say;
use super::posts::{patch_if, path, post as post_body, write};
use crate::accounts::count;
use crate::harness::{Backend, TestApp};

on_both!(
    what_somebody_published_is_theirs_to_change,
    who_may_not_change_it_hears_no_more,
    whoever_moderates_is_written_down,
    publishing_gives_a_date_and_going_back_takes_it,
    a_post_outlives_its_author_and_stays_public,
    an_edit_of_an_old_version_is_refused,
    what_changes_nothing_is_no_new_version,
    who_writes_too_much_is_told_to_wait,
);

/// S01, S58: what is refused is in the trail, and what is missing is named.
async fn what_somebody_published_is_theirs_to_change(backend: Backend) {
    let app = TestApp::start(backend).await;
    let (alice, bob) = (app.signed_in("alice").await, app.signed_in("bob").await);
    let post = write(&alice, "Hello", "published").await;
    let changed = bob.patch(&path(&post), json!({ "title": "Mine now" })).await;
    changed.assert_error(403, "forbidden");
    let scope = r#"Bearer realm="vestibule", error="insufficient_scope", scope="posts.moderate""#;
    assert_eq!(changed.header("www-authenticate"), Some(scope));
    bob.delete(&path(&post)).await.assert_error(403, "forbidden");
    assert_eq!(app.anonymous().get(&path(&post)).await.body["data"], post);

    // Who may not write any more may still take back what they wrote.
    app.database.sql("update roles set permissions = 'comments.write' where name = 'member'");
    let alice = app.anonymous().sign_in("alice").await;
    alice.post("/api/posts", post_body("New", "draft")).await.assert_error(403, "forbidden");
    alice.patch(&path(&post), json!({ "title": "Changed" })).await.assert_error(403, "forbidden");
    alice.delete(&path(&post)).await.assert_status(200);
}

/// S01: first whether somebody may, and then what is wrong with what they want; of a draft nobody else hears anything.
async fn who_may_not_change_it_hears_no_more(backend: Backend) {
    let app = TestApp::start(backend).await;
    let (alice, bob, keeper) = (app.signed_in("alice").await, app.signed_in("bob").await, app.admin().await);
    let (post, draft) = (write(&alice, "Hello", "published").await, write(&alice, "Later", "draft").await);
    let comment = say(&alice, &post, "And more").await;
    let comment = format!("/api/comments/{}", comment["id"]);
    for body in [json!({ "title": "" }), json!({ "content": "" }), json!({ "nothing": 1 }), json!([])] {
        let refused = bob.patch(&path(&post), body.clone()).await;
        refused.assert_error(403, "forbidden");
        assert!(refused.header("www-authenticate").unwrap().contains("posts.moderate"));
        let refused = bob.patch(&comment, body.clone()).await;
        refused.assert_error(403, "forbidden");
        assert!(refused.header("www-authenticate").unwrap().contains("comments.moderate"));
        for nowhere in [&*path(&draft), "/api/posts/999999", "/api/posts/-", "/api/comments/999999"] {
            bob.patch(nowhere, body.clone()).await.assert_error(404, "not_found");
        }
        // Whoever moderates may change whatever there is, and learns as little of what they cannot see.
        let unseen = keeper.patch(&path(&draft), body.clone()).await;
        let nothing = keeper.patch("/api/posts/999999", body.clone()).await;
        assert_eq!((unseen.status, unseen.code()), (nothing.status, nothing.code()));
        app.anonymous().patch(&path(&post), body.clone()).await.assert_status(401);
        for client in [&alice, &keeper] {
            for place in [&path(&post), &comment] {
                let status = client.patch(place, body.clone()).await.status;
                assert!(matches!(status, 400 | 422), "{place} {body}: {status}");
            }
        }
        let own = alice.patch(&path(&draft), body.clone()).await.status;
        assert!(matches!(own, 400 | 422), "{body}: {own}");
    }
    let request = bob.request(Method::PATCH, &path(&post)).header("If-Match", b"\"\xe9\"".as_slice());
    bob.send(request.json(&json!({ "title": "x" }))).await.assert_error(403, "forbidden");
    assert_eq!(count(&app.database, "select count(*) from posts where version > 1"), 0);
}

/// S58: in the same transaction as the change, and without a word of what was written.
async fn whoever_moderates_is_written_down(backend: Backend) {
    let app = TestApp::start(backend).await;
    let (alice, keeper) = (app.signed_in("alice").await, app.admin().await);
    let post = write(&alice, "Hello", "published").await;
    alice.patch(&path(&post), json!({ "content": "own words" })).await.assert_status(200);
    keeper.patch(&path(&post), json!({ "content": "milder words" })).await.assert_status(200);
    keeper.patch(&path(&post), json!({ "status": "draft" })).await.assert_status(200);
    keeper.get(&path(&post)).await.assert_error(404, "not_found");
    keeper.patch(&path(&post), json!({ "status": "published" })).await.assert_error(404, "not_found");
    alice.patch(&path(&post), json!({ "status": "published" })).await.assert_status(200);
    keeper.delete(&path(&post)).await.assert_status(200);
    let rows = keeper.get("/api/admin/audit?event=post.moderated").await.body["data"].clone();
    let told: Vec<_> =
        rows.as_array().unwrap().iter().map(|row| row["detail"].as_str().unwrap().to_owned()).collect();
    let id = &post["id"];
    assert_eq!(
        told,
        [format!("post {id}: removed"), format!("post {id}: made a draft"), format!("post {id}: changed")]
    );
    for row in rows.as_array().unwrap() {
        assert_eq!((&row["actor_id"], &row["subject_id"]), (&keeper.user["id"], &alice.user["id"]));
    }
}

async fn publishing_gives_a_date_and_going_back_takes_it(backend: Backend) {
    let app = TestApp::start(backend).await;
    let alice = app.signed_in("alice").await;
    let post = alice.post("/api/posts", json!({ "title": "T", "content": "C" })).await;
    let post = post.assert_status(201).body["data"].clone();
    assert_eq!(
        (&post["status"], &post["published_at"]),
        (&json!("draft"), &Value::Null),
        "unless said otherwise"
    );
    let turn = async |status: &str| {
        app.clock.advance(Duration::from_mins(1));
        alice.patch(&path(&post), json!({ "status": status })).await.assert_status(200).body["data"].clone()
    };
    let first = turn("published").await;
    assert_eq!(first["published_at"], first["updated_at"]);
    assert_eq!(turn("published").await, first, "it was published already");
    let back = turn("draft").await;
    assert_eq!((&back["status"], &back["published_at"]), (&json!("draft"), &Value::Null));
    let again = turn("published").await;
    assert!(again["published_at"].as_str() > first["published_at"].as_str());
}

/// S82: and nobody can hide it from everybody, its author included, any more.
async fn a_post_outlives_its_author_and_stays_public(backend: Backend) {
    let app = TestApp::start(backend).await;
    let (alice, keeper) = (app.signed_in("alice").await, app.admin().await);
    let post = write(&alice, "Hello", "published").await;
    keeper.delete(&format!("/api/users/{}", alice.user["id"])).await.assert_status(200);
    let read = app.anonymous().get(&path(&post)).await;
    assert_eq!(
        (&read.assert_status(200).body["data"]["author"], read.header("etag")),
        (&Value::Null, Some("\"1\""))
    );
    assert_eq!(app.anonymous().get("/api/posts").await.body["data"][0]["author"], Value::Null);
    keeper.patch(&path(&post), json!({ "status": "draft" })).await.assert_error(403, "forbidden");
    keeper.patch(&path(&post), json!({ "title": "Still here" })).await.assert_status(200);
    keeper.delete(&path(&post)).await.assert_status(200);
}

/// S81
async fn an_edit_of_an_old_version_is_refused(backend: Backend) {
    let app = TestApp::start(backend).await;
    let (alice, bob) = (app.signed_in("alice").await, app.signed_in("bob").await);
    let post = write(&alice, "Hello", "published").await;
    let edit =
        async |tags: &str, title: &str| patch_if(&alice, &path(&post), tags, json!({ "title": title })).await;
    edit("\"1\"", "Second").await.assert_status(200);
    for tags in
        ["\"1\"", "W/\"2\"", "2", "\"02\"", "\"x\"", "", "\"1\", \"3\"", "\"-2\"", "\"9223372036854775808\""]
    {
        edit(tags, "Lost").await.assert_error(412, "stale");
    }
    edit("\"1\", \"2\"", "Third").await.assert_status(200);
    edit("*", "Fourth").await.assert_status(200);
    let now = alice.get(&path(&post)).await;
    assert_eq!((&now.body["data"]["title"], now.header("etag")), (&json!("Fourth"), Some("\"4\"")));
    // Who may not is told so, whatever version they name.
    patch_if(&bob, &path(&post), "\"1\"", json!({ "title": "x" })).await.assert_error(403, "forbidden");
    patch_if(&alice, "/api/posts/nobodys", "\"1\"", json!({ "title": "x" }))
        .await
        .assert_error(404, "not_found");
    let remove = async |tags: &str| {
        alice.send(alice.request(Method::DELETE, &path(&post)).header("If-Match", tags)).await
    };
    remove("\"3\"").await.assert_error(412, "stale");
    remove("\"4\"").await.assert_status(200);
}

async fn what_changes_nothing_is_no_new_version(backend: Backend) {
    let app = TestApp::start(backend).await;
    let (alice, keeper) = (app.signed_in("alice").await, app.admin().await);
    let post = write(&alice, "Hello", "published").await;
    app.clock.advance(Duration::from_mins(1));
    for body in [json!({}), json!({ "title": "Hello" }), json!({ "title": " Hello ", "status": "published" })]
    {
        for client in [&alice, &keeper] {
            let answer = client.patch(&path(&post), body.clone()).await;
            assert_eq!(
                (&answer.assert_status(200).body["data"], answer.header("etag")),
                (&post, Some("\"1\""))
            );
        }
    }
    assert_eq!(count(&app.database, "select count(*) from audit_events where event = 'post.moderated'"), 0);
}

/// S37, S99: by account, whatever is written; reading and removing are nobody's burden.
async fn who_writes_too_much_is_told_to_wait(backend: Backend) {
    let app =
        TestApp::start_with(backend, &["--rate-limits", "on", "--limit-write-per-account", "3/1m"]).await;
    let (alice, bob) = (app.signed_in("alice").await, app.signed_in("bob").await);
    let post = write(&alice, "Hello", "published").await;
    let comments = format!("{}/comments", path(&post));
    alice.patch(&path(&post), json!({ "title": "Hello again" })).await.assert_status(200);
    let comment =
        alice.post(&comments, json!({ "content": "First" })).await.assert_status(201).body["data"].clone();
    let comment = format!("/api/comments/{}", comment["id"]);
    for refused in [
        alice.post("/api/posts", json!([])).await,
        alice.patch(&path(&post), json!({ "title": "x" })).await,
        alice.post(&comments, json!({ "content": "x" })).await,
        alice.patch(&comment, json!({ "content": "x" })).await,
    ] {
        refused.assert_error(429, "too_many_requests");
        assert_eq!(refused.header("ratelimit-policy"), Some(r#""write";q=3;w=60"#));
    }
    bob.post(&comments, json!({ "content": "Second" })).await.assert_status(201);
    alice.get(&path(&post)).await.assert_status(200);
    alice.delete(&comment).await.assert_status(200);
    app.clock.advance(Duration::from_secs(21));
    alice.post(&comments, json!({ "content": "Third" })).await.assert_status(201);
}
