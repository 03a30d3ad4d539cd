//! The blog as people read it: its lists, its posts, what is said about them, and its feed.

use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::client::Client;
use crate::harness::{Backend, Page, TestApp, given};

on_both!(
    an_empty_blog_says_so_and_invites_those_who_may_write,
    posts_are_listed_newest_first_page_by_page,
    a_post_has_one_address_and_shows_what_it_says,
    who_wrote_it_is_shown_as_they_want_to_be_seen,
    a_foreign_draft_is_not_there,
    comments_stand_in_their_order_page_by_page,
    a_comment_is_changed_and_removed_by_those_who_may,
    a_comment_has_a_lasting_address,
    strangers_are_led_to_sign_in_and_back,
);

/// A server on which people may be signed in by the page and by the API.
pub(super) async fn start(backend: Backend) -> TestApp {
    TestApp::start_with(backend, &["--sessions-per-user", "20"]).await
}

/// Keeps a post of that status.
pub(super) async fn write(author: &Client, title: &str, content: &str, status: &str) -> Value {
    let post = json!({ "title": title, "content": content, "status": status });
    author.post("/api/posts", post).await.assert_status(201).body["data"].clone()
}

/// Keeps a comment.
pub(super) async fn say(author: &Client, post: &Value, content: &str) -> Value {
    let comments = format!("/api/posts/{}/comments", post["id"]);
    author.post(&comments, json!({ "content": content })).await.assert_status(201).body["data"].clone()
}

/// Where the page of `post` is.
pub(super) fn page_of(post: &Value) -> String {
    format!("/blog/{}", post["slug"].as_str().unwrap())
}

/// Where the link of that name leads.
pub(super) fn link(page: &Page, css: &str) -> Option<String> {
    page.attribute(css, "href")
}

async fn an_empty_blog_says_so_and_invites_those_who_may_write(backend: Backend) {
    let app = start(backend).await;
    let page = app.visitor().get("/blog").await;
    assert_eq!(page.assert_status(200).words(".empty"), "Nothing has been published yet.");
    assert!(!page.has("a[href='/blog/new']") && !page.has("a[href='/blog/drafts']"));
    assert_eq!(link(&page, "link[rel=alternate]").as_deref(), Some("/blog/feed.atom"));
    let alice = app.visitor_signed_in("alice").await;
    let page = alice.get("/blog").await;
    assert!(page.has("a[href='/blog/new']") && page.has("a[href='/blog/drafts']"));
    assert!(
        alice.get("/blog/drafts").await.assert_status(200).words(".empty").starts_with("You have no drafts.")
    );
    // Nobody who may not write is invited.
    let keeper = app.admin().await;
    let id = app.database.sql("select id from users where username = 'alice'");
    keeper.put(&format!("/api/users/{id}/roles"), json!({ "roles": [] })).await.assert_status(200);
    app.clock.advance(Duration::from_secs(5));
    assert!(!alice.get("/blog").await.has("a[href='/blog/new']"));
    alice.get("/blog/new").await.assert_status(403);
}

async fn posts_are_listed_newest_first_page_by_page(backend: Backend) {
    let app = start(backend).await;
    let alice = app.signed_in("alice").await;
    for n in 1..=25 {
        app.clock.advance(Duration::from_mins(1));
        write(
            &alice,
            &format!("Letter {n}"),
            &format!("**Number** {n}. {}", "words ".repeat(80)),
            "published",
        )
        .await;
    }
    write(&alice, "Not yet", "A draft.", "draft").await;
    let visitor = app.visitor();
    let first = visitor.get("/blog").await;
    let titles =
        |from: usize, to: usize| (to..=from).rev().map(|n| format!("Letter {n}")).collect::<Vec<_>>();
    assert_eq!(first.texts("article h2"), titles(25, 6));
    assert_eq!(link(&first, "article h2 a").as_deref(), Some("/blog/letter-25"));
    assert!(first.words("article .meta").starts_with("alice · 15 January 2026 · No comments"));
    assert_eq!(first.attribute("article time", "datetime").unwrap(), "2026-01-15T12:25:00Z");
    let excerpt = first.words("article p:not(.meta)");
    assert!(excerpt.starts_with("Number 25. words words") && excerpt.ends_with('…'), "{excerpt}");
    assert_eq!(first.texts(".pager a"), ["Older"]);
    let older = link(&first, ".pager a").unwrap();
    let second = visitor.get(&older).await;
    assert_eq!(second.texts("article h2"), titles(5, 1));
    assert_eq!(second.texts(".pager a"), ["Newest"]);
    assert_eq!(link(&second, ".pager a").as_deref(), Some("/blog"));
    // S71: nobody makes a place up, or takes one from another list.
    let cursor = older.split_once("cursor=").unwrap().1;
    let touched = format!("{}{}", if cursor.starts_with('0') { "1" } else { "0" }, &cursor[1..]);
    for cursor in [&*touched, "0", "-1", "%00", "25"] {
        visitor.get(&format!("/blog?cursor={cursor}")).await.assert_status(404);
    }
    visitor.get(&format!("/blog/letter-1?cursor={cursor}")).await.assert_status(404);
    let drafts = app.visitor_signed_in("alice").await;
    drafts.get(&format!("/blog/drafts?cursor={cursor}")).await.assert_status(404);
    let drafts = drafts.get("/blog/drafts").await;
    assert_eq!(drafts.texts("article h2"), ["Not yet"]);
}

async fn a_post_has_one_address_and_shows_what_it_says(backend: Backend) {
    let app = start(backend).await;
    let alice = app.signed_in("alice").await;
    let text =
        "# A *heading*\n\nSome [words](https://example.org) & <b>bold</b>.\n\n<script>alert(1)</script>";
    let post = write(&alice, "A day in Kerala", text, "published").await;
    let visitor = app.visitor();
    let page = visitor.get("/blog/a-day-in-kerala").await;
    assert_eq!(
        (page.assert_status(200).heading().as_str(), page.words(".prose em").as_str()),
        ("A day in Kerala", "heading")
    );
    assert_eq!(link(&page, ".prose a").as_deref(), Some("https://example.org"));
    assert_eq!(page.attribute(".prose a", "rel").as_deref(), Some("nofollow noopener ugc"));
    assert_eq!(format!("{}\n", page.inner_html(".prose").trim()), post["content_html"].as_str().unwrap());
    assert!(page.title().starts_with("A day in Kerala"));
    assert_eq!(page.words("#comments .empty"), "Nobody has said anything yet.");
    let by_number = visitor.get(&format!("/blog/{}", post["id"])).await;
    assert_eq!(
        (by_number.assert_status(301).location().as_str(), by_number.text.as_str()),
        ("/blog/a-day-in-kerala", "")
    );
    for nothing in [
        "/blog/a-day",
        "/blog/0",
        "/blog/01",
        "/blog/999999",
        "/blog/A-day-in-kerala",
        "/blog/%00",
        "/blog/a%20day",
    ] {
        visitor.get(nothing).await.assert_status(404);
    }
    // Its author and whoever moderates are shown what they may do.
    let edits =
        [format!("a[href='{}/edit']", page_of(&post)), format!("a[href='{}/delete']", page_of(&post))];
    let (bob, alice, keeper) =
        (app.visitor_signed_in("bob").await, app.visitor_signed_in("alice").await, app.visitor_admin().await);
    for (visitor, may) in [(&visitor, false), (&bob, false), (&alice, true), (&keeper, true)] {
        let page = visitor.get("/blog/a-day-in-kerala").await;
        assert!(edits.iter().all(|edit| page.has(edit) == may), "{}", page.text);
    }
    bob.get("/blog/a-day-in-kerala/edit").await.assert_status(403);
    bob.get("/blog/a-day-in-kerala/delete").await.assert_status(403);
}

/// S66: a name and a picture, and nothing else of anybody's account.
async fn who_wrote_it_is_shown_as_they_want_to_be_seen(backend: Backend) {
    let app = start(backend).await;
    let alice = app.signed_in("alice").await;
    let post = write(&alice, "By whom?", "By me.", "published").await;
    say(&alice, &post, "Me too.").await;
    let profile = json!({ "full_name": "Alice Liddell", "phone": "+911123456789" });
    alice.patch("/api/auth/profile", profile).await.assert_status(200);
    let bob = app.visitor_signed_in("bob").await;
    for visitor in [&app.visitor(), &bob] {
        for path in ["/blog", "/blog/by-whom", "/blog/feed.atom"] {
            let page = visitor.get(path).await;
            assert!(page.assert_status(200).text.contains("Alice Liddell"), "{path}");
            for secret in
                [&*given::address("alice"), "alice@", "+911123456789", "1123456789", "member", "keeper@"]
            {
                assert!(!page.text.contains(secret), "{path} tells {secret}: {}", page.text);
            }
        }
        assert!(
            visitor
                .get("/blog/by-whom")
                .await
                .words("article .meta")
                .starts_with("By Alice Liddell @alice · ")
        );
    }
    let gone = json!({ "current_password": given::PASSWORD });
    alice.send(alice.request(reqwest::Method::DELETE, "/api/auth/profile").json(&gone)).await;
    if app.database.sql("select count(*) from users where username = 'alice'") == "0" {
        let page = app.visitor().get("/blog/by-whom").await;
        assert_eq!(page.texts(".author"), ["Somebody who left", "Somebody who left"]);
    }
}

/// S67, S79: whatever is asked of it, by whomever, it looks like a post that never was, but for the number of the request.
async fn a_foreign_draft_is_not_there(backend: Backend) {
    let app = start(backend).await;
    let alice = app.signed_in("alice").await;
    write(&alice, "Seen by all", "Come in.", "published").await;
    let draft = write(&alice, "Heron secrets", "The canary heron sleeps.", "draft").await;
    let comment = say(&alice, &draft, "A canary to myself.").await;
    let (bob, keeper) = (app.visitor_signed_in("bob").await, app.visitor_admin().await);
    let bare = |page: &Page| page.text.replace(page.header("x-request-id").unwrap(), "");
    let drafts = [draft["slug"].as_str().unwrap().to_owned(), draft["id"].to_string()];
    for visitor in [&app.visitor(), &bob, &keeper] {
        for (draft, nothing) in drafts.iter().zip(["no-such-post", "424242"]) {
            let tails = [String::new(), "?cursor=0".to_owned(), format!("/comments/{}", comment["id"])];
            for tail in tails.iter().map(String::as_str).chain(["/edit", "/delete", "/comments/1/edit"]) {
                let there = visitor.get(&format!("/blog/{draft}{tail}")).await;
                let nowhere = visitor.get(&format!("/blog/{nothing}{tail}")).await;
                assert_eq!((there.status, bare(&there)), (nowhere.status, bare(&nowhere)), "{tail}");
                let led = |page: &Page| {
                    page.header("location")
                        .map(|to| to.replace(&format!("%2F{draft}"), &format!("%2F{nothing}")))
                };
                assert_eq!(led(&there), led(&nowhere));
                assert!(matches!(there.status, 303 | 404), "{tail}: {}", there.status);
            }
        }
        for path in ["/blog", "/blog/feed.atom", "/", "/blog/seen-by-all", "/blog/drafts"] {
            assert!(!visitor.get(path).await.text.to_lowercase().contains("canary"), "{path}");
        }
    }
    for visitor in [&bob, &keeper] {
        let csrf = visitor.csrf().await;
        let fields = [("csrf", &*csrf), ("key", "k"), ("version", "1"), ("title", "t"), ("content", "c")];
        for tail in ["/edit", "/delete", "/comments"] {
            let there = visitor.post(&format!("/blog/{}{tail}", drafts[0]), &fields).await;
            let nowhere = visitor.post(&format!("/blog/no-such-post{tail}"), &fields).await;
            assert_eq!((there.status, nowhere.status), (404, 404), "{tail}");
            let bare = |page: &Page| without_keys(&bare(page));
            assert_eq!(bare(&there), bare(&nowhere), "{tail}");
        }
    }
    let author = app.visitor_signed_in("alice").await;
    let page = author.get(&page_of(&draft)).await;
    assert_eq!(page.assert_status(200).words("article > .hint"), "This is a draft. Only you can see it.");
    assert_eq!(app.database.sql("select count(*) from posts"), "2");
}

/// The page without the names of attempts, which are drawn at random.
fn without_keys(html: &str) -> String {
    let parts = html.split(r#"name="key" value=""#);
    parts.enumerate().map(|(at, part)| if at == 0 { part } else { &part[32..] }).collect()
}

async fn comments_stand_in_their_order_page_by_page(backend: Backend) {
    let app = start(backend).await;
    let alice = app.signed_in("alice").await;
    let post = write(&alice, "A long talk", "Begin.", "published").await;
    for n in 1..=41 {
        say(&alice, &post, &format!("Word {n} \nand a line\n\nand a paragraph")).await;
    }
    let bob = app.visitor_signed_in("bob").await;
    let first = bob.get("/blog/a-long-talk").await;
    let numbers = |page: &Page| {
        page.texts(".comment p:not(.meta):first-of-type, .comment .meta + p")
            .iter()
            .map(|text| text.split(' ').nth(1).unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(numbers(&first), (1..=20).map(|n| n.to_string()).collect::<Vec<_>>());
    assert_eq!(first.inner_html(".comment .meta + p"), "Word 1 <br>and a line");
    assert_eq!(first.texts(".pager a"), ["Later comments"]);
    let second = bob.get(link(&first, ".pager a").unwrap().trim_end_matches("#comments")).await;
    assert_eq!(numbers(&second), (21..=40).map(|n| n.to_string()).collect::<Vec<_>>());
    assert_eq!(second.texts(".pager a"), ["First comments", "Later comments"]);
    // What somebody says is shown to them, on whichever page it stands.
    let form = first.form("/blog/a-long-talk/comments").fill("content", "Word 42 at last");
    let sent = form.send().await;
    let id = app.database.sql("select max(id) from comments");
    assert!(sent.assert_status(303).location().ends_with(&format!("#comment-{id}")), "{}", sent.location());
    let shown = sent.follow().await;
    assert_eq!(shown.texts(".comment p:not(.meta)"), ["Word 42 at last"]);
    assert_eq!(shown.words(".notice"), "Your comment is there for everybody to read.");
    assert_eq!(
        app.visitor().get("/blog").await.words("article .meta"),
        "alice · 15 January 2026 · 42 comments"
    );
}

async fn a_comment_is_changed_and_removed_by_those_who_may(backend: Backend) {
    let app = start(backend).await;
    let alice = app.signed_in("alice").await;
    let post = write(&alice, "A talk", "Begin.", "published").await;
    let other = write(&alice, "Another", "Begin.", "published").await;
    let (bob, carol, keeper) =
        (app.visitor_signed_in("bob").await, app.visitor_signed_in("carol").await, app.visitor_admin().await);
    let form = bob.get("/blog/a-talk").await.form("/blog/a-talk/comments");
    form.fill("content", "Teh first").send().await.assert_status(303);
    let id = app.database.sql("select id from comments");
    let edit = format!("/blog/a-talk/comments/{id}/edit");
    let delete = format!("/blog/a-talk/comments/{id}/delete");
    for (visitor, may) in [(&app.visitor(), false), (&carol, false), (&bob, true), (&keeper, true)] {
        let page = visitor.get("/blog/a-talk").await;
        assert_eq!(
            (page.has(&format!("a[href='{edit}']")), page.has(&format!("a[href='{delete}']"))),
            (may, may)
        );
    }
    for path in [&edit, &delete] {
        carol.get(path).await.assert_status(403);
        // It stands below its own post and no other.
        bob.get(&path.replace("a-talk", other["slug"].as_str().unwrap())).await.assert_status(404);
    }
    app.clock.advance(Duration::from_mins(2));
    let form = bob.get(&edit).await.form(&edit);
    assert_eq!(form.value("content"), "Teh first");
    let saved = form.fill("content", "The first").send().await.follow().await;
    assert_eq!(saved.texts(".comment p:not(.meta)"), ["The first"]);
    assert!(saved.words(".comment .meta").ends_with("changed"), "{}", saved.words(".comment .meta"));
    // Whoever moderates may change it too, which is written down, and nobody removes it by looking.
    let form = keeper.get(&edit).await.form(&edit).fill("content", "The first, mended");
    form.send().await.assert_status(303);
    let page = keeper.get(&delete).await;
    assert_eq!(
        (page.heading().as_str(), page.words("blockquote").as_str()),
        ("Delete this comment?", "The first, mended")
    );
    assert_eq!(app.database.sql("select count(*) from comments"), "1");
    let gone = page.form(&delete).send().await;
    assert_eq!(gone.assert_leads_to("/blog/a-talk").follow().await.words(".notice"), "It is deleted.");
    assert_eq!(app.database.sql("select count(*) from comments"), "0");
    let told = app.database.sql("select count(*) from audit_events where event = 'comment.moderated'");
    assert_eq!(told, "2");
    for path in [&edit, &delete] {
        bob.get(path).await.assert_status(404);
    }
    let _ = post;
}

async fn a_comment_has_a_lasting_address(backend: Backend) {
    let app = start(backend).await;
    let alice = app.signed_in("alice").await;
    let post = write(&alice, "A talk", "Begin.", "published").await;
    let mut last = Value::Null;
    for n in 0..25 {
        last = say(&alice, &post, &format!("Word {n}")).await;
    }
    let visitor = app.visitor();
    let page = visitor.get(&page_of(&post)).await;
    let address = link(&page, ".comment .meta a").unwrap();
    let place = visitor.get(&address).await;
    let anchor = address.rsplit('/').next().unwrap().to_owned();
    assert_eq!(place.assert_status(303).location(), format!("/blog/a-talk#comment-{anchor}"));
    let far = visitor.get(&format!("/blog/a-talk/comments/{}", last["id"])).await;
    let shown = far.assert_leads_to("/blog/a-talk").follow().await;
    assert!(shown.has(&format!("#comment-{}", last["id"])), "{}", shown.text);
    for nothing in ["0", "01", "999999", "x", "-1"] {
        visitor.get(&format!("/blog/a-talk/comments/{nothing}")).await.assert_status(404);
    }
}

async fn strangers_are_led_to_sign_in_and_back(backend: Backend) {
    let app = start(backend).await;
    let alice = app.signed_in("alice").await;
    write(&alice, "A talk", "Begin.", "published").await;
    let visitor = app.visitor();
    let page = visitor.get("/blog/a-talk").await;
    assert!(page.forms().is_empty(), "{}", page.text);
    let sign_in = link(&page, "#comments a[href^='/login']").unwrap();
    app.member("bob").await;
    let form = visitor.get(&sign_in).await.form("/login");
    let signed_in = form.fill("username", "bob").fill("password", given::PASSWORD).send().await;
    assert!(
        signed_in.assert_leads_to("/blog/a-talk").follow().await.has("form[action='/blog/a-talk/comments']")
    );
    for (path, back) in [
        ("/blog/new", "/login?redirect=%2Fblog%2Fnew"),
        ("/blog/drafts", "/login?redirect=%2Fblog%2Fdrafts"),
        ("/blog/a-talk/edit", "/login?redirect=%2Fblog%2Fa-talk%2Fedit"),
        ("/blog/a-talk/delete", "/login?redirect=%2Fblog%2Fa-talk%2Fdelete"),
    ] {
        assert_eq!(app.visitor().get(path).await.assert_status(303).location(), back);
    }
}
