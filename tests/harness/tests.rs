//! The harness is believed by every other test, so it is tested too.

use std::time::{Duration, Instant};

use serde_json::json;
use vestibule_domain::time::Clock as _;

use super::app::TestApp;
use super::browser::Browser;
use super::clock::TestClock;
use super::database::{Backend, TestDatabase};
use super::postgres::Postgres;
use super::{raw, redact};

on_both!(
    a_held_lock_stands_in_the_way_until_it_is_dropped,
    callers_are_who_they_say_on_every_node,
    requests_behind_the_barrier_are_all_answered,
);

async fn a_held_lock_stands_in_the_way_until_it_is_dropped(backend: Backend) {
    let database = TestDatabase::new(backend);
    database.sql("create table rows (id integer primary key); insert into rows values (7)");
    let (lock, peek) = match backend {
        Backend::Sqlite => ("begin exclusive", "pragma busy_timeout = 300; select id from rows"),
        Backend::Postgres => ("begin; lock table rows", "set lock_timeout = 300; select id from rows"),
    };
    let hold = database.hold(lock);
    let refused = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| database.sql(peek)));
    assert!(refused.is_err(), "the lock did not hold");
    drop(hold);
    assert_eq!(database.sql(peek).lines().last(), Some("7"));
    let dump = database.dump();
    assert!(dump.windows(4).any(|window| window == b"rows"), "the dump misses the table");
}

async fn callers_are_who_they_say_on_every_node(backend: Backend) {
    let app = TestApp::start(backend).await;
    let alice = app.signed_in("alice").await;
    let admin = app.admin().await;
    let node = app.second_node().await;
    assert_eq!(alice.user["is_admin"], json!(false), "{}", alice.user);
    assert_eq!(admin.user["is_admin"], json!(true), "{}", admin.user);
    for (client, name) in [(&alice, "alice"), (&admin.at(&node), "keeper")] {
        let profile = client.get("/api/auth/profile").await;
        assert_eq!(profile.assert_status(200).body["username"], json!(name));
    }
    let stranger = alice.with_token(&"0".repeat(64)).get("/api/auth/profile").await;
    stranger.assert_error(401, "invalid_token");
}

async fn requests_behind_the_barrier_are_all_answered(backend: Backend) {
    let app = TestApp::start(backend).await;
    let second = app.second_node().await;
    let request = |node: &TestApp| {
        raw::Request::json(node.address(), "POST", "/api/auth/login", None, &json!({ "username": "nobody" }))
    };
    let requests: Vec<raw::Request> =
        (0..16).map(|n| request(if n % 2 == 0 { &app } else { &second })).collect();
    for answer in raw::at_once(&requests) {
        let answer = answer.unwrap();
        assert!(matches!(answer.status, 401 | 422), "{answer:?}");
        answer.assert_invariants(&reqwest::Method::POST, "/api/auth/login");
    }
}

#[test]
fn a_postgres_of_ones_own_can_be_paused_and_stopped_and_keeps_its_rows() {
    let database = TestDatabase::on_own_postgres();
    let server = database.own_postgres();
    database.sql("create table rows (id integer); insert into rows values (7)");

    server.pause();
    let waiting = std::thread::scope(|scope| {
        let begun = Instant::now();
        let answer = scope.spawn(|| database.sql("select id from rows"));
        std::thread::sleep(Duration::from_millis(300));
        assert!(!answer.is_finished(), "a paused server answered");
        server.resume();
        assert_eq!(answer.join().unwrap(), "7");
        begun.elapsed()
    });
    assert!(waiting >= Duration::from_millis(300), "{waiting:?}");

    server.stop_immediately();
    assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| database.sql("select 1"))).is_err());
    server.start();
    assert_eq!(database.sql("select id from rows"), "7");
}

#[test]
fn a_postgres_leaves_no_folder_behind() {
    let server = Postgres::durable();
    let folder = server.folder().to_owned();
    assert!(folder.is_dir());
    drop(server);
    assert!(!folder.exists(), "{} is still there", folder.display());
}

#[test]
fn a_browser_tells_what_is_wrong_with_a_page() {
    let folder = tempfile::TempDir::new().unwrap();
    let page = |name: &str, head: &str, body: &str| {
        let html = format!("<!doctype html><html lang='en'><title>A page</title>{head}<h1>A page</h1>{body}");
        std::fs::write(folder.path().join(name), html).unwrap();
        format!("file://{}", folder.path().join(name).display())
    };
    let strict = "<meta http-equiv='Content-Security-Policy' content=\"default-src 'self'\">";
    let blocked = page("blocked.html", strict, "<p onclick='x()'>A word</p><script>alert(1)</script>");
    let script = "<script>alert('boo'); throw new Error('oh')</script>";
    let loud = page("loud.html", "", &format!("{script}<img src='gone.png'><input>"));
    super::run(async {
        let browser = Browser::at("file://").await;
        browser.goto(&blocked).await;
        let violations = browser.violations_of_policy();
        assert!(violations.iter().any(|violation| violation.contains("script-src-elem")), "{violations:?}");
        assert_eq!(browser.complaints(), [""; 0]);

        browser.goto(&loud).await;
        assert_eq!(browser.violations_of_policy().last().unwrap(), "a dialog: boo");
        let complaints = browser.complaints();
        assert!(complaints.iter().any(|complaint| complaint.contains("Error: oh")), "{complaints:?}");
        assert!(complaints.iter().any(|complaint| complaint.contains("gone.png")), "{complaints:?}");
        let faults = browser.axe().await;
        for rule in ["image-alt", "label"] {
            assert!(faults.iter().any(|fault| fault.starts_with(rule)), "{rule}: {faults:?}");
        }

        // Another window is another person, and one without scripts runs none.
        let other = Browser::at("file://").await;
        other.set_javascript(false).await;
        other.goto(&loud).await;
        assert_eq!((other.violations_of_policy().len(), &*other.text("h1").await), (0, "A page"));
    });
}

#[test]
fn the_clock_moves_only_when_told() {
    let clock = TestClock::at_noon();
    assert_eq!(clock.now().to_string(), "2026-01-15T12:00:00Z");
    clock.advance(Duration::from_hours(13));
    clock.turn_back(Duration::from_secs(1));
    assert_eq!(clock.now().to_string(), "2026-01-16T00:59:59Z");
}

#[test]
#[should_panic(expected = "access_token is not what it should be")]
fn a_redaction_asserts_what_it_hides() {
    let plain = redact::body(&json!({ "id": 3, "created_at": "2026-01-15T12:00:00Z", "name": "alice" }));
    assert_eq!(plain, json!({ "id": "[id]", "created_at": "[time]", "name": "alice" }));
    redact::body(&json!({ "data": [{ "access_token": "too short" }] }));
}
