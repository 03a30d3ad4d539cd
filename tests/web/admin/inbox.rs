//! What came through the contact form.

use serde_json::json;

use super::{holder, start};
use crate::harness::{Backend, TestApp};

on_both!(messages_are_read_marked_and_deleted, an_answer_goes_to_the_sender_alone);

async fn send(app: &TestApp, subject: &str, email: &str) {
    let message =
        json!({ "name": "Bob", "email": email, "subject": subject, "message": "Line one.\nLine two." });
    app.anonymous().post("/api/contact", message).await.assert_status(201);
}

async fn messages_are_read_marked_and_deleted(backend: Backend) {
    let app = start(backend).await;
    app.admin().await;
    let editor = holder(&app, "edith", &["editor", "member"]).await;
    assert!(editor.get("/admin/contact").await.words(".empty").starts_with("No messages here."));
    for subject in ["First", "Second", "Third"] {
        send(&app, subject, "bob@example.org").await;
    }
    let subjects =
        async |query: &str| editor.get(&format!("/admin/contact{query}")).await.texts("tbody th a");
    assert_eq!(subjects("").await, ["Third", "Second", "First"]);
    let list = editor.get("/admin/contact").await;
    let ids = list.attributes("tbody input[name=id]", "value");
    // One is marked by a click, for that can be taken back; several are asked about.
    let page = editor.get(&format!("/admin/contact/{}", ids[2])).await;
    assert_eq!(page.heading(), "First");
    assert!(page.inner_html("p.words").contains("Line one.\nLine two."));
    page.form("/admin/contact/actions")
        .press("action", "handle")
        .send()
        .await
        .assert_leads_to("/admin/contact");
    assert_eq!(
        (subjects("?state=new").await, subjects("?state=handled").await),
        (vec!["Third".to_owned(), "Second".to_owned()], vec!["First".to_owned()])
    );
    let form = editor.get("/admin/contact").await.form("/admin/contact/actions");
    let form = form.tick("id", &ids[0]).tick("id", &ids[1]);
    let asked = form.press("action", "handle").send().await;
    assert_eq!(asked.heading(), "Mark these messages as handled?");
    assert_eq!(subjects("?state=new").await.len(), 2);
    asked.form("/admin/contact/actions").send().await.assert_status(200);
    assert_eq!(subjects("?state=new").await, [""; 0]);
    let page = editor.get(&format!("/admin/contact/{}", ids[0])).await;
    assert!(page.texts("dl.facts dd").contains(&"15 January 2026, 12:00 UTC".to_owned()));
    page.form("/admin/contact/actions").press("action", "reopen").send().await.assert_status(303);
    assert_eq!(subjects("?state=new").await, ["Third"]);
    let forms = page.forms();
    let deletion =
        forms.into_iter().find(|form| form.action == "/admin/contact/actions" && !form.has("confirmed"));
    let asked = deletion.unwrap().press("action", "delete").send().await;
    assert_eq!(subjects("").await.len(), 3);
    asked.form("/admin/contact/actions").send().await.assert_leads_to("/admin/contact");
    assert_eq!(subjects("").await, ["Second", "First"]);
    editor.get(&format!("/admin/contact/{}", ids[0])).await.assert_status(404);
    editor.get("/admin/contact?state=lost").await.assert_status(422);
    assert_eq!(app.database.sql("select count(*) from audit_events where event = 'contact.handled'"), "5");
}

/// S55: nobody who fills in the form adds a recipient or a text to the answer.
async fn an_answer_goes_to_the_sender_alone(backend: Backend) {
    let app = start(backend).await;
    app.admin().await;
    send(&app, "x&cc=evil@example.org?body=y", "a&bcc=c+d@example.org").await;
    let admin = app.visitor_admin().await;
    let reply = admin.get("/admin/contact/1").await.attribute("a[href^='mailto:']", "href").unwrap();
    let reply = url::Url::parse(&reply).unwrap();
    assert_eq!(reply.path(), "a%26bcc%3Dc%2Bd@example.org");
    let pairs: Vec<_> = reply.query_pairs().into_owned().collect();
    assert_eq!(pairs, [("subject".to_owned(), "Re: x&cc=evil@example.org?body=y".to_owned())]);
}
