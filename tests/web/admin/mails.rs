//! The mail queue by the page.

use super::start;
use crate::harness::{Backend, TestApp};

on_both!(a_dead_mail_is_given_another_try, nothing_secret_stands_in_the_queue);

/// Mails that were given up; nobody sends them by themselves.
fn give_up(app: &TestApp, count: usize) {
    for n in 0..count {
        app.database.sql(&format!(
            "insert into outbox (kind, payload, created_at, due_at, attempts, last_error, dead_at) values \
             ('account_deleted', '{{\"email\":\"gone{n}@example.org\"}}', '2026-01-14 12:00:00', '2026-01-14 13:00:00', \
             12, '550 <b>no</b>', '2026-01-14 14:00:00')"
        ));
    }
}

async fn a_dead_mail_is_given_another_try(backend: Backend) {
    let app = start(backend).await;
    let admin = app.visitor_admin().await;
    crate::accounts::mailed::all_mails_left(&app).await;
    assert_eq!(admin.get("/admin/mail").await.words(".empty"), "No mail waits, and none was given up.");
    give_up(&app, 3);
    let page = admin.get("/admin/mail?state=dead").await;
    assert_eq!(page.assert_status(200).count("tbody tr"), 3);
    assert_eq!(page.words("tbody .badge"), "Given up");
    assert!(page.texts("tbody td").contains(&"550 <b>no</b>".to_owned()));
    assert!(page.texts("tbody td").contains(&"gone2@example.org".to_owned()));
    assert_eq!(admin.get("/admin/mail?state=queued").await.count("tbody tr"), 0);
    // One that is ticked, then all that are shown.
    let id = page.attribute("tbody input[name=id]", "value").unwrap();
    let asked = page.form("/admin/mail/actions").tick("id", &id).press("action", "retry").send().await;
    assert_eq!(asked.heading(), "Try these mails again now?");
    assert_eq!(app.database.sql("select count(*) from outbox where dead_at is null"), "0");
    let done = asked.form("/admin/mail/actions").send().await;
    assert_eq!(done.assert_status(200).count("ul.meant li"), 1);
    app.mail_to("gone2@example.org", "account_deleted").await;
    let page = admin.get("/admin/mail?state=dead").await;
    let all = page.forms().into_iter().rfind(|form| form.action == "/admin/mail/actions").unwrap();
    let asked = all.press("action", "retry").send().await;
    assert_eq!(asked.count("ul.meant li"), 2);
    asked.form("/admin/mail/actions").send().await.assert_status(200);
    for n in 0..2 {
        app.mail_to(&format!("gone{n}@example.org"), "account_deleted").await;
    }
    assert_eq!(app.database.sql("select count(*) from audit_events where event = 'mail.retried'"), "3");
    admin.get("/admin/mail?state=lost").await.assert_status(422);
}

/// S57, S65: what opens an account is made when its mail leaves, and nobody here sees it.
async fn nothing_secret_stands_in_the_queue(backend: Backend) {
    let app = start(backend).await;
    app.member("alice").await;
    let admin = app.visitor_admin().await;
    let text = admin.get("/admin/mail").await.text;
    let mail = app.mail_to("alice@example.org", "verify_email").await;
    let later = admin.get("/admin/mail").await.text;
    for page in [text, later] {
        assert!(!page.contains(&mail.token()) && !page.contains("token="), "{page}");
    }
}
