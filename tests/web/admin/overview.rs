//! The first page of the dashboard.

use std::time::Duration;

use serde_json::json;

use super::{holder, officer, refusals_told, start};
use crate::harness::{Backend, TestApp};

on_both!(
    everybody_sees_the_places_they_look_after,
    figures_are_drawn_and_told_in_numbers,
    where_nothing_happened_it_says_so,
);

async fn places(visitor: &crate::harness::Visitor) -> Vec<String> {
    visitor.get("/admin").await.assert_status(200).texts("nav.tabs a")
}

/// S65: the navigation offers what somebody may do, and nothing else.
async fn everybody_sees_the_places_they_look_after(backend: Backend) {
    let app = start(backend).await;
    let stranger = app.visitor().get("/admin").await;
    assert_eq!(stranger.location(), "/login?redirect=%2Fadmin");
    let member = app.visitor_signed_in("alice").await;
    member.get("/admin").await.assert_status(403);
    let editor = holder(&app, "edith", &["editor", "member"]).await;
    assert_eq!(places(&editor).await, ["Overview", "Posts", "Comments", "Inbox", "State guides"]);
    let postman = officer(&app, "postman", &["mail.manage"]).await;
    assert_eq!(places(&postman).await, ["Overview", "Mail queue"]);
    let page = postman.get("/admin").await;
    assert_eq!(page.texts(".tile-label"), ["Mails waiting"]);
    assert!(!page.has("svg"), "figures of accounts are not a postman's");
    let all = [
        "Overview",
        "Users",
        "Roles",
        "Posts",
        "Comments",
        "Inbox",
        "State guides",
        "Audit trail",
        "Mail queue",
        "System",
    ];
    assert_eq!(places(&app.visitor_admin().await).await, all);
    // Whoever may look at nothing here, whatever they may do elsewhere.
    let program = officer(&app, "program", &["tokens.introspect"]).await;
    program.get("/admin").await.assert_status(403);
}

async fn figures_are_drawn_and_told_in_numbers(backend: Backend) {
    let app = start(backend).await;
    for name in ["alice", "bob"] {
        app.member(name).await;
    }
    let wrong = json!({ "username": "alice", "password": "not the one it is" });
    for _ in 0..3 {
        app.anonymous().post("/api/auth/login", wrong.clone()).await.assert_status(401);
    }
    refusals_told(&app, 3).await;
    let message =
        json!({ "name": "Bob", "email": "bob@example.org", "subject": "Hello", "message": "How are you?" });
    app.anonymous().post("/api/contact", message).await.assert_status(201);
    let admin = app.visitor_admin().await;
    let page = admin.get("/admin").await;
    page.assert_status(200);
    assert_eq!(page.texts(".tile-label"), ["Accounts", "Active sessions", "Mails waiting", "New messages"]);
    let numbers = page.texts(".tile-number");
    assert_eq!((&*numbers[0], &*numbers[3]), ("3", "1"));
    // Two drawings, each with a name and a description, and no number that is told by colour alone.
    assert_eq!(page.count("figure.plot > svg[role=img]"), 2);
    for labelled in page.attributes("figure.plot > svg", "aria-labelledby") {
        for id in labelled.split(' ') {
            assert!(!page.words(&format!("[id='{id}']")).is_empty(), "{id}");
        }
    }
    assert_eq!(
        page.words("[id='sign-ups-desc']"),
        "A bar for each of the last 30 days: 3 accounts made in all, 3 on the busiest day."
    );
    // The refused ones are hatched, there and in the legend.
    assert_eq!(page.count("rect.hatched[fill^=url]"), 2);
    // The same in numbers, today first.
    assert_eq!(page.count("details tbody tr"), 30);
    let first: Vec<_> = page.texts("details tbody tr:first-child > *");
    assert_eq!((&*first[0], &*first[1], &*first[3]), ("15 January 2026", "3", "3"));
    assert_eq!(page.attribute("details tbody time", "datetime").as_deref(), Some("2026-01-15"));
}

async fn where_nothing_happened_it_says_so(backend: Backend) {
    let app: TestApp = start(backend).await;
    app.admin().await;
    app.clock.advance(Duration::from_hours(24 * 40));
    let page = app.visitor_admin().await.get("/admin").await;
    page.assert_status(200);
    assert_eq!(page.texts(".empty"), ["Nobody has signed up in the last 30 days."]);
    assert_eq!(page.count("figure.plot > svg"), 1);
}
