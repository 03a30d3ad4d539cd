//! The audit trail by the page.

use reqwest::Method;

use super::{id_of, officer, refusals_told, start};
use crate::harness::{Backend, TestApp, Visitor, given};

on_both!(
    the_trail_is_found_by_all_that_is_noted,
    what_makes_no_sense_shows_nothing,
    nothing_is_changed_there,
    names_are_for_those_who_may_see_accounts,
);

async fn codes(admin: &Visitor, query: &str) -> Vec<String> {
    admin.get(&format!("/admin/audit?{query}")).await.assert_status(200).texts("tbody th code")
}

async fn the_trail_is_found_by_all_that_is_noted(backend: Backend) {
    let app = start(backend).await;
    app.member("alice").await;
    app.visitor().sign_in_with("alice", "not the one it is").await;
    refusals_told(&app, 1).await;
    app.clock.advance(std::time::Duration::from_hours(3));
    let (admin, alice) = (app.visitor_admin().await, id_of(&app, "alice"));
    assert!(codes(&admin, "").await.contains(&"account.registered".to_owned()));
    assert_eq!(codes(&admin, "event=session.signed_in&outcome=failure").await, ["session.signed_in"]);
    assert_eq!(codes(&admin, &format!("subject_id={alice}&event=account.registered")).await.len(), 1);
    assert_eq!(codes(&admin, "since=2026-01-15T13:00&event=session.signed_in").await.len(), 1);
    assert!(
        codes(&admin, "until=2026-01-15T13:00:00Z&event=session.signed_in&outcome=success").await.is_empty()
    );
    assert!(codes(&admin, "ip=203.0.113.9").await.is_empty());
    assert!(!codes(&admin, "ip=127.0.0.1").await.is_empty());
    let page =
        admin.get("/admin/audit?event=session.signed_in&outcome=failure&since=2026-01-15T12%3A00").await;
    assert_eq!(page.attribute("tbody time", "datetime").as_deref(), Some("2026-01-15T12:00:00Z"));
    assert_eq!(page.words("tbody .badge"), "refused");
    let form = page.form("/admin/audit");
    assert_eq!((form.value("event"), form.value("since")), ("session.signed_in", "2026-01-15T12:00:00"));
    let request = page.words("tbody td:last-child code");
    assert_eq!(codes(&admin, &format!("request_id={request}")).await, ["session.signed_in"]);
    // Page by page.
    let page = admin.get("/admin/audit?page_size=1&ip=127.0.0.1").await;
    let next = page.attribute("nav.pager a[rel=next]", "href").unwrap();
    assert!(next.contains("ip=127.0.0.1"), "{next}");
    let first: Vec<_> = page.texts("tbody tr");
    assert_ne!(admin.get(&next).await.assert_status(200).texts("tbody tr"), first);
}

async fn what_makes_no_sense_shows_nothing(backend: Backend) {
    let app = start(backend).await;
    let admin = app.visitor_admin().await;
    for (field, value) in [
        ("event", "session"),
        ("outcome", "perhaps"),
        ("actor_id", "0"),
        ("subject_id", "one"),
        ("ip", "example.org"),
        ("request_id", "%25"),
        ("since", "yesterday"),
        ("until", "2026-13-01T00:00"),
    ] {
        let page = admin.get(&format!("/admin/audit?{field}={value}")).await;
        page.assert_status(422);
        assert!(!page.fault(field).is_empty() && !page.has("tbody"), "{field}: {}", page.text);
    }
}

/// S58: nobody rewrites what happened, by whatever method.
async fn nothing_is_changed_there(backend: Backend) {
    let app = start(backend).await;
    app.member("alice").await;
    let admin = app.visitor_admin().await;
    let page = admin.get("/admin/audit").await;
    assert!(
        page.forms().iter().all(|form| form.action != "/admin/audit" || !form.has("csrf")),
        "{}",
        page.text
    );
    let rows = || app.database.sql("select * from audit_events order by id");
    let (before, csrf) = (rows(), admin.csrf().await);
    for path in ["/admin/audit", "/admin/audit/1", "/admin/audit/actions"] {
        for method in [Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
            let fields = [("csrf", &*csrf), ("action", "delete"), ("id", "1"), ("confirmed", "yes")];
            let request = admin.request(method.clone(), path).form(&fields);
            let status = admin.send(request).await.status;
            assert!(matches!(status, 404 | 405), "{method} {path}: {status}");
        }
    }
    assert!(rows().starts_with(&before));
}

async fn names_are_for_those_who_may_see_accounts(backend: Backend) {
    let app: TestApp = start(backend).await;
    app.member("alice").await;
    app.visitor().sign_in_with("alice", given::PASSWORD).await.assert_status(303);
    let clerk = officer(&app, "clerk", &["audit.read"]).await;
    let id = id_of(&app, "alice");
    let page = clerk.get(&format!("/admin/audit?subject_id={id}")).await;
    assert!(
        page.texts("tbody td").contains(&format!("account {id}")) && !page.has("tbody a"),
        "{}",
        page.text
    );
    let page = app.visitor_admin().await.get(&format!("/admin/audit?subject_id={id}")).await;
    assert!(page.texts("tbody td a").contains(&"alice".to_owned()), "{}", page.text);
}
