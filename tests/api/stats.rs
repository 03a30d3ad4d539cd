//! Figures for the dashboard.

use std::time::Duration;

use serde_json::{Value, json};

use crate::accounts::{sign_in, suspend};
use crate::harness::{Backend, TestApp, given};

on_both!(
    the_figures_are_what_happened,
    figures_are_counted_once_for_all_who_ask,
    a_span_is_a_number_of_days_within_a_year,
);

async fn the_figures_are_what_happened(backend: Backend) {
    let app = TestApp::start_with(backend, &["--sessions-per-user", "5", "--audit-retention", "400d"]).await;
    app.signed_in("alice").await;
    app.clock.advance(Duration::from_hours(48));
    for _ in 0..2 {
        sign_in(&app.anonymous(), "alice", given::PASSWORD).await.assert_status(200);
    }
    for _ in 0..3 {
        sign_in(&app.anonymous(), "alice", "something else").await.assert_status(401);
    }
    app.signed_in("bob").await;
    suspend(&app.database, "bob");
    let admin = app.admin().await;
    // Refusals are written a moment later.
    let stats = async |query: &str| admin.get(&format!("/api/admin/stats{query}")).await;
    let figures = eventually(async || {
        // What was counted a moment ago is told again.
        app.clock.advance(Duration::from_secs(5));
        let answer = stats("?days=4").await;
        assert_eq!(answer.assert_status(200).body["ok"], json!(true));
        let data = answer.body["data"].clone();
        (data["days"][3]["refused_sign_ins"] == json!(3)).then_some(data)
    })
    .await;
    let fields: Vec<_> = figures.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(
        fields,
        [
            "accounts",
            "active_sessions",
            "days",
            "dead_mails",
            "oldest_mail_at",
            "queued_mails",
            "suspended_accounts"
        ]
    );
    assert_eq!((&figures["accounts"], &figures["suspended_accounts"]), (&json!(3), &json!(1)));
    let days = figures["days"].as_array().unwrap();
    let shown = |n: usize| (&days[n]["accounts"], &days[n]["sign_ins"], &days[n]["refused_sign_ins"]);
    assert_eq!(shown(0), (&json!(0), &json!(0), &json!(0)));
    assert_eq!(shown(1), (&json!(2), &json!(1), &json!(0)), "two days ago");
    assert_eq!(shown(2), (&json!(0), &json!(0), &json!(0)));
    assert_eq!(shown(3), (&json!(1), &json!(4), &json!(3)), "today");
    let month = stats("").await.body["data"]["days"].clone();
    assert_eq!(month.as_array().unwrap().len(), 30);
    assert_eq!(month[29], days[3]);
    let sessions = crate::accounts::count(&app.database, "select count(*) from sessions");
    assert!(figures["active_sessions"].as_i64().unwrap() <= sessions, "{figures}");
}

async fn figures_are_counted_once_for_all_who_ask(backend: Backend) {
    let app = TestApp::start(backend).await;
    let admin = app.admin().await;
    let accounts = async || {
        let asking = (0..12).map(|_| {
            let admin = admin.clone();
            tokio::spawn(async move { admin.get("/api/admin/stats").await })
        });
        let mut told = Vec::new();
        for answer in asking.collect::<Vec<_>>() {
            told.push(answer.await.unwrap().assert_status(200).body["data"]["accounts"].clone());
        }
        told
    };
    assert_eq!(accounts().await, vec![json!(1); 12]);
    app.signed_in("alice").await;
    assert_eq!(accounts().await, vec![json!(1); 12], "counted a moment ago");
    app.clock.advance(Duration::from_secs(5));
    assert_eq!(accounts().await, vec![json!(2); 12]);
    app.signed_in("bob").await;
    app.clock.turn_back(Duration::from_secs(5));
    assert_eq!(accounts().await, vec![json!(3); 12], "and not in what is yet to come");
}

async fn a_span_is_a_number_of_days_within_a_year(backend: Backend) {
    let app = TestApp::start(backend).await;
    let admin = app.admin().await;
    for days in [1, 365] {
        let answer = admin.get(&format!("/api/admin/stats?days={days}")).await;
        assert_eq!(answer.assert_status(200).body["data"]["days"].as_array().unwrap().len(), days);
    }
    for days in ["", "0", "-1", "+1", "366", "65536", "1.0", "1e2", "a", "NaN", "%00", "%201"] {
        let answer = admin.get(&format!("/api/admin/stats?days={days}")).await;
        assert_eq!(answer.assert_error(422, "invalid_fields").complaints("days").len(), 1, "{days:?}");
    }
    for query in ["from=2026-01-01", "days=1&days=2"] {
        admin.get(&format!("/api/admin/stats?{query}")).await.assert_error(422, "invalid_fields");
    }
}

async fn eventually(found: impl AsyncFn() -> Option<Value>) -> Value {
    for _ in 0..200 {
        if let Some(value) = found().await {
            return value;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("it never came to pass");
}
