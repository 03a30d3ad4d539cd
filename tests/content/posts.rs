//! Posts: written, read, listed and removed.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::accounts::count;
use crate::harness::client::{Answer, Client};
use crate::harness::{Backend, TestApp};

on_both!(
    a_post_is_written_read_changed_and_removed,
    a_post_is_asked_for_by_its_number_or_its_name,
    what_a_post_says_is_shown_as_harmless_html,
    what_is_wrong_with_a_post_is_said_field_by_field,
    the_longest_post_is_taken_however_it_is_written,
    posts_are_listed_newest_first_page_by_page,
    a_page_of_the_longest_posts_ends_early_and_leaves_none_out,
    a_filter_is_on_the_list_or_refused,
);

pub(super) fn post(title: &str, status: &str) -> Value {
    json!({ "title": title, "content": format!("{title}: it *rained*."), "status": status })
}

pub(super) async fn write(client: &Client, title: &str, status: &str) -> Value {
    client.post("/api/posts", post(title, status)).await.assert_status(201).body["data"].clone()
}

pub(super) fn path(post: &Value) -> String {
    format!("/api/posts/{}", post["id"])
}

/// A change written for the versions in `tags`.
pub(super) async fn patch_if(client: &Client, path: &str, tags: &str, body: Value) -> Answer {
    client.send(client.request(Method::PATCH, path).header("If-Match", tags).json(&body)).await
}

async fn a_post_is_written_read_changed_and_removed(backend: Backend) {
    let app = TestApp::start(backend).await;
    let alice = app.signed_in("alice").await;
    let made = alice.post("/api/posts", post("A day in Kerala", "published")).await;
    assert_eq!((made.assert_status(201).header("etag"), &made.body["ok"]), (Some("\"1\""), &json!(true)));
    let post = made.body["data"].clone();
    let (id, at) = (&post["id"], &post["created_at"]);
    assert_eq!(
        post,
        json!({
            "id": id, "slug": "a-day-in-kerala", "title": "A day in Kerala", "content": "A day in Kerala: it *rained*.",
            "content_html": "<p>A day in Kerala: it <em>rained</em>.</p>\n", "status": "published",
            "author": { "id": alice.user["id"], "username": "alice", "full_name": null, "avatar_url": null },
            "comment_count": 0, "created_at": at, "updated_at": at, "published_at": at,
        })
    );
    let read = app.anonymous().get(&path(&post)).await;
    assert_eq!((&read.assert_status(200).body["data"], read.header("etag")), (&post, Some("\"1\"")));
    assert_eq!(read.header("cache-control"), Some("no-store"));

    app.clock.advance(Duration::from_mins(5));
    let changed = alice.patch(&path(&post), json!({ "title": "Two days in Kerala" })).await;
    let changed =
        (changed.assert_status(200).body["data"].clone(), changed.header("etag").unwrap().to_owned());
    assert_eq!(changed.1, "\"2\"");
    assert_eq!(
        (&changed.0["title"], &changed.0["slug"]),
        (&json!("Two days in Kerala"), &json!("a-day-in-kerala"))
    );
    assert_eq!((&changed.0["content"], &changed.0["published_at"]), (&post["content"], at));
    assert!(changed.0["updated_at"].as_str() > at.as_str());
    assert_eq!(app.anonymous().get(&path(&post)).await.body["data"], changed.0);

    alice.delete(&path(&post)).await.assert_status(200);
    for client in [&alice, &app.anonymous()] {
        client.get(&path(&post)).await.assert_error(404, "not_found");
    }
    alice.delete(&path(&post)).await.assert_error(404, "not_found");
    alice.patch(&path(&post), json!({ "title": "x" })).await.assert_error(404, "not_found");
}

async fn a_post_is_asked_for_by_its_number_or_its_name(backend: Backend) {
    let app = TestApp::start(backend).await;
    let alice = app.signed_in("alice").await;
    let first = write(&alice, "Café Society", "published").await;
    let second = write(&alice, "Café Society", "published").await;
    let third = write(&alice, "केरल", "published").await;
    assert_eq!(
        (&first["slug"], &second["slug"], &third["slug"]),
        (&json!("cafe-society"), &json!("cafe-society-2"), &json!(format!("post-{}", third["id"])))
    );
    let stranger = app.anonymous();
    for post in [&first, &second, &third] {
        let by_name = stranger.get(&format!("/api/posts/{}", post["slug"].as_str().unwrap())).await;
        assert_eq!(&by_name.assert_status(200).body["data"], post);
    }
    for path in [
        "0",
        "-1",
        "01",
        "+1",
        "1.0",
        "9223372036854775808",
        "Cafe-Society",
        "nobodys",
        "%00",
        "a%2Fb",
        "%2e%2e",
        "１",
    ] {
        let answer = stranger.get(&format!("/api/posts/{path}")).await;
        assert_eq!(answer.status, 404, "{path}: {}", answer.text);
    }
    stranger.get(&format!("/api/posts/{}?x=1", first["id"])).await.assert_error(422, "invalid_fields");
}

/// S24, S91: what a browser would act on is text, and what a template would calculate stays as it is.
async fn what_a_post_says_is_shown_as_harmless_html(backend: Backend) {
    let app = TestApp::start(backend).await;
    let alice = app.signed_in("alice").await;
    let shown = async |content: &str| {
        let body =
            json!({ "title": "{{7*7}} ${7*7} %s <script>", "content": content, "status": "published" });
        let post = alice.post("/api/posts", body).await.assert_status(201).body["data"].clone();
        assert_eq!(
            (&post["title"], &post["content"]),
            (&json!("{{7*7}} ${7*7} %s <script>"), &json!(content))
        );
        post["content_html"].as_str().unwrap().to_owned()
    };
    for (content, html) in [
        ("{{7*7}} %s %n % _", "<p>{{7*7}} %s %n % _</p>\n"),
        ("${7*7}", "<p>${7*7}</p>\n"),
        ("<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>\n"),
        ("<img src=x onerror=alert(1)>", "<p>&lt;img src=x onerror=alert(1)&gt;</p>\n"),
        ("[x](javascript:alert(1))", "<p>x</p>\n"),
        ("![x](https://evil.example/x.png)", "<p>x</p>\n"),
        (
            "# One\n\n[two](/blog)",
            "<h2>One</h2>\n<p><a href=\"/blog\" rel=\"nofollow noopener ugc\">two</a></p>\n",
        ),
    ] {
        assert_eq!(shown(content).await, html, "{content}");
    }
}

/// S02, S83: all faults at once, and nothing is kept of it.
async fn what_is_wrong_with_a_post_is_said_field_by_field(backend: Backend) {
    let app = TestApp::start(backend).await;
    let alice = app.signed_in("alice").await;
    let kept = write(&alice, "Kept", "draft").await;
    let refused = async |body: Value, fields: &[&str]| {
        for (method, path) in [(Method::POST, "/api/posts".to_owned()), (Method::PATCH, path(&kept))] {
            let answer = alice.send(alice.request(method.clone(), &path).json(&body)).await;
            answer.assert_error(422, "invalid_fields");
            let named: Vec<_> = answer.body["fields"].as_object().unwrap().keys().cloned().collect();
            assert_eq!(named, fields, "{method} {body}: {}", answer.text);
        }
    };
    let (title, content) = (json!("T"), json!("C"));
    refused(json!({ "title": " ", "content": "\n \n", "status": "secret" }), &["content", "status", "title"])
        .await;
    refused(json!({ "title": "a\nb", "content": content }), &["title"]).await;
    refused(json!({ "title": "字".repeat(201), "content": content }), &["title"]).await;
    refused(json!({ "title": title, "content": "a".repeat(65_537) }), &["content"]).await;
    refused(json!({ "title": title, "content": content, "status": "Published" }), &["status"]).await;
    refused(json!({ "title": 1, "content": content }), &["title"]).await;
    for name in ["id", "slug", "author", "author_id", "published_at", "created_at", "version", "content_html"]
    {
        let mut body = json!({ "title": "T", "content": "C" });
        body[name] = json!(1);
        refused(body, &[name]).await;
    }
    for field in ["title", "content", "status"] {
        let cleared = alice.patch(&path(&kept), json!({ field: null })).await;
        assert_eq!(
            cleared.assert_error(422, "invalid_fields").complaints(field).len(),
            1,
            "{}",
            cleared.text
        );
    }
    alice.post("/api/posts", json!({ "title": "T" })).await.assert_error(422, "invalid_fields");
    let nul = alice.post("/api/posts", json!({ "title": "T", "content": "a\u{0}b" })).await;
    nul.assert_status(422);
    assert_eq!(count(&app.database, "select count(*) from posts"), 1);
    assert_eq!(alice.get(&path(&kept)).await.body["data"], kept);
}

/// 64 KiB of text are up to six times as many in JSON.
async fn the_longest_post_is_taken_however_it_is_written(backend: Backend) {
    let app = TestApp::start(backend).await;
    let alice = app.signed_in("alice").await;
    let escaped = format!(r#"{{"title": "Long", "content": "a{}"}}"#, "\\u0001".repeat(65_535));
    let send = async |body: String| {
        let request = alice.request(Method::POST, "/api/posts").header("Content-Type", "application/json");
        alice.send(request.body(body)).await
    };
    let answer = send(escaped.clone()).await;
    let content = answer.assert_status(201).body["data"]["content"].as_str().unwrap().to_owned();
    assert_eq!(content, format!("a{}", "\u{1}".repeat(65_535)));
    let padded = escaped.replacen('{', &format!("{{{}", " ".repeat(128 * 1024)), 1);
    send(padded).await.assert_error(413, "body_too_large");
}

async fn posts_are_listed_newest_first_page_by_page(backend: Backend) {
    let app = TestApp::start(backend).await;
    let (alice, bob) = (app.signed_in("alice").await, app.signed_in("bob").await);
    for n in 0..9 {
        // Three of each moment.
        if n % 3 == 0 {
            app.clock.advance(Duration::from_mins(1));
        }
        write(if n % 2 == 0 { &alice } else { &bob }, &format!("Post number {n}"), "published").await;
    }
    write(&alice, "Drafted", "draft").await;
    let titles = async |client: &Client, query: &str| {
        let (mut titles, mut cursor, mut totals) = (Vec::new(), String::new(), Vec::new());
        loop {
            let page = client.get(&format!("/api/posts?page_size=2{query}{cursor}")).await;
            let page = &page.assert_status(200).body;
            titles.extend(
                page["data"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|post| post["title"].as_str().unwrap().to_owned()),
            );
            totals.push(page["total"].as_i64().unwrap());
            assert_eq!(page["total_is_exact"], json!(true));
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        assert!(totals.iter().all(|total| *total == totals[0]), "{totals:?}");
        assert_eq!(i64::try_from(titles.len()).unwrap(), totals[0]);
        titles
    };
    let numbers =
        |numbers: &[i32]| -> Vec<String> { numbers.iter().map(|n| format!("Post number {n}")).collect() };
    let all = numbers(&[8, 7, 6, 5, 4, 3, 2, 1, 0]);
    assert_eq!(titles(&app.anonymous(), "").await, all);
    assert_eq!(titles(&bob, "&status=published").await, all);
    let own = [vec!["Drafted".to_owned()], all].concat();
    assert_eq!(titles(&alice, "").await, own);
    assert_eq!(titles(&alice, "&status=draft").await, ["Drafted"]);
    let by_bob = format!("&author={}", bob.user["id"]);
    assert_eq!(titles(&app.anonymous(), &by_bob).await, numbers(&[7, 5, 3, 1]));
    assert_eq!(titles(&alice, &by_bob).await, numbers(&[7, 5, 3, 1]));
    let by_alice = format!("&author={}&status=draft", alice.user["id"]);
    assert_eq!(titles(&alice, &by_alice).await, ["Drafted"]);
    assert_eq!(titles(&bob, &by_alice).await, [""; 0]);
    assert_eq!(titles(&app.anonymous(), "&author=999999999").await, [""; 0]);
}

/// S71, S106
/// S88: a hundred of them would be forty MB, each time somebody asks.
async fn a_page_of_the_longest_posts_ends_early_and_leaves_none_out(backend: Backend) {
    let app = TestApp::start(backend).await;
    let alice = app.signed_in("alice").await;
    let longest = "&".repeat(65_536);
    let mut written = Vec::new();
    for n in 0..20 {
        let post = json!({ "title": format!("Letter {n}"), "content": longest, "status": "published" });
        written.push(alice.post("/api/posts", post).await.assert_status(201).body["data"]["id"].clone());
    }
    let (mut seen, mut path) = (Vec::new(), "/api/posts?page_size=100".to_owned());
    let mut pages = 0;
    loop {
        let page = app.anonymous().get(&path).await;
        assert!(page.assert_status(200).text.len() < 8 << 20, "{} bytes", page.text.len());
        assert_eq!(page.body["total"], json!(20));
        seen.extend(page.body["data"].as_array().unwrap().iter().map(|post| post["id"].clone()));
        pages += 1;
        let Some(cursor) = page.body["next_cursor"].as_str() else { break };
        path = format!("/api/posts?page_size=100&cursor={cursor}");
    }
    written.reverse();
    assert_eq!((seen, pages), (written, 2));
    let feed = app.anonymous().get("/blog/feed.atom").await;
    assert_eq!(feed.assert_status(200).text.matches("<entry>").count(), 16);
}

async fn a_filter_is_on_the_list_or_refused(backend: Backend) {
    let app = TestApp::start(backend).await;
    let alice = app.signed_in("alice").await;
    let post = write(&alice, "Hello", "published").await;
    let comments = format!("{}/comments", path(&post));
    for (query, field) in [
        ("status=", "status"),
        ("status=Draft", "status"),
        ("status=%25", "status"),
        ("status=draft&status=published", "status"),
        ("author=", "author"),
        ("author=0", "author"),
        ("author=alice", "author"),
        ("author=1%20or%201=1", "author"),
        ("page_size=101", "page_size"),
        ("cursor=x", "cursor"),
        ("sort=title", "sort"),
        ("q=%25", "q"),
    ] {
        let answer = app.anonymous().get(&format!("/api/posts?{query}")).await;
        assert_eq!(
            answer.assert_error(422, "invalid_fields").complaints(field).len(),
            1,
            "{query}: {}",
            answer.text
        );
    }
    for (query, field) in [("page_size=0", "page_size"), ("cursor=x", "cursor"), ("status=draft", "status")] {
        let answer = app.anonymous().get(&format!("{comments}?{query}")).await;
        assert_eq!(
            answer.assert_error(422, "invalid_fields").complaints(field).len(),
            1,
            "{query}: {}",
            answer.text
        );
    }
    write(&alice, "Hello again", "published").await;
    let page = app.anonymous().get("/api/posts?page_size=1").await;
    let cursor = page.body["next_cursor"].as_str().unwrap();
    app.anonymous().get(&format!("{comments}?cursor={cursor}")).await.assert_error(422, "invalid_fields");
}
