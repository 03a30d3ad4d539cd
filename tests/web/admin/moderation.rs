//! Posts and comments in the hands of those who moderate.

use serde_json::{Value, json};

use super::{holder, start};
use crate::harness::client::Client;
use crate::harness::{Backend, TestApp};

on_both!(
    drafts_are_nobody_elses,
    a_post_is_changed_and_no_edit_is_lost,
    posts_are_deleted_when_that_is_confirmed,
    comments_are_changed_and_deleted,
    what_people_write_is_shown_as_text,
);

async fn write(author: &Client, title: &str, status: &str) -> Value {
    let post = json!({ "title": title, "content": format!("About {title}."), "status": status });
    author.post("/api/posts", post).await.assert_status(201).body["data"].clone()
}

async fn comment(author: &Client, post: &Value, text: &str) -> i64 {
    let path = format!("/api/posts/{}/comments", post["id"]);
    author.post(&path, json!({ "content": text })).await.assert_status(201).body["data"]["id"]
        .as_i64()
        .unwrap()
}

/// S67: neither in a list nor by its number, be it the moderator's own, which is not moderated either.
async fn drafts_are_nobody_elses(backend: Backend) {
    let app = start(backend).await;
    let alice = app.signed_in("alice").await;
    let draft = write(&alice, "Canary of a draft", "draft").await;
    write(&alice, "For all", "published").await;
    let editor = holder(&app, "edith", &["editor", "member"]).await;
    let own = write(&app.signed_in("edith").await, "Own draft", "draft").await;
    let list = editor.get("/admin/posts").await;
    assert_eq!(list.assert_status(200).texts("tbody th a"), ["For all"]);
    assert_eq!(list.words("p.meta"), "1 in all");
    let csrf = editor.csrf().await;
    for post in [&draft, &own] {
        let (path, id) = (format!("/admin/posts/{}", post["id"]), post["id"].to_string());
        let page = editor.get(&path).await;
        page.assert_status(404);
        assert!(!page.text.contains("anary"), "{}", page.text);
        let fields = [("csrf", &*csrf), ("version", "1"), ("title", "Taken"), ("content", "over")];
        editor.post(&path, &fields).await.assert_status(404);
        let fields = [("csrf", &*csrf), ("confirmed", "yes"), ("action", "delete"), ("id", &*id)];
        editor.post("/admin/posts/actions", &fields).await.assert_leads_to("/admin/posts");
    }
    assert_eq!(app.database.sql("select count(*) from posts where published_at is null"), "2");
}

async fn a_post_is_changed_and_no_edit_is_lost(backend: Backend) {
    let app = start(backend).await;
    let alice = app.signed_in("alice").await;
    let post = write(&alice, "Harbours", "published").await;
    let editor = holder(&app, "edith", &["editor", "member"]).await;
    let path = format!("/admin/posts/{}", post["id"]);
    let form = editor.get(&path).await.form(&path);
    assert_eq!(form.value("content").trim(), "About Harbours.");
    let late = form.clone().fill("content", "Typed for an hour.").fill("title", "Havens");
    let bad = form.clone().fill("title", "").send().await;
    bad.assert_status(422);
    assert!(!bad.fault("title").is_empty(), "{}", bad.text);
    let between = json!({ "content": "The author was faster." });
    alice.patch(&format!("/api/posts/{}", post["id"]), between).await.assert_status(200);
    // A form that was shown again for another fault is still of the version it began with.
    let page = bad.form(&path).fill("title", "Havens").send().await;
    page.assert_status(409);
    let page = late.send().await;
    page.assert_status(409);
    assert!(page.words("pre.stored").contains("The author was faster."), "{}", page.text);
    assert_eq!(page.form(&path).value("content").trim(), "Typed for an hour.");
    page.form(&path).send().await.assert_leads_to("/admin/posts");
    let kept = app.anonymous().get(&format!("/api/posts/{}", post["id"])).await;
    assert_eq!(kept.body["data"]["title"], json!("Havens"));
    assert_eq!(kept.body["data"]["slug"], post["slug"]);
    let told = "select count(*) from audit_events where event = 'post.moderated'";
    assert_eq!(app.database.sql(told), "1");
}

async fn posts_are_deleted_when_that_is_confirmed(backend: Backend) {
    let app = start(backend).await;
    let alice = app.signed_in("alice").await;
    for n in 0..3 {
        write(&alice, &format!("Letter {n}"), "published").await;
    }
    let editor = holder(&app, "edith", &["editor", "member"]).await;
    let list = editor.get("/admin/posts").await;
    let ids = list.attributes("tbody input[name=id]", "value");
    let form = list.form("/admin/posts/actions").tick("id", &ids[0]).tick("id", &ids[2]);
    let asked = form.press("action", "delete").send().await;
    assert_eq!(asked.texts("ul.meant li"), ["Letter 2", "Letter 0"]);
    assert_eq!(app.database.sql("select count(*) from posts"), "3");
    // One of them goes meanwhile.
    alice.delete(&format!("/api/posts/{}", ids[0])).await.assert_status(200);
    let done = asked.form("/admin/posts/actions").send().await;
    assert_eq!(done.assert_status(200).texts("ul.meant li"), ["Letter 0"]);
    assert_eq!(editor.get("/admin/posts").await.texts("tbody th a"), ["Letter 1"]);
}

async fn comments_are_changed_and_deleted(backend: Backend) {
    let app = start(backend).await;
    let (alice, bob) = (app.signed_in("alice").await, app.signed_in("bob").await);
    let post = write(&alice, "Harbours", "published").await;
    let (one, other) = (comment(&bob, &post, "Rude words").await, comment(&bob, &post, "Kind words").await);
    let editor = holder(&app, "edith", &["editor", "member"]).await;
    let list = editor.get("/admin/comments").await;
    assert_eq!(list.assert_status(200).texts("tbody th"), ["Kind words", "Rude words"]);
    let link = list.attribute("tbody td a[href^='/blog/']", "href").unwrap();
    assert_eq!(link, format!("/blog/harbours#comment-{other}"));
    let path = format!("/admin/comments/{one}");
    let late = editor.get(&path).await.form(&path).fill("content", "Late words");
    let form = editor.get(&path).await.form(&path).fill("content", "Mild words");
    form.send().await.assert_leads_to("/admin/comments");
    let page = late.send().await;
    page.assert_status(409);
    assert_eq!(page.words("pre.stored"), "Mild words");
    let form = editor.get("/admin/comments").await.form("/admin/comments/actions");
    let form = form.tick("id", &one.to_string()).tick("id", &other.to_string());
    let asked = form.press("action", "delete").send().await;
    assert!(asked.words("ul.meant li").contains("by bob"), "{}", asked.text);
    assert_eq!(app.database.sql("select count(*) from comments"), "2");
    asked.form("/admin/comments/actions").send().await.assert_status(200);
    let empty = editor.get("/admin/comments").await;
    assert_eq!(empty.words(".empty"), "Nobody has said anything yet.");
    // Whoever may do one of the two does not do the other.
    let keeper_of_words = super::officer(&app, "words", &["comments.moderate"]).await;
    keeper_of_words.get("/admin/comments").await.assert_status(200);
    keeper_of_words.get("/admin/posts").await.assert_status(403);
}

/// S24: on the pages of those who may do most.
async fn what_people_write_is_shown_as_text(backend: Backend) {
    let app: TestApp = start(backend).await;
    let alice = app.signed_in("alice").await;
    let hostile = "<script>alert(1)</script>\"'{{7777777*7}}${7777777*7}";
    let post = write(&alice, hostile, "published").await;
    comment(&alice, &post, hostile).await;
    let message =
        json!({ "name": hostile, "email": "b@example.org", "subject": hostile, "message": hostile });
    app.anonymous().post("/api/contact", message).await.assert_status(201);
    alice.patch("/api/auth/profile", json!({ "full_name": hostile, "nickname": hostile })).await;
    let admin = app.visitor_admin().await;
    for path in
        ["/admin/posts", "/admin/comments", "/admin/contact", "/admin/contact/1", "/admin/users?q=alice"]
    {
        let page = admin.get(path).await;
        page.assert_status(200);
        assert!(
            !page.text.contains("<script>alert") && !page.text.contains("54444439"),
            "{path}: {}",
            page.text
        );
    }
    assert_eq!(admin.get("/admin/posts").await.words("tbody th a"), hostile);
    assert_eq!(admin.get("/admin/comments").await.words("tbody th"), hostile);
    assert_eq!(admin.get("/admin/contact/1").await.words("p.words"), hostile);
}
