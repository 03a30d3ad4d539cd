//! What the audit trail tells of a life, as an administrator reads it.

use std::collections::BTreeSet;
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use super::mailed;
use crate::harness::client::{Answer, Client};
use crate::harness::{Backend, Process, TestApp, given};

on_both!(
    every_event_of_a_life_is_told_once,
    what_the_operator_does_is_told_too,
    the_trail_is_walked_row_by_row_under_every_filter,
    nobody_changes_the_trail,
);

const TRAIL: &str = "/api/admin/audit";
const NEW: &str = "another quiet harbour";
const ARGUMENTS: [&str; 8] = [
    "--rate-limits",
    "on",
    "--trusted-proxies",
    "127.0.0.1/32",
    "--sessions-per-user",
    "20",
    "--limit-sign-in-per-account",
    "1000/1m",
];

/// A story: each request has an id and an address of its own, by which it is found again.
struct Story<'a> {
    app: &'a TestApp,
    steps: Vec<Step>,
}

struct Step {
    id: String,
    ip: String,
    at: Value,
    expected: Option<Expected>,
}

/// An event, how it went, who did it and to whom.
type Expected = (&'static str, &'static str, Value, Value);

impl Story<'_> {
    /// Sends `body` as `client`, expects `status`, and remembers what is to be told of it.
    async fn step(
        &mut self,
        client: &Client,
        path: &str,
        body: Value,
        status: u16,
        expected: Option<Expected>,
    ) -> Answer {
        let method = if path.starts_with("/api/auth/sessions/") { Method::DELETE } else { Method::POST };
        let method = if body.is_null() && path == TRAIL { Method::GET } else { method };
        let number = self.steps.len();
        let (id, ip) = (format!("step-{number}"), format!("198.51.100.{number}"));
        let request = client.request(method, path).header("x-request-id", &id).header("x-forwarded-for", &ip);
        let request = if body.is_null() { request } else { request.json(&body) };
        let answer = client.send(request).await;
        assert_eq!(answer.status, status, "{id} {path}: {}", answer.text);
        self.steps.push(Step { id, ip, at: json!(self.app.now()), expected });
        self.app.clock.advance(Duration::from_secs(1));
        answer
    }

    /// Compares the trail with what was to be told.
    async fn assert_told(&self, keeper: &Client) {
        for Step { id, ip, at, expected } in &self.steps {
            let rows = told(keeper, &format!("request_id={id}"), usize::from(expected.is_some())).await;
            let Some((event, outcome, actor, subject)) = expected else {
                assert!(rows.is_empty(), "{id}: {rows:?}");
                continue;
            };
            let [row] = rows.as_slice() else { panic!("{id}: {event} once, not {rows:?}") };
            assert_eq!((&row["event"], &row["outcome"]), (&json!(event), &json!(outcome)), "{id}");
            assert_eq!((&row["actor_id"], &row["subject_id"]), (actor, subject), "{id} {event}");
            assert_eq!((&row["ip"], &row["created_at"]), (&json!(ip), at), "{id} {event}");
        }
    }
}

/// The rows `filter` finds, when there are `least` of them: refusals are a second late.
async fn told(keeper: &Client, filter: &str, least: usize) -> Vec<Value> {
    let mut rows = Vec::new();
    for _ in 0..100 {
        let answer = keeper.get(&format!("{TRAIL}?page_size=100&{filter}")).await;
        rows = answer.assert_status(200).body["data"].as_array().unwrap().clone();
        if rows.len() >= least {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    rows
}

impl TestApp {
    /// The moment it is, as the API writes it.
    fn now(&self) -> String {
        use vestibule_domain::time::Clock as _;
        self.clock.now().to_string()
    }
}

/// S58: each of them once, with when, who, whom, from where, in which request and how it went.
async fn every_event_of_a_life_is_told_once(backend: Backend) {
    let app = TestApp::start_with(backend, &ARGUMENTS).await;
    let keeper = app.admin().await;
    let stranger = app.anonymous();
    let mut story = Story { app: &app, steps: Vec::new() };
    let (ok, no, nobody) = ("success", "failure", Value::Null);

    let registration = given::registration("alice");
    // Who it will be is known afterwards.
    let made = story.step(&stranger, "/api/auth/register", registration.clone(), 201, None).await;
    let id = made.body["user"]["id"].clone();
    let (own, on) = ((id.clone(), id.clone()), (nobody.clone(), id.clone()));
    let by = |event, outcome| Some((event, outcome, own.0.clone(), own.1.clone()));
    let to = |event, outcome| Some((event, outcome, on.0.clone(), on.1.clone()));
    let none = |event, outcome| Some((event, outcome, nobody.clone(), nobody.clone()));
    story.steps[0].expected = by("account.registered", ok);
    story.step(&stranger, "/api/auth/register", registration, 409, none("account.registered", no)).await;

    let right = given::credentials("alice");
    let wrong = |name: &str| json!({ "username": name, "password": "not the one" });
    story.step(&stranger, "/api/auth/login", wrong("alice"), 401, to("session.signed_in", no)).await;
    story.step(&stranger, "/auth/login", wrong("nobody"), 401, none("session.signed_in", no)).await;
    let first =
        story.step(&stranger, "/api/auth/login", right.clone(), 200, by("session.signed_in", ok)).await;
    let other = story.step(&stranger, "/auth/login", right.clone(), 200, by("session.signed_in", ok)).await;
    let token = |answer: &Answer, name: &str| answer.body[name].as_str().unwrap().to_owned();
    let refresh = |token: String| json!({ "refresh_token": token });
    let spent = token(&first, "refresh_token");
    let second = story.step(&stranger, "/api/auth/refresh", refresh(spent.clone()), 200, None).await;
    stranger.with_token(&token(&second, "access_token")).get("/api/auth/profile").await.assert_status(200);
    let reused = to("session.refresh_reused", no);
    story.step(&stranger, "/api/auth/refresh", refresh(spent), 401, reused).await;

    let phone = stranger.with_token(&token(&other, "access_token"));
    story.step(&phone, "/api/auth/logout", json!({}), 200, by("session.signed_out", ok)).await;
    let desk = stranger.sign_in("alice").await;
    let third = stranger.sign_in("alice").await;
    let list = third.get("/api/auth/sessions").await;
    let sessions = list.body["data"].as_array().unwrap();
    let foreign = sessions.iter().find(|session| session["current"] == json!(false)).unwrap();
    let path = format!("/api/auth/sessions/{}", foreign["id"].as_str().unwrap());
    story.step(&third, &path, Value::Null, 200, by("session.revoked", ok)).await;
    desk.get("/api/auth/profile").await.assert_status(401);
    let everywhere = by("session.signed_out_everywhere", ok);
    story.step(&third, "/api/auth/logout-all", json!({}), 200, everywhere).await;

    let alice = stranger.sign_in("alice").await;
    let change = |current: &str, new: &str| json!({ "current_password": current, "new_password": new });
    let path = "/api/auth/password/change";
    story.step(&alice, path, change("not the one", NEW), 422, by("password.changed", no)).await;
    story.step(&alice, path, change(given::PASSWORD, NEW), 200, by("password.changed", ok)).await;
    let forgot = json!({ "email": given::address("alice") });
    mailed::all_mails_left(&app).await;
    let asked = none("password.reset_requested", ok);
    story.step(&stranger, "/api/auth/password/forgot", forgot, 202, asked).await;
    let link = app.mail_to(&given::address("alice"), "reset_password").await.token();
    let reset = json!({ "token": link, "new_password": given::PASSWORD });
    let path = "/api/auth/password/reset";
    story.step(&stranger, path, reset.clone(), 200, to("password.reset", ok)).await;
    story.step(&stranger, path, reset, 422, none("password.reset", no)).await;

    // A reset proves the address, so verification is somebody else's.
    app.clock.advance(Duration::from_hours(2));
    let bob = app.signed_in("bob").await;
    let bobs = |event, outcome| Some((event, outcome, bob.user["id"].clone(), bob.user["id"].clone()));
    mailed::all_mails_left(&app).await;
    let path = "/api/auth/email/verify/request";
    story.step(&bob, path, json!({}), 202, bobs("email.verification_requested", ok)).await;
    let link = app.mail_after(1, &given::address("bob"), "verify_email").await.token();
    let verify = json!({ "token": link });
    let proven = Some(("email.verified", ok, nobody.clone(), bob.user["id"].clone()));
    story.step(&stranger, "/api/auth/email/verify", verify.clone(), 200, proven).await;
    story.step(&stranger, "/api/auth/email/verify", verify, 422, none("email.verified", no)).await;

    let alice = stranger.sign_in("alice").await;
    let ask = |password: &str| json!({ "new_email": "alice@new.example", "password": password });
    let path = "/api/auth/email/change";
    story.step(&alice, path, ask("not the one"), 422, by("email.change_requested", no)).await;
    story.step(&alice, path, ask(given::PASSWORD), 202, by("email.change_requested", ok)).await;
    let confirm = app.mail_to("alice@new.example", "confirm_email_change").await.token();
    let back = app.mail_to(&given::address("alice"), "email_change_notice").await.token();
    let path = "/api/auth/email/change/confirm";
    story.step(&stranger, path, json!({ "token": confirm }), 200, to("email.changed", ok)).await;
    story.step(&stranger, path, json!({ "token": back }), 200, to("email.change_reverted", ok)).await;
    story.step(&stranger, path, json!({ "token": back }), 422, none("email.changed", no)).await;

    let denied = Some(("access.denied", no, bob.user["id"].clone(), nobody.clone()));
    story.step(&bob, TRAIL, Value::Null, 403, denied).await;
    story.assert_told(&keeper).await;
    limit_hit(&app, &keeper).await;
}

/// Of one address, so not a step of the story.
async fn limit_hit(app: &TestApp, keeper: &Client) {
    let client = app.anonymous();
    let mut last = None;
    for n in 0..31 {
        let body = json!({ "username": format!("nobody{n}"), "password": "not the one" });
        let request = client.request(Method::POST, "/api/auth/login").json(&body);
        last = Some(client.send(request.header("x-forwarded-for", "203.0.113.66")).await);
    }
    let last = last.unwrap();
    last.assert_error(429, "too_many_requests");
    let id = last.header("x-request-id").unwrap();
    let rows = told(keeper, &format!("request_id={id}"), 1).await;
    let [row] = rows.as_slice() else { panic!("{rows:?}") };
    assert_eq!((&row["event"], &row["outcome"]), (&json!("limit.hit"), &json!("failure")));
    assert_eq!((&row["ip"], &row["detail"]), (&json!("203.0.113.66"), &json!("sign-in")));
}

/// S58, S101: on the command line, where there is neither an address nor a request.
async fn what_the_operator_does_is_told_too(backend: Backend) {
    let app = TestApp::start(backend).await;
    app.signed_in("alice").await;
    let operator = Process::prepare(&[
        ("DATABASE_URL", &app.database.url()),
        ("SECRET_KEY", given::SECRET_KEY),
        ("DATA_DIR", app.data_dir().to_str().unwrap()),
    ]);
    for command in [&["keys", "rotate"][..], &["revoke-all"]] {
        let output = operator.command(command).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let keeper = app.admin().await;
    for event in ["keys.rotated", "session.everything_revoked"] {
        let rows = told(&keeper, &format!("event={event}"), 1).await;
        let [row] = rows.as_slice() else { panic!("{event}: {rows:?}") };
        assert_eq!((&row["outcome"], &row["actor_id"]), (&json!("success"), &Value::Null), "{event}");
        assert_eq!((&row["ip"], &row["request_id"]), (&Value::Null, &Value::Null), "{event}");
        assert!(row["created_at"].as_str().unwrap().ends_with('Z'), "{event}");
    }
}

/// Whether a row is one of those a filter is for.
type Wanted<'a> = Box<dyn Fn(&Value) -> bool + 'a>;

/// S58: every page size meets every row exactly once, newest first, and under a filter those it wants and no other.
async fn the_trail_is_walked_row_by_row_under_every_filter(backend: Backend) {
    let app = TestApp::start_with(backend, &["--sessions-per-user", "3"]).await;
    let mut people = Vec::new();
    for name in ["alice", "bob", "carol"] {
        for _ in 0..4 {
            people.push(app.signed_in(name).await);
            app.clock.advance(Duration::from_secs(10));
        }
        let wrong = json!({ "username": name, "password": "not the one" });
        app.anonymous().post("/api/auth/login", wrong).await.assert_status(401);
    }
    let keeper = app.admin().await;
    told(&keeper, "event=session.signed_in&outcome=failure", 3).await;
    // The walk itself is told nothing of: reading is no event.
    let all = walk(&keeper, "", 100).await;
    assert!(all.len() >= 20, "{}", all.len());
    let written = app.database.sql("select count(*) from audit_events");
    assert_eq!(all.len().to_string(), written);
    for size in [1, 3, 7] {
        assert_eq!(walk(&keeper, "", size).await, all, "by {size}");
    }
    let alice = people[0].user["id"].clone();
    let middle = all[all.len() / 2]["created_at"].clone();
    let filters: [(String, Wanted<'_>); 6] = [
        ("&event=session.signed_in".to_owned(), Box::new(|row| row["event"] == json!("session.signed_in"))),
        ("&outcome=failure".to_owned(), Box::new(|row| row["outcome"] == json!("failure"))),
        (format!("&actor_id={alice}"), Box::new(|row| row["actor_id"] == alice)),
        (
            format!("&subject_id={alice}&outcome=success"),
            Box::new(|row| row["subject_id"] == alice && row["outcome"] == json!("success")),
        ),
        (
            format!("&since={}", middle.as_str().unwrap()),
            Box::new(|row| row["created_at"].as_str() >= middle.as_str()),
        ),
        (
            format!("&until={}", middle.as_str().unwrap()),
            Box::new(|row| row["created_at"].as_str() < middle.as_str()),
        ),
    ];
    for (filter, wanted) in filters {
        let expected: Vec<_> = all.iter().filter(|row| wanted(row)).cloned().collect();
        assert!(!expected.is_empty(), "{filter}");
        for size in [1, 4, 100] {
            assert_eq!(walk(&keeper, &filter, size).await, expected, "{filter} by {size}");
        }
    }
}

/// Every row that `filter` finds, page by page.
async fn walk(keeper: &Client, filter: &str, size: usize) -> Vec<Value> {
    let (mut rows, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = keeper.get(&format!("{TRAIL}?page_size={size}{filter}{cursor}")).await;
        let data = page.assert_status(200).body["data"].as_array().unwrap().clone();
        assert!(data.len() <= size);
        rows.extend(data);
        let Some(next) = page.body["next_cursor"].as_str() else { break };
        assert_eq!(page.body["data"].as_array().unwrap().len(), size, "only the last page is short");
        cursor = format!("&cursor={next}");
    }
    let numbers: Vec<_> = rows.iter().map(|row| row["id"].as_i64().unwrap()).collect();
    assert!(numbers.is_sorted_by(|one, next| one > next), "newest first, none twice: {numbers:?}");
    rows
}

/// S58: there is no operation for it, and none that reads the trail writes to it; a member does not even read, and that
/// is told.
async fn nobody_changes_the_trail(backend: Backend) {
    let app = TestApp::start(backend).await;
    let (alice, keeper) = (app.signed_in("alice").await, app.admin().await);
    let before = walk(&keeper, "", 100).await;
    let row = format!("{TRAIL}/{}", before[0]["id"]);
    for caller in [&keeper, &alice, &app.anonymous()] {
        for method in [Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
            let request = caller.request(method.clone(), TRAIL).json(&json!({ "outcome": "success" }));
            caller.send(request).await.assert_error(405, "method_not_allowed");
            let request = caller.request(method, &row).json(&json!({ "outcome": "success" }));
            caller.send(request).await.assert_error(404, "not_found");
        }
    }
    for named in ["x-http-method-override", "x-method-override", "x-http-method"] {
        let request = keeper.request(Method::POST, TRAIL).header(named, "DELETE");
        keeper.send(request).await.assert_error(405, "method_not_allowed");
    }
    alice.get(TRAIL).await.assert_error(403, "forbidden");
    app.anonymous().get(TRAIL).await.assert_error(401, "authentication_required");
    let denied = told(&keeper, "event=access.denied", 1).await;
    let [row] = denied.as_slice() else { panic!("{denied:?}") };
    assert_eq!((&row["actor_id"], &row["outcome"]), (&alice.user["id"], &json!("failure")));
    let after = walk(&keeper, "", 100).await;
    let kept: BTreeSet<_> = after.iter().map(Value::to_string).collect();
    assert!(before.iter().all(|row| kept.contains(&row.to_string())), "a row is gone or changed");
    assert_eq!(after.len(), before.len() + 1);
}
