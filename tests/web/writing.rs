//! Writing posts and comments by their pages: nothing is made twice, nothing is overwritten unseen, nothing typed is lost.

use std::time::Duration;

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::json;

use super::blog::{page_of, say, start, write};
use crate::harness::{Backend, Form, Page, TestApp, Visitor};

on_both!(
    a_post_is_written_looked_at_and_published,
    what_is_wrong_is_said_at_its_field_and_nothing_typed_is_lost,
    a_preview_is_a_piece_of_a_page_and_keeps_nothing,
    however_often_it_is_sent_one_thing_is_made,
    a_form_sent_again_with_another_text_asks_first,
    of_two_who_edit_a_post_neither_loses_anything,
    of_two_who_edit_a_comment_neither_loses_anything,
    a_text_whose_post_is_gone_is_handed_back,
    a_post_is_deleted_after_a_question_and_as_it_was_seen,
    whoever_moderates_edits_what_others_published,
    who_writes_too_much_keeps_their_words,
    who_asks_for_too_many_previews_keeps_their_words,
    the_longest_post_and_the_longest_comment_are_taken,
);

async fn a_post_is_written_looked_at_and_published(backend: Backend) {
    let app = start(backend).await;
    let alice = app.visitor_signed_in("alice").await;
    let form = alice.get("/blog/new").await.form("/blog/new");
    assert_eq!(form.names(), ["csrf", "key", "title", "content", "status", "status", "action"]);
    let typed = form.fill("title", "On <rain>").fill("content", "It *rained* & rained.");
    let preview = typed.press("action", "preview").send().await;
    assert_eq!(
        preview.assert_status(200).inner_html("#preview .prose").trim(),
        "<p>It <em>rained</em> &amp; rained.</p>"
    );
    assert_eq!(preview.words(".preview-title"), "On <rain>");
    assert_eq!(app.database.sql("select count(*) from posts"), "0");
    let form = preview.form("/blog/new");
    assert_eq!(
        (form.value("title"), form.value("content").trim_start()),
        ("On <rain>", "It *rained* & rained.")
    );
    let id = || app.database.sql("select id from posts");
    let saved = form.press("status", "draft").send().await;
    let draft = format!("/blog/post-{}", id());
    let saved = saved.assert_leads_to(&draft).follow().await;
    assert_eq!(saved.words(".notice"), "The draft is saved. Nobody else sees it.");
    app.visitor().get(&draft).await.assert_status(404);
    let edit = format!("{draft}/edit");
    let form = alice.get(&edit).await.form(&edit);
    let published = form.fill("title", "On rain").press("status", "published").send().await;
    assert_eq!(
        published.assert_leads_to("/blog/on-rain").follow().await.words(".notice"),
        "The post is published."
    );
    assert_eq!(app.visitor().get("/blog/on-rain").await.assert_status(200).heading(), "On rain");
    assert_eq!(app.visitor().get(&draft).await.assert_status(301).location(), "/blog/on-rain");
    // Enter in the title presses the first button: what is public stays so, and what is not stays so, too.
    let form = alice.get("/blog/on-rain/edit").await.form("/blog/on-rain/edit").fill("content", "It is dry.");
    let saved = form.send().await.follow().await;
    assert_eq!(
        (saved.words(".notice").as_str(), saved.words(".prose").as_str()),
        ("Your changes are saved.", "It is dry.")
    );
    let form = alice.get("/blog/on-rain/edit").await.form("/blog/on-rain/edit").press("status", "draft");
    form.send().await.assert_leads_to("/blog/on-rain");
    app.visitor().get("/blog/on-rain").await.assert_status(404);
}

async fn what_is_wrong_is_said_at_its_field_and_nothing_typed_is_lost(backend: Backend) {
    let app = start(backend).await;
    let alice = app.visitor_signed_in("alice").await;
    let form = alice.get("/blog/new").await.form("/blog/new").press("status", "published");
    let long = "t".repeat(201);
    let page = form.clone().fill("title", &long).fill("content", " \n ").send().await;
    assert_eq!(page.assert_status(422).fault("title"), "This must have at most 200 characters.");
    assert_eq!(page.fault("content"), "This is empty.");
    let again = page.form("/blog/new");
    assert_eq!((again.value("title"), again.value("key")), (&*long, form.value("key")));
    let huge = "é".repeat(32 * 1024 + 1);
    let page = form.fill("title", "Fine").fill("content", &huge).send().await;
    assert_eq!(page.assert_status(422).fault("content"), "This must have at most 65536 bytes.");
    assert_eq!(
        (page.fault("title").as_str(), page.form("/blog/new").value("content").trim_start()),
        ("", &*huge)
    );
    assert_eq!(app.database.sql("select count(*) from posts"), "0");
    let api = app.signed_in("alice").await;
    let post = write(&api, "Hello", "Hello.", "published").await;
    let edit = alice
        .get("/blog/hello/edit")
        .await
        .form("/blog/hello/edit")
        .fill("title", "")
        .fill("content", "Kept.");
    let page = edit.send().await;
    assert_eq!(
        (
            page.assert_status(422).fault("title").as_str(),
            page.form("/blog/hello/edit").value("content").trim_start()
        ),
        ("This is empty.", "Kept.")
    );
    let comment = alice.get(&page_of(&post)).await.form("/blog/hello/comments");
    let words = "w".repeat(10_001);
    let page = comment.fill("content", &words).send().await;
    assert_eq!(page.assert_status(422).fault("content"), "This must have at most 10000 characters.");
    assert_eq!(page.form("/blog/hello/comments").value("content").trim_start(), words);
    // What no form of ours sends is no fault of anybody's typing.
    let csrf = alice.csrf().await;
    for (path, fields) in [
        ("/blog/new", vec![("title", "t"), ("content", "c")]),
        ("/blog/new", vec![("title", "t"), ("content", "c"), ("key", "a b")]),
        ("/blog/new", vec![("title", "t"), ("content", "c"), ("key", "k"), ("status", "secret")]),
        ("/blog/hello/edit", vec![("title", "t"), ("content", "c")]),
        ("/blog/hello/edit", vec![("title", "t"), ("content", "c"), ("version", "first")]),
        ("/blog/hello/delete", vec![]),
        ("/blog/hello/comments", vec![("content", "c")]),
    ] {
        let fields: Vec<_> = fields.into_iter().chain([("csrf", &*csrf)]).collect();
        alice.post(path, &fields).await.assert_status(400);
    }
    assert_eq!(app.database.sql("select count(*), max(version) from posts"), "1|1");
}

async fn a_preview_is_a_piece_of_a_page_and_keeps_nothing(backend: Backend) {
    let app = start(backend).await;
    let alice = app.visitor_signed_in("alice").await;
    let csrf = alice.csrf().await;
    let ask = async |visitor: &Visitor, csrf: &str, content: &str| {
        let fields = [("csrf", csrf), ("title", "<i>T</i>"), ("content", content)];
        visitor.send(visitor.request(Method::POST, "/blog/preview").form(&fields)).await
    };
    let csrf_of_a_stranger = app.visitor().csrf().await;
    ask(&app.visitor(), &csrf_of_a_stranger, "x").await.assert_status(303);
    ask(&alice, &csrf_of_a_stranger, "x").await.assert_status(403);
    let fields = [("csrf", &*csrf), ("title", "<i>T</i>"), ("content", "*x* <script>y</script>")];
    let piece = piece(&app, &alice, &fields).await;
    assert!(!piece.contains("<html") && !piece.contains("<script") && !piece.contains("csrf"), "{piece}");
    assert!(piece.contains("<p><em>x</em> ") && piece.contains("&#60;i&#62;T&#60;/i&#62;"), "{piece}");
    let empty = self::piece(&app, &alice, &[("csrf", &*csrf), ("title", ""), ("content", " ")]).await;
    assert!(empty.contains("There is no text to show yet."), "{empty}");
    assert_eq!(app.database.sql("select count(*) from posts"), "0");
    let page = alice.get("/blog/new").await;
    assert_eq!(page.attribute("form[data-preview]", "data-preview").as_deref(), Some("/blog/preview"));
}

/// A piece of a page, which has no heading of its own and so is none to the visitor.
async fn piece(app: &TestApp, visitor: &Visitor, fields: &[(&str, &str)]) -> String {
    let request = visitor.request(Method::POST, "/blog/preview").form(fields).build().unwrap();
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let answer = http.execute(request).await.unwrap();
    assert_eq!((answer.status().as_u16(), app.base().is_empty()), (200, false));
    assert_eq!(answer.headers()["cache-control"], "no-store");
    answer.text().await.unwrap()
}

/// S80: two clicks, or sixteen, make one post and one comment, and all lead to it.
async fn however_often_it_is_sent_one_thing_is_made(backend: Backend) {
    let app = start(backend).await;
    let alice = app.visitor_signed_in("alice").await;
    let form = alice.get("/blog/new").await.form("/blog/new").press("status", "published");
    let form = form.fill("title", "Once").fill("content", "And no more.");
    for answer in at_once(&form).await {
        answer.assert_leads_to("/blog/once");
    }
    let form = alice.get("/blog/once").await.form("/blog/once/comments").fill("content", "Said once.");
    for answer in at_once(&form).await {
        answer.assert_leads_to("/blog/once");
    }
    assert_eq!(app.database.sql("select count(*) from posts"), "1");
    assert_eq!(app.database.sql("select count(*) from comments"), "1");
    // The same words in another form are another post.
    let form = alice.get("/blog/new").await.form("/blog/new").press("status", "published");
    form.fill("title", "Once").fill("content", "And no more.").send().await.assert_leads_to("/blog/once-2");
}

async fn at_once(form: &Form) -> Vec<Page> {
    join_all((0..16).map(|_| form.clone().send())).await
}

async fn a_form_sent_again_with_another_text_asks_first(backend: Backend) {
    let app = start(backend).await;
    let alice = app.visitor_signed_in("alice").await;
    let form = alice.get("/blog/new").await.form("/blog/new").press("status", "published");
    form.clone().fill("title", "One").fill("content", "First.").send().await.assert_status(303);
    // Back in the history, other words, the same form.
    let page = form.fill("title", "Two").fill("content", "Second.").send().await;
    assert!(page.assert_status(422).faults().contains("This form was sent before"), "{}", page.faults());
    let sent = page.form("/blog/new").press("status", "published").send().await;
    sent.assert_leads_to("/blog/two");
    let form = alice.get("/blog/one").await.form("/blog/one/comments");
    form.clone().fill("content", "First.").send().await.assert_status(303);
    let page = form.fill("content", "Second.").send().await;
    assert!(page.assert_status(422).faults().contains("This form was sent before"), "{}", page.faults());
    page.form("/blog/one/comments").send().await.assert_status(303);
    assert_eq!(app.database.sql("select count(*) from comments"), "2");
}

/// S81: the second to save is shown both texts, and what they save then is what stands.
async fn of_two_who_edit_a_post_neither_loses_anything(backend: Backend) {
    let app = start(backend).await;
    let api = app.signed_in("alice").await;
    write(&api, "Ours", "Old text.", "published").await;
    let (alice, keeper) = (app.visitor_signed_in("alice").await, app.visitor_admin().await);
    let edit = "/blog/ours/edit";
    let (hers, theirs) = (alice.get(edit).await.form(edit), keeper.get(edit).await.form(edit));
    theirs.fill("title", "Theirs").fill("content", "Their <text>.").send().await.assert_status(303);
    let page = hers.clone().fill("title", "Hers").fill("content", "Her text.").send().await;
    assert!(page.assert_status(409).faults().contains("Somebody changed this post"), "{}", page.text);
    assert_eq!(page.attribute("#their-title", "value").as_deref(), Some("Theirs"));
    assert_eq!(page.words("#their-content"), "Their <text>.");
    let form = page.form(edit);
    assert_eq!((form.value("title"), form.value("content").trim_start()), ("Hers", "Her text."));
    assert_eq!(app.visitor().get("/blog/ours").await.words(".prose"), "Their <text>.");
    // A look at it does not make the first form good.
    hers.clone().fill("content", "Her text.").send().await.assert_status(409);
    let preview = hers.fill("content", "Her text.").press("action", "preview").send().await;
    preview.form(edit).send().await.assert_status(409);
    form.fill("content", "Both texts.").send().await.assert_leads_to("/blog/ours");
    assert_eq!(app.visitor().get("/blog/ours").await.words(".prose"), "Both texts.");
}

/// S81
async fn of_two_who_edit_a_comment_neither_loses_anything(backend: Backend) {
    let app = start(backend).await;
    let api = app.signed_in("alice").await;
    let post = write(&api, "Ours", "Text.", "published").await;
    let id = say(&api, &post, "Old words.").await["id"].clone();
    let (alice, keeper) = (app.visitor_signed_in("alice").await, app.visitor_admin().await);
    let edit = format!("/blog/ours/comments/{id}/edit");
    let (hers, theirs) = (alice.get(&edit).await.form(&edit), keeper.get(&edit).await.form(&edit));
    let delete = format!("/blog/ours/comments/{id}/delete");
    let removal = alice.get(&delete).await.form(&delete);
    theirs.fill("content", "Their words.").send().await.assert_status(303);
    let page = hers.fill("content", "Her words.").send().await;
    assert!(page.assert_status(409).faults().contains("Somebody changed this comment"), "{}", page.text);
    assert_eq!(page.words("#their-content"), "Their words.");
    let asked = removal.send().await;
    assert!(asked.assert_status(409).faults().contains("was changed a moment ago"), "{}", asked.text);
    let form = page.form(&edit);
    assert_eq!(form.value("content").trim_start(), "Her words.");
    form.send().await.assert_leads_to("/blog/ours");
    assert_eq!(app.visitor().get("/blog/ours").await.texts(".comment p:not(.meta)"), ["Her words."]);
    // What is gone when it is saved is handed back, too.
    let (late, removal) = (alice.get(&edit).await.form(&edit), alice.get(&delete).await.form(&delete));
    removal.send().await.assert_leads_to("/blog/ours");
    let page = late.fill("content", "Late words.").send().await;
    assert_eq!(
        (page.assert_status(404).words("#leftover").as_str(), page.faults().contains("not there any more")),
        ("Late words.", true)
    );
}

async fn a_text_whose_post_is_gone_is_handed_back(backend: Backend) {
    let app = start(backend).await;
    let api = app.signed_in("alice").await;
    let post = write(&api, "Soon gone", "Old text.", "published").await;
    let alice = app.visitor_signed_in("alice").await;
    let form = alice.get("/blog/soon-gone/edit").await.form("/blog/soon-gone/edit");
    api.delete(&format!("/api/posts/{}", post["id"])).await.assert_status(200);
    let page = form.fill("title", "Still mine").fill("content", "A long evening's work.").send().await;
    assert!(page.assert_status(404).faults().contains("not there any more"), "{}", page.text);
    let kept = page.form("/blog/new").press("status", "draft").send().await.follow().await;
    assert_eq!(kept.assert_status(200).words(".prose"), "A long evening's work.");
}

async fn a_post_is_deleted_after_a_question_and_as_it_was_seen(backend: Backend) {
    let app = start(backend).await;
    let api = app.signed_in("alice").await;
    let post = write(&api, "Old news", "Old.", "published").await;
    say(&api, &post, "Indeed.").await;
    let draft = write(&api, "A draft", "New.", "draft").await;
    let alice = app.visitor_signed_in("alice").await;
    let page = alice.get("/blog/old-news/delete").await;
    assert_eq!(page.heading(), "Delete this post?");
    assert!(
        page.words("form[action='/blog/old-news/delete'] p")
            .starts_with("“Old news” goes for good, and with it the comment")
    );
    api.patch(&format!("/api/posts/{}", post["id"]), json!({ "content": "Newer." })).await.assert_status(200);
    let again = page.form("/blog/old-news/delete").send().await;
    assert!(again.assert_status(409).faults().contains("was changed a moment ago"), "{}", again.text);
    assert_eq!(app.database.sql("select count(*) from posts"), "2");
    let gone = again.form("/blog/old-news/delete").send().await;
    assert_eq!(gone.assert_leads_to("/blog").follow().await.words(".notice"), "It is deleted.");
    alice.get("/blog/old-news").await.assert_status(404);
    let draft = format!("/blog/{}/delete", draft["slug"].as_str().unwrap());
    let form = alice.get(&draft).await.form(&draft);
    form.send().await.assert_leads_to("/blog/drafts");
    assert_eq!(
        app.database.sql("select (select count(*) from posts), (select count(*) from comments)"),
        "0|0"
    );
}

async fn whoever_moderates_edits_what_others_published(backend: Backend) {
    let app = start(backend).await;
    let api = app.signed_in("alice").await;
    write(&api, "Hers", "Her text.", "published").await;
    let keeper = app.visitor_admin().await;
    let page = keeper.get("/blog/hers/edit").await;
    assert!(page.words("main > .hint").starts_with("This is somebody else's post."), "{}", page.text);
    let form = page.form("/blog/hers/edit");
    assert!(!form.has("status"));
    form.fill("content", "Mended.").send().await.assert_leads_to("/blog/hers");
    assert_eq!(app.visitor().get("/blog/hers").await.words(".prose"), "Mended.");
    assert_eq!(app.database.sql("select count(*) from audit_events where event = 'post.moderated'"), "1");
}

async fn who_writes_too_much_keeps_their_words(backend: Backend) {
    let arguments = ["--sessions-per-user", "20", "--rate-limits", "on", "--limit-write-per-account", "2/1m"];
    let app = TestApp::start_with(backend, &arguments).await;
    let alice = app.visitor_signed_in("alice").await;
    let form = alice.get("/blog/new").await.form("/blog/new").press("status", "published");
    form.fill("title", "Hello").fill("content", "Hello.").send().await.assert_status(303);
    let comment = alice.get("/blog/hello").await.form("/blog/hello/comments").fill("content", "First.");
    let comment = comment.send().await.assert_leads_to("/blog/hello").clone();
    let edit = format!("/blog/hello/comments/{}/edit", comment.location().rsplit('-').next().unwrap());
    for (path, address) in [
        ("/blog/new", "/blog/new"),
        ("/blog/hello/edit", "/blog/hello/edit"),
        ("/blog/hello", "/blog/hello/comments"),
        (&*edit, &*edit),
    ] {
        let form = alice.get(path).await.form(address);
        let form = if form.has("title") { form.fill("title", "More") } else { form };
        let page = form.fill("content", "More words.").send().await;
        assert!(
            page.assert_status(429).faults().contains("a lot in a short time"),
            "{address}: {}",
            page.text
        );
        let wait: u64 = page.header("retry-after").unwrap().parse().unwrap();
        assert!((1..=60).contains(&wait), "{wait}");
        assert_eq!(page.form(address).value("content").trim_start(), "More words.", "{address}");
    }
    app.clock.advance(Duration::from_secs(61));
    let form = alice.get("/blog/hello").await.form("/blog/hello/comments").fill("content", "Later.");
    form.send().await.assert_status(303);
}

/// S99: by account and however they are asked for; what is written is another matter.
async fn who_asks_for_too_many_previews_keeps_their_words(backend: Backend) {
    let arguments =
        ["--sessions-per-user", "20", "--rate-limits", "on", "--limit-preview-per-account", "3/1m"];
    let app = TestApp::start_with(backend, &arguments).await;
    let (alice, bob) = (app.visitor_signed_in("alice").await, app.visitor_signed_in("bob").await);
    let new = alice.get("/blog/new").await.form("/blog/new").fill("title", "Hello").fill("content", "Hello.");
    new.clone().press("status", "published").send().await.assert_status(303);
    let edit = alice.get("/blog/hello/edit").await.form("/blog/hello/edit");
    let piece = async |visitor: &Visitor| {
        let fields = [("csrf", &*visitor.csrf().await), ("title", "T"), ("content", "*x*")]
            .map(|(n, v)| (n, v.to_owned()));
        let request = visitor.request(Method::POST, "/blog/preview").form(&fields).build().unwrap();
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        http.execute(request).await.unwrap()
    };
    new.clone().press("action", "preview").send().await.assert_status(200);
    edit.clone().press("action", "preview").send().await.assert_status(200);
    assert_eq!(piece(&alice).await.status().as_u16(), 200);
    for (form, address) in [(&new, "/blog/new"), (&edit, "/blog/hello/edit")] {
        let form = form.clone().fill("content", "More words.").press("action", "preview");
        let page = form.send().await;
        let faults = page.assert_status(429).faults();
        assert!(faults.contains("a lot in a short time"), "{address}: {}", page.text);
        let wait: u64 = page.header("retry-after").unwrap().parse().unwrap();
        assert!((1..=20).contains(&wait), "{wait}");
        assert_eq!(page.form(address).value("content").trim_start(), "More words.", "{address}");
    }
    let refused = piece(&alice).await;
    assert_eq!((refused.status().as_u16(), refused.headers().contains_key("retry-after")), (429, true));
    // Neither what she writes nor what others look at.
    edit.fill("content", "More words.").send().await.assert_status(303);
    assert_eq!(piece(&bob).await.status().as_u16(), 200);
    app.clock.advance(Duration::from_secs(21));
    assert_eq!(piece(&alice).await.status().as_u16(), 200);
}

async fn the_longest_post_and_the_longest_comment_are_taken(backend: Backend) {
    let app = start(backend).await;
    let alice = app.visitor_signed_in("alice").await;
    // Each line break takes six bytes in a form, each character of three bytes nine.
    for (title, content) in [("Lines", "a\r\n".repeat(32 * 1024)), ("Letters", "字".repeat(21_845))] {
        let form = alice.get("/blog/new").await.form("/blog/new").press("status", "published");
        form.fill("title", title).fill("content", &content).send().await.assert_status(303);
    }
    assert_eq!(app.database.sql("select max(length(content)) from posts where title = 'Lines'"), "65536");
    let form = alice.get("/blog/letters").await.form("/blog/letters/comments");
    form.fill("content", &"🌧".repeat(10_000)).send().await.assert_status(303);
    assert_eq!(app.database.sql("select max(length(content)) from comments"), "10000");
}
