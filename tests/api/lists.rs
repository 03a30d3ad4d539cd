//! Lists: pages, cursors and filters.

use std::time::Duration;

use serde_json::{Value, json};

use crate::accounts::count;
use crate::harness::client::{Answer, Client};
use crate::harness::{Backend, TestApp};

on_both!(
    a_list_is_read_page_by_page_to_its_end,
    what_is_no_page_is_refused,
    a_cursor_is_good_for_its_own_list_alone,
    the_audit_trail_is_filtered,
    a_filter_that_cannot_be_is_refused,
    what_is_refused_to_a_member_is_in_the_trail,
);

const LISTS: [&str; 3] = ["/api/auth/sessions", "/api/admin/audit", "/api/admin/mail"];

async fn a_list_is_read_page_by_page_to_its_end(backend: Backend) {
    let app = TestApp::start_with(backend, &["--sessions-per-user", "100"]).await;
    let mut alice = app.signed_in("alice").await;
    for _ in 0..6 {
        app.clock.advance(Duration::from_secs(1));
        alice = app.anonymous().sign_in("alice").await;
    }
    let whole = alice.get("/api/auth/sessions").await;
    let whole = &whole.assert_status(200).body;
    assert_eq!(
        (&whole["ok"], &whole["total"], &whole["total_is_exact"]),
        (&json!(true), &json!(7), &json!(true))
    );
    assert_eq!(whole["next_cursor"], Value::Null);
    let current = ids(whole, |session| session["current"] == json!(true));
    assert_eq!(current, &ids(whole, |_| true)[..1], "the newest is the one that asks");
    assert!(!whole.to_string().contains(alice.token.as_deref().unwrap()), "S64: no token is shown");

    let (mut seen, mut cursor, mut pages) = (Vec::new(), String::new(), 0);
    loop {
        let page = alice.get(&format!("/api/auth/sessions?page_size=3{cursor}")).await;
        seen.extend(ids(&page.assert_status(200).body, |_| true));
        pages += 1;
        match page.body["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!((seen, pages), (ids(whole, |_| true), 3));
}

/// S71, S106: no size and no cursor is made to fit, no parameter is passed over, and none is taken twice.
async fn what_is_no_page_is_refused(backend: Backend) {
    let app = TestApp::start(backend).await;
    let keeper = app.admin().await;
    for path in LISTS {
        for size in ["0", "-1", "101", "2147483648", "9223372036854775808", "a", "NaN", "1e309", "", "1.0"] {
            complains(&keeper, &format!("{path}?page_size={size}"), "page_size").await;
        }
        for cursor in ["", "1", "%00", "0".repeat(34).as_str(), "0".repeat(3000).as_str()] {
            complains(&keeper, &format!("{path}?cursor={cursor}"), "cursor").await;
        }
        complains(&keeper, &format!("{path}?page=1"), "page").await;
        complains(&keeper, &format!("{path}?page_size=1&page_size=1"), "page_size").await;
        complains(&keeper, &format!("{path}?page_size=1&page%5Fsize=2"), "page_size").await;
        complains(&keeper, &format!("{path}?page_size[]=1"), "page_size[]").await;
    }
}

/// S71: nor does it open anything when a single character of it differs.
async fn a_cursor_is_good_for_its_own_list_alone(backend: Backend) {
    let app = TestApp::start(backend).await;
    for name in ["alice", "bob"] {
        app.signed_in(name).await;
    }
    let keeper = app.admin().await;
    let page = keeper.get("/api/admin/audit?page_size=1").await;
    let cursor = page.assert_status(200).body["next_cursor"].as_str().unwrap().to_owned();
    keeper.get(&format!("/api/admin/audit?cursor={cursor}")).await.assert_status(200);
    complains(&keeper, &format!("/api/admin/mail?cursor={cursor}"), "cursor").await;
    complains(&keeper, &format!("/api/auth/sessions?cursor={cursor}"), "cursor").await;
    let last = if cursor.ends_with('0') { "1" } else { "0" };
    complains(&keeper, &format!("/api/admin/audit?cursor={}{last}", &cursor[..cursor.len() - 1]), "cursor")
        .await;
}

/// S58: who did what to whom, from where, in which request, and how it went.
async fn the_audit_trail_is_filtered(backend: Backend) {
    let app = TestApp::start(backend).await;
    let alice = app.signed_in("alice").await;
    let request = alice.request(reqwest::Method::POST, "/api/auth/logout").header("x-request-id", "bye-7");
    alice.send(request).await.assert_status(200);
    let keeper = app.admin().await;
    let id = &alice.user["id"];
    let signed_out = async |filter: &str| {
        let answer = keeper.get(&format!("/api/admin/audit?event=session.signed_out{filter}")).await;
        answer.assert_status(200).body["data"].as_array().unwrap().clone()
    };
    let all = signed_out("").await;
    assert_eq!(all.len(), 1, "{all:?}");
    let row = &all[0];
    assert_eq!((&row["actor_id"], &row["subject_id"]), (id, id));
    assert_eq!((&row["outcome"], &row["request_id"]), (&json!("success"), &json!("bye-7")));
    assert_eq!(row["ip"], json!("127.0.0.1"));
    let at = row["created_at"].as_str().unwrap();
    for (filter, found) in [
        (format!("&actor_id={id}&subject_id={id}&outcome=success&ip=127.0.0.1&request_id=bye-7"), 1),
        (format!("&since={at}"), 1),
        (format!("&until={at}"), 0),
        ("&outcome=failure".to_owned(), 0),
        ("&actor_id=999999".to_owned(), 0),
        ("&subject_id=9223372036854775807".to_owned(), 0),
        ("&ip=2001:db8::1".to_owned(), 0),
        ("&request_id=bye".to_owned(), 0),
        ("&since=9999-12-31T23:59:59Z".to_owned(), 0),
        ("&until=0001-01-01T00:00:00Z".to_owned(), 0),
    ] {
        assert_eq!(signed_out(&filter).await.len(), found, "{filter}");
    }
}

/// S91, S30: what is no value of a column finds nothing and breaks nothing.
async fn a_filter_that_cannot_be_is_refused(backend: Backend) {
    let app = TestApp::start(backend).await;
    let keeper = app.admin().await;
    for (name, values) in [
        ("event", &["", "login", "%25", "SESSION.SIGNED_IN"][..]),
        ("outcome", &["", "ok", "Success"]),
        ("actor_id", &["", "0", "-1", "x", "9223372036854775808", "1%20or%201=1"]),
        ("subject_id", &["1.0", "1%00"]),
        ("ip", &["", "localhost", "10.0.0.0/8", "1.2.3.4.5"]),
        ("request_id", &["", "a%20b", "%27", "%00"]),
        ("since", &["", "yesterday", "2026-11-21", "2026-11-21T12:00:00", "2026-13-01T00:00:00Z"]),
        ("until", &["0", "1e309"]),
    ] {
        for value in values {
            complains(&keeper, &format!("/api/admin/audit?{name}={value}"), name).await;
        }
    }
    for state in ["", "DEAD", "all"] {
        complains(&keeper, &format!("/api/admin/mail?state={state}"), "state").await;
    }
    for state in ["dead", "queued"] {
        keeper.get(&format!("/api/admin/mail?state={state}")).await.assert_status(200);
    }
}

/// S58, S73: the answer names what is missing, and the trail who tried.
async fn what_is_refused_to_a_member_is_in_the_trail(backend: Backend) {
    let app = TestApp::start(backend).await;
    let alice = app.signed_in("alice").await;
    let answer = alice.get("/api/admin/audit").await;
    answer.assert_error(403, "forbidden");
    assert_eq!(
        answer.header("www-authenticate"),
        Some(r#"Bearer realm="vestibule", error="insufficient_scope", scope="audit.read""#)
    );
    let keeper = app.admin().await;
    let path = format!("/api/admin/audit?event=access.denied&actor_id={}", alice.user["id"]);
    for _ in 0..200 {
        let rows = keeper.get(&path).await.body["data"].clone();
        if let Some(row) = rows.get(0) {
            assert_eq!((&row["outcome"], &row["detail"]), (&json!("failure"), &json!("audit.read")));
            assert_eq!(row["request_id"].as_str(), answer.header("x-request-id"));
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("not in the trail: {}", count(&app.database, "select count(*) from audit_events"));
}

async fn complains(client: &Client, path: &str, name: &str) -> Answer {
    let answer = client.get(path).await;
    assert_eq!((answer.status, answer.code()), (422, "invalid_fields"), "{path}: {}", answer.text);
    assert_eq!(answer.complaints(name).len(), 1, "{path}: {}", answer.text);
    answer
}

fn ids(list: &Value, wanted: impl Fn(&Value) -> bool) -> Vec<String> {
    let entries = list["data"].as_array().unwrap().iter().filter(|entry| wanted(entry));
    entries.map(|entry| entry["id"].as_str().unwrap().to_owned()).collect()
}
