//! A mail server that says no.

use std::time::Duration;

use vestibule_domain::time::Clock as _;

use super::{emptied, forgot, members, node, queued, received, tried, until};
use crate::harness::{Backend, Mail, Mood, Smtp, TestApp, given};

on_both!(
    what_is_refused_for_good_is_given_up_at_once,
    what_is_refused_for_now_is_tried_again,
    a_mail_nobody_can_read_stands_in_no_others_way,
);

/// F6: 5xx ends it, and the operator sees why.
async fn what_is_refused_for_good_is_given_up_at_once(backend: Backend) {
    let smtp = Smtp::start(Mood::Refuse5xx);
    let app = node(backend, &smtp.url()).await;
    let admin = app.admin().await;
    members(&app, "alice", 1).await;
    forgot(&app, "alice0").await.assert_status(202);
    until("it is given up", || {
        app.database.sql("select count(*) from outbox where dead_at is not null") == "1"
    })
    .await;
    let listed = admin.get("/api/admin/mail?state=dead").await;
    let entry = &listed.assert_status(200).body["data"][0];
    assert_eq!(
        (&entry["attempts"], &entry["kind"]),
        (&1.into(), &"reset_password".into()),
        "{}",
        listed.text
    );
    let why = entry["last_error"].as_str().unwrap();
    assert!(why.contains("nobody of this name"), "{why}");

    smtp.start_again(Mood::Accept);
    app.clock.advance(Duration::from_hours(1));
    tokio::time::sleep(Duration::from_millis(1200)).await;
    assert!(smtp.received().is_empty(), "what was given up is not tried by itself");
    for other in ["0", "%2B"] {
        let path = format!("/api/admin/mail/{other}{}/retry", entry["id"]);
        admin.send(admin.request(reqwest::Method::POST, &path)).await.assert_error(404, "not_found");
    }
    let path = format!("/api/admin/mail/{}/retry", entry["id"]);
    admin.send(admin.request(reqwest::Method::POST, &path)).await.assert_status(200);
    assert_eq!(received(&smtp, 1).await[0].to, [given::address("alice0")]);
    emptied(&app).await;
}

/// F6: 4xx is tried again, later and later, and its link is as long good as if nothing had been.
async fn what_is_refused_for_now_is_tried_again(backend: Backend) {
    let smtp = Smtp::start(Mood::Refuse4xx);
    let app = node(backend, &smtp.url()).await;
    members(&app, "alice", 1).await;
    forgot(&app, "alice0").await.assert_status(202);
    let attempts =
        || app.database.sql("select attempts from outbox where lease_id is null and dead_at is null");
    for (attempt, wait) in [("1", 7), ("2", 13), ("3", 26)] {
        until("it was tried", || attempts() == attempt).await;
        app.clock.advance(Duration::from_secs(wait));
    }
    until("it was tried", || attempts() == "4").await;
    smtp.start_again(Mood::Accept);
    app.clock.advance(Duration::from_hours(2));
    let mail = Mail::parse(&received(&smtp, 1).await[0].data, String::new());
    app.clock.advance(Duration::from_mins(59));
    let body = serde_json::json!({ "token": mail.token(), "new_password": "amber lantern 77 quay" });
    app.anonymous().post("/api/auth/password/reset", body).await.assert_status(200);
}

/// F12: in a rolling upgrade a newer node orders mails of kinds the older do not know.
async fn a_mail_nobody_can_read_stands_in_no_others_way(backend: Backend) {
    let smtp = Smtp::start(Mood::Accept);
    let app = node(backend, &smtp.url()).await;
    members(&app, "alice", 1).await;
    let unknown = "insert into outbox (kind, payload, created_at, due_at) values \
                   ('a_kind_of_tomorrow', '{}', '2026-01-15 11:00:00', '2026-01-15 11:00:00')";
    for _ in 0..10 {
        app.database.sql(unknown);
    }
    forgot(&app, "alice0").await.assert_status(202);
    received(&smtp, 1).await;
    until("one is left of eleven", || queued(&app) == 10).await;
    tried(&app).await;
    for _ in 0..12 {
        app.clock.advance(Duration::from_mins(6));
        tried(&app).await;
        let due =
            format!("select count(*) from outbox where dead_at is null and due_at <= '{}'", moment(&app));
        until("none is due", || app.database.sql(&due) == "0").await;
    }
    assert_eq!(app.database.sql("select count(*) from outbox where dead_at is not null"), "10");
}

/// The time of the test as the databases write it.
fn moment(app: &TestApp) -> String {
    app.clock.now().datetime().format("%F %T").to_string()
}
