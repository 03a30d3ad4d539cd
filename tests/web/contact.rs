//! The contact form: for everybody, once for each press, and not too often.

use futures_util::future::join_all;

use super::blog::start;
use crate::harness::{Backend, Form, TestApp, Visitor, given};

on_both!(
    a_message_arrives_and_its_sender_is_thanked,
    whoever_is_signed_in_need_not_say_who_they_are,
    what_fills_in_the_trap_is_thanked_and_not_heard,
    however_often_it_is_sent_one_message_arrives,
    what_is_wrong_is_said_at_its_field_and_nothing_typed_is_lost,
    who_writes_too_often_keeps_their_words,
    what_is_mistyped_takes_no_try_and_what_is_trapped_does,
    the_longest_message_is_taken_in_any_script,
);

const KEPT: &str = "select count(*) from contact_messages";

async fn filled(visitor: &Visitor) -> Form {
    let form = visitor.get("/contact").await.form("/contact");
    let form =
        form.fill("name", "Éva <b>").fill("email", "eva@example.org").fill("subject", "A {{7*7}} question");
    form.fill("message", "Dear all,\n\nhow?")
}

async fn a_message_arrives_and_its_sender_is_thanked(backend: Backend) {
    let app = start(backend).await;
    let sent = filled(&app.visitor()).await.send().await;
    let page = sent.assert_leads_to("/contact/sent").follow().await;
    assert_eq!((page.heading().as_str(), page.status), ("Thank you", 200));
    let row = app.database.sql(
        "select name, email, subject, message, user_id is null, handled_at is null from contact_messages",
    );
    let (yes, message) = (if backend == Backend::Sqlite { "1" } else { "t" }, "Dear all,\n\nhow?");
    assert_eq!(row, format!("Éva <b>|eva@example.org|A {{{{7*7}}}} question|{message}|{yes}|{yes}"));
}

async fn whoever_is_signed_in_need_not_say_who_they_are(backend: Backend) {
    let app = start(backend).await;
    let alice = app.visitor_signed_in("alice").await;
    let form = alice.get("/contact").await.form("/contact");
    assert_eq!((form.value("name"), form.value("email")), ("alice", &*given::address("alice")));
    form.fill("subject", "Hello").fill("message", "It is me.").send().await.assert_leads_to("/contact/sent");
    let sender = "select username from users join contact_messages on users.id = user_id";
    assert_eq!(app.database.sql(sender), "alice");
    let stranger = app.visitor().get("/contact").await.form("/contact");
    assert_eq!((stranger.value("name"), stranger.value("email")), ("", ""));
}

async fn what_fills_in_the_trap_is_thanked_and_not_heard(backend: Backend) {
    let app = start(backend).await;
    let visitor = app.visitor();
    let page = visitor.get("/contact").await;
    let attribute = |name| page.attribute("[name=website]", name).unwrap();
    assert_eq!(
        (
            attribute("tabindex"),
            attribute("autocomplete"),
            page.words("label[for=website]").contains("empty")
        ),
        ("-1".to_owned(), "off".to_owned(), true)
    );
    let trapped = filled(&visitor).await.fill("website", "https://spam.example").send().await;
    let heard = filled(&visitor).await.send().await;
    assert_eq!(trapped.assert_status(303).location(), heard.assert_status(303).location());
    assert_eq!((trapped.text.as_str(), app.database.sql(KEPT).as_str()), ("", "1"));
}

/// S80
async fn however_often_it_is_sent_one_message_arrives(backend: Backend) {
    let app = start(backend).await;
    let alice = app.visitor_signed_in("alice").await;
    for (visitor, count) in [(&app.visitor(), "1"), (&alice, "2")] {
        let form = filled(visitor).await;
        for answer in join_all((0..16).map(|_| form.clone().send())).await {
            answer.assert_leads_to("/contact/sent");
        }
        assert_eq!(app.database.sql(KEPT), count);
        let page = form.fill("message", "Something else.").send().await;
        assert!(page.assert_status(422).faults().contains("This form was sent before"), "{}", page.text);
        assert_eq!(page.form("/contact").value("message").trim(), "Something else.");
    }
}

async fn what_is_wrong_is_said_at_its_field_and_nothing_typed_is_lost(backend: Backend) {
    let app = start(backend).await;
    let visitor = app.visitor();
    let long = "s".repeat(201);
    let form = filled(&visitor).await.fill("email", "nobody").fill("subject", &long).fill("message", "\n");
    let page = form.send().await;
    page.assert_status(422);
    assert!(
        page.fault("email").starts_with("This ") && page.fault("subject").contains("200"),
        "{}",
        page.text
    );
    assert_eq!((page.fault("message").as_str(), page.fault("name").as_str()), ("This is empty.", ""));
    let again = page.form("/contact");
    assert_eq!(
        (again.value("email"), again.value("subject"), again.value("name")),
        ("nobody", &*long, "Éva <b>")
    );
    let again = again.fill("email", "eva@example.org").fill("subject", "Short").fill("message", "Good day.");
    again.send().await.assert_leads_to("/contact/sent");
    assert_eq!(app.database.sql(KEPT), "1");
}

async fn who_writes_too_often_keeps_their_words(backend: Backend) {
    let app =
        TestApp::start_with(backend, &["--rate-limits", "on", "--limit-contact-per-address", "2/1h"]).await;
    let visitor = app.visitor();
    filled(&visitor).await.send().await.assert_leads_to("/contact/sent");
    // The API counts with it.
    app.anonymous().post("/api/contact", crate::content::message("By the API")).await.assert_status(201);
    let page = filled(&visitor).await.send().await;
    assert!(page.assert_status(429).faults().contains("many messages"), "{}", page.text);
    assert!(page.header("retry-after").unwrap().parse::<u64>().unwrap() > 60);
    assert_eq!(page.form("/contact").value("message").trim(), "Dear all,\n\nhow?");
    assert_eq!(app.database.sql(KEPT), "2");
    app.clock.advance(std::time::Duration::from_hours(1));
    page.form("/contact").send().await.assert_leads_to("/contact/sent");
}

async fn what_is_mistyped_takes_no_try_and_what_is_trapped_does(backend: Backend) {
    let app =
        TestApp::start_with(backend, &["--rate-limits", "on", "--limit-contact-per-address", "2/1h"]).await;
    let visitor = app.visitor();
    let mut page = filled(&visitor).await.fill("email", "nobody").send().await;
    for _ in 0..4 {
        page = page.assert_status(422).form("/contact").send().await;
    }
    page.form("/contact").fill("email", "eva@example.org").send().await.assert_leads_to("/contact/sent");
    // What fills in the trap is counted, be it a message or not, and hears what everybody does.
    let trapped = filled(&visitor).await.fill("website", "https://spam.example").fill("email", "nobody");
    trapped.clone().send().await.assert_leads_to("/contact/sent");
    trapped.send().await.assert_status(429);
    filled(&visitor).await.send().await.assert_status(429);
    assert_eq!(app.database.sql(KEPT), "1");
}

async fn the_longest_message_is_taken_in_any_script(backend: Backend) {
    let app = start(backend).await;
    filled(&app.visitor())
        .await
        .fill("message", &"🌧".repeat(10_000))
        .send()
        .await
        .assert_leads_to("/contact/sent");
    assert_eq!(app.database.sql("select length(message) from contact_messages"), "10000");
}
