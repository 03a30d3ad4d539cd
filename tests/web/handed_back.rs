//! What somebody wrote into a form that could not be kept.

use reqwest::Method;
use serde_json::json;

use super::blog::{page_of, start, write};
use crate::harness::{Backend, Page, TestApp, Visitor};

on_both!(
    what_was_written_is_handed_back_where_the_session_ended,
    what_was_written_before_signing_in_elsewhere_is_handed_back,
    what_was_written_about_something_that_went_is_handed_back,
    what_was_written_while_something_is_broken_is_handed_back,
    what_another_site_sends_is_handed_back_to_nobody,
    secrets_are_handed_back_to_nobody,
);

/// What breaks out of a text area that is not careful.
const TEXT: &str = "</textarea><script>alert(1)</script>\n\nThe last line.";

/// Ends every session of `visitor`'s account, as another window or an admin would.
async fn end_sessions(app: &TestApp, visitor: &Visitor) {
    let other = app.visitor();
    other.sign_in("alice").await;
    other.get("/profile/sessions").await.form("/profile/sessions/end-others").send().await.assert_status(303);
    assert!(visitor.session().is_some());
}

fn assert_handed_back(page: &Page, name: &str, text: &str) {
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(page.words(&format!("textarea#written-{name}[readonly]")), words, "{}", page.path);
    assert!(!page.has("script:not([src])"), "{}", page.path);
    assert_eq!(page.header("cache-control"), Some("no-store"), "{}", page.path);
}

/// Nobody writes a post twice because the session ended over it. Nothing of it is kept, and the page leads to where one signs in.
async fn what_was_written_is_handed_back_where_the_session_ended(backend: Backend) {
    let app = start(backend).await;
    let post = write(&app.signed_in("alice").await, "A talk", "Begin.", "published").await;
    let alice = app.visitor();
    alice.sign_in("alice").await;
    let (talk, new) = (alice.get(&page_of(&post)).await, alice.get("/blog/new").await);
    let change = alice.get(&format!("{}/edit", page_of(&post))).await;
    end_sessions(&app, &alice).await;
    let comments = format!("{}/comments", page_of(&post));
    let comment = talk.form(&comments).fill("content", TEXT).send().await;
    assert_eq!(comment.assert_status(403).heading(), "You are not signed in any more");
    assert_eq!(comment.attribute("main a.button", "href").as_deref(), Some("/login"));
    assert_handed_back(&comment, "content", TEXT);
    assert!(alice.session().is_none(), "the dead cookie is taken away");
    for page in [
        new.form("/blog/new").fill("title", "On tea").fill("content", TEXT).send().await,
        change
            .form(&format!("{}/edit", page_of(&post)))
            .fill("title", "On tea")
            .fill("content", TEXT)
            .send()
            .await,
    ] {
        assert_handed_back(page.assert_status(403), "content", TEXT);
        assert_handed_back(&page, "title", "On tea");
    }
    assert_eq!(app.database.sql("select count(*) from posts where title = 'On tea'"), "0");
    assert_eq!(app.database.sql("select count(*) from comments"), "0");
    // Where nothing was written, people are led to where they sign in, as ever.
    talk.form(&comments).fill("content", " ").send().await.assert_leads_to("/login");
}

/// S23: the form is that of another session, whoever holds it.
async fn what_was_written_before_signing_in_elsewhere_is_handed_back(backend: Backend) {
    let app = start(backend).await;
    let alice = app.visitor_signed_in("alice").await;
    let new = alice.get("/blog/new").await.form("/blog/new");
    let contact = app.visitor();
    let message = contact.get("/contact").await.form("/contact");
    alice.sign_out().await;
    for visitor in [&alice, &contact] {
        visitor.sign_in("alice").await;
    }
    let refused = new.fill("title", "On tea").fill("content", TEXT).send().await;
    assert_eq!(refused.assert_status(403).heading(), "This form is out of date");
    assert_handed_back(&refused, "title", "On tea");
    assert_handed_back(&refused, "content", TEXT);
    let refused = message
        .fill("name", "Al")
        .fill("email", "al@example.org")
        .fill("subject", "Tea")
        .fill("message", TEXT);
    assert_handed_back(refused.send().await.assert_status(403), "message", TEXT);
    assert_eq!(app.database.sql("select count(*) from contact_messages"), "0");
}

/// A post may be removed while somebody answers to it, and what may be written may be taken from them.
async fn what_was_written_about_something_that_went_is_handed_back(backend: Backend) {
    let app = start(backend).await;
    let (alice, keeper) = (app.visitor_signed_in("alice").await, app.admin().await);
    let post = write(&keeper, "A talk", "Begin.", "published").await;
    let comments = format!("{}/comments", page_of(&post));
    let first = alice.get(&page_of(&post)).await.form(&comments);
    let second = first.clone();
    let id = app.database.sql("select id from users where username = 'alice'");
    keeper.put(&format!("/api/users/{id}/roles"), json!({ "roles": [] })).await.assert_status(200);
    app.clock.advance(std::time::Duration::from_secs(5));
    assert_handed_back(first.fill("content", TEXT).send().await.assert_status(403), "content", TEXT);
    keeper.put(&format!("/api/users/{id}/roles"), json!({ "roles": ["member"] })).await.assert_status(200);
    app.clock.advance(std::time::Duration::from_secs(5));
    keeper.delete(&format!("/api/posts/{}", post["id"])).await.assert_status(200);
    assert_handed_back(second.fill("content", TEXT).send().await.assert_status(404), "content", TEXT);
}

/// Wherever the fault meets the form: where it is kept, or where it is asked who sends it.
async fn what_was_written_while_something_is_broken_is_handed_back(backend: Backend) {
    let app = start(backend).await;
    let alice = app.visitor_signed_in("alice").await;
    let form = alice.get("/blog/new").await.form("/blog/new").fill("title", "On tea").fill("content", TEXT);
    for table in ["posts", "sessions"] {
        // Until it is asked anew who holds the session.
        app.clock.advance(std::time::Duration::from_secs(5));
        app.database.sql(&format!("alter table {table} rename to elsewhere"));
        let page = form.clone().send().await;
        app.database.sql(&format!("alter table elsewhere rename to {table}"));
        assert_handed_back(page.assert_status(500), "content", TEXT);
        assert_handed_back(&page, "title", "On tea");
    }
    form.press("status", "draft").send().await.assert_status(303);
}

/// S23, S24: what a browser says came from elsewhere, or says nothing of, is shown to nobody.
async fn what_another_site_sends_is_handed_back_to_nobody(backend: Backend) {
    let app = start(backend).await;
    let (alice, stranger) = (app.visitor_signed_in("alice").await, app.visitor());
    for headers in [
        &[][..],
        &[("origin", "https://evil.example")],
        &[("origin", "null"), ("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site")],
        &[("sec-fetch-site", "none")],
    ] {
        for (visitor, path) in [(&alice, "/blog/new"), (&stranger, "/blog/new"), (&stranger, "/contact")] {
            let request = visitor.request(Method::POST, path).form(&[("title", TEXT), ("message", TEXT)]);
            let request =
                headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
            let page = visitor.send(request).await;
            assert!([303, 403].contains(&page.status), "{path}: {}", page.status);
            assert!(!page.text.contains("The last line"), "{path}, {headers:?}");
        }
    }
}

/// S24, S53: texts, and nothing that opens anything.
async fn secrets_are_handed_back_to_nobody(backend: Backend) {
    let app = start(backend).await;
    let fields = [
        ("username", "alice-canary"),
        ("password", "canary canary canary"),
        ("token", "canary"),
        ("csrf", "canary"),
    ];
    for path in ["/login", "/signup", "/reset-password", "/profile/password", "/profile/delete"] {
        let page = app.visitor().post(path, &fields).await;
        assert!(page.status == 403 || page.status == 303, "{path}: {}", page.status);
        assert!(!page.text.contains("canary"), "{path}");
    }
}
