//! Signing in and out by the pages.

use std::time::Duration;

use serde_json::json;

use crate::accounts::{count, suspend};
use crate::harness::database::TestDatabase;
use crate::harness::{Backend, TestApp, Visitor, given, run};

on_both!(
    a_name_or_an_address_signs_in,
    a_wrong_password_reads_like_an_unknown_name,
    what_is_missing_is_said_at_its_field,
    a_suspended_or_unproven_account_is_told_so_after_the_right_password,
    a_cookie_that_was_brought_along_is_never_adopted,
    whoever_signs_in_again_ends_the_session_before,
    a_suspended_person_is_out_at_once,
    a_demoted_admin_is_out_of_the_dashboard_at_once,
    pages_and_api_count_tries_together,
    signing_out_ends_the_session,
    the_button_of_an_old_page_signs_out_all_the_same,
    a_broken_database_signs_nobody_out,
    strangers_with_random_cookies_leave_nothing,
);

const SENTENCE: &str = "That name and that password do not belong together.";

/// Home for members, the dashboard for those who have one; whoever is signed in is not asked again.
async fn a_name_or_an_address_signs_in(backend: Backend) {
    let app = TestApp::start(backend).await;
    app.member("alice").await;
    for name in ["alice", "ALICE", " alice ", "alice@example.org"] {
        let visitor = app.visitor();
        assert!(!visitor.is_signed_in().await);
        visitor.sign_in_with(name, given::PASSWORD).await.assert_leads_to("/");
        assert!(visitor.is_signed_in().await, "{name}");
    }
    let keeper = app.visitor();
    keeper.sign_in_with("keeper", given::PASSWORD).await.assert_leads_to("/admin");
    keeper.get("/login").await.assert_leads_to("/");
    keeper.get("/login?redirect=/profile").await.assert_leads_to("/profile");
    keeper.get("/signup").await.assert_leads_to("/");
}

async fn a_wrong_password_reads_like_an_unknown_name(backend: Backend) {
    let app = TestApp::start(backend).await;
    app.member("alice").await;
    let visitor = app.visitor();
    let mut pages = Vec::new();
    for name in ["alice", "bobby"] {
        let page = visitor.sign_in_with(name, "not this one").await;
        page.assert_status(401);
        assert_eq!(page.texts(".faults li"), [SENTENCE]);
        let form = page.form("/login");
        assert_eq!((form.value("username"), form.value("password")), (name, ""));
        assert!(!page.text.contains("not this one"));
        assert!(page.header("www-authenticate").is_some());
        pages.push(page.text.replace(name, "somebody"));
    }
    assert_eq!(pages[0], pages[1]);
    assert_eq!(visitor.session(), None);
    // The form that came back is as good as the first.
    let form = visitor.sign_in_with("alice", "not this one").await.form("/login");
    form.fill("password", given::PASSWORD).send().await.assert_leads_to("/");
}

async fn what_is_missing_is_said_at_its_field(backend: Backend) {
    let app = TestApp::start(backend).await;
    let page = app.visitor().sign_in_with(" ", "").await;
    page.assert_status(422);
    assert_eq!(page.fault("username"), "Say who you are first.");
    assert_eq!(page.fault("password"), "Your password is missing.");
    let page = app.visitor().sign_in_with("alice", &"x".repeat(1025)).await;
    page.assert_status(422);
    assert_ne!(page.fault("password"), "");
}

async fn a_suspended_or_unproven_account_is_told_so_after_the_right_password(backend: Backend) {
    let app = TestApp::start_with(backend, &["--email-verification", "required"]).await;
    let stranger = app.anonymous();
    for name in ["alice", "bobby"] {
        stranger.post("/api/auth/register", given::registration(name)).await.assert_status(202);
    }
    suspend(&app.database, "bobby");
    for (name, word) in [("alice", "not confirmed"), ("bobby", "suspended")] {
        let page = app.visitor().sign_in_with(name, given::PASSWORD).await;
        page.assert_status(403);
        assert!(page.faults().contains(word), "{}", page.faults());
        assert_eq!(app.visitor().sign_in_with(name, "not this one").await.texts(".faults li"), [SENTENCE]);
    }
}

/// S20: whatever session and visit a browser brings along, what it leaves with is new, and so are the tokens of its forms.
async fn a_cookie_that_was_brought_along_is_never_adopted(backend: Backend) {
    let app = TestApp::start(backend).await;
    app.member("alice").await;
    let chosen = "0123456789abcdef".repeat(4);
    let visitor = app.visitor();
    visitor.set_cookie("vestibule", &chosen);
    visitor.set_cookie("vestibule-visit", &chosen);
    let form = visitor.get("/login").await.form("/login");
    let before = form.value("csrf").to_owned();
    form.fill("username", "alice").fill("password", given::PASSWORD).send().await.assert_leads_to("/");
    let session = visitor.session().unwrap();
    assert_ne!(session, chosen);
    assert_eq!(visitor.cookie("vestibule-visit"), None, "the visit ended");
    assert_ne!(visitor.csrf().await, before);
    let attacker = app.visitor();
    attacker.set_cookie("vestibule", &chosen);
    assert!(!attacker.is_signed_in().await);
}

/// S20: somebody else who signs in in the same browser leaves nothing of the session before, and other forms.
async fn whoever_signs_in_again_ends_the_session_before(backend: Backend) {
    let app = TestApp::start(backend).await;
    app.member("bobby").await;
    let visitor = app.visitor_signed_in("alice").await;
    let (former, before) = (visitor.session().unwrap(), visitor.csrf().await);
    let refused = [("username", "bobby"), ("password", "not this one"), ("csrf", &*before)];
    visitor.post("/login", &refused).await.assert_status(401);
    assert_eq!(visitor.session().as_ref(), Some(&former), "who mistypes stays who they were");
    assert!(visitor.is_signed_in().await);
    let fields = [("username", "bobby"), ("password", given::PASSWORD), ("csrf", &*before)];
    visitor.post("/login", &fields).await.assert_leads_to("/");
    assert_ne!(visitor.session().unwrap(), former);
    assert_ne!(visitor.csrf().await, before);
    app.anonymous().with_token(&former).get("/api/auth/profile").await.assert_status(401);
    assert_eq!(count(&app.database, "select count(*) from sessions"), 1);
    let trail = "select count(*) from audit_events where event = 'session.signed_out'";
    assert!(count(&app.database, trail) <= 1);
}

/// S22: the next page of a suspended person is the one where people sign in, and their cookie is gone.
async fn a_suspended_person_is_out_at_once(backend: Backend) {
    let app = TestApp::start(backend).await;
    let (alice, keeper) = (app.visitor_signed_in("alice").await, app.admin().await);
    let csrf = alice.csrf().await;
    let id = app.database.sql("select id from users where username = 'alice'");
    keeper.post(&format!("/api/users/{id}/suspend"), json!({})).await.assert_status(200);
    let sent = alice.post("/profile", &[("csrf", &csrf), ("nickname", "al")]).await;
    assert!(sent.status == 303 && sent.location() == "/login", "{}: {}", sent.status, sent.text);
    assert_eq!(count(&app.database, "select count(*) from users where nickname = 'al'"), 0);
    assert_eq!(alice.session(), None, "the cookie is of no use");
    let asked = alice.get("/profile?x=1").await;
    assert_eq!(asked.location(), "/login?redirect=%2Fprofile%3Fx%3D1");
    assert!(!alice.is_signed_in().await);
}

/// S22: rights are read with the session.
async fn a_demoted_admin_is_out_of_the_dashboard_at_once(backend: Backend) {
    let app = TestApp::start_with(backend, &["--sessions-per-user", "5"]).await;
    let keeper = app.admin().await;
    let alice = app.visitor_signed_in("alice").await;
    let id = app.database.sql("select id from users where username = 'alice'");
    let path = format!("/api/users/{id}/roles");
    keeper.put(&path, json!({ "roles": ["admin"] })).await.assert_status(200);
    alice.get("/admin").await.assert_status(200);
    keeper.put(&path, json!({ "roles": ["member"] })).await.assert_status(200);
    let refused = alice.get("/admin").await;
    refused.assert_status(403);
    assert!(alice.is_signed_in().await, "she is still somebody");
}

/// S37: whoever used up the tries at one face has none at the other; the page says when to come back.
async fn pages_and_api_count_tries_together(backend: Backend) {
    let app = TestApp::start_with(backend, &["--rate-limits", "on"]).await;
    app.member("alice").await;
    let (stranger, visitor) = (app.anonymous(), app.visitor());
    let wrong = json!({ "username": "alice", "password": "not this one" });
    for _ in 0..5 {
        stranger.post("/api/auth/login", wrong.clone()).await.assert_error(401, "invalid_credentials");
        visitor.sign_in_with("alice", "not this one").await.assert_status(401);
    }
    let refused = visitor.sign_in_with("alice", given::PASSWORD).await;
    refused.assert_status(429);
    assert_eq!(refused.heading(), "Too many attempts");
    assert!(refused.header("retry-after").unwrap().parse::<u32>().unwrap() > 0);
    assert!(!refused.text.contains(given::PASSWORD));
    stranger
        .post("/api/auth/login", given::credentials("alice"))
        .await
        .assert_error(429, "too_many_requests");
}

async fn signing_out_ends_the_session(backend: Backend) {
    let app = TestApp::start(backend).await;
    let alice = app.visitor_signed_in("alice").await;
    let session = alice.session().unwrap();
    app.anonymous().with_token(&session).get("/api/auth/profile").await.assert_status(200);
    let gone = alice.sign_out().await;
    assert_eq!(gone.location(), "/?done=signed-out");
    assert_eq!(gone.header("clear-site-data"), Some("\"cache\""));
    assert_eq!(gone.follow().await.texts(".notice"), ["You are signed out."]);
    assert_eq!((alice.session(), alice.is_signed_in().await), (None, false));
    app.anonymous().with_token(&session).get("/api/auth/profile").await.assert_status(401);
    // The cookie brought back opens nothing.
    alice.set_cookie("vestibule", &session);
    alice.get("/profile").await.assert_leads_to("/login");
    let link = alice.get("/logout").await;
    link.assert_status(405);
    assert_eq!(link.header("allow"), Some("POST"));
}

/// There is nothing left to end, and nobody is bothered with a form that is out of date.
async fn the_button_of_an_old_page_signs_out_all_the_same(backend: Backend) {
    let app = TestApp::start(backend).await;
    let alice = app.visitor_signed_in("alice").await;
    let form = alice.get("/").await.form("/logout");
    app.clock.advance(Duration::from_hours(13));
    form.send().await.assert_leads_to("/");
    assert_eq!(alice.session(), None);
}

/// S45: what the database does not say is not taken for a no; the cookie stays, and is good again when it can be asked.
async fn a_broken_database_signs_nobody_out(backend: Backend) {
    let app = TestApp::start_with(backend, &["--session-cache-ttl", "0s"]).await;
    let alice = app.visitor_signed_in("alice").await;
    app.database.sql("alter table sessions rename to sessions_elsewhere");
    for path in ["/", "/profile", "/login", "/blog", "/privacy"] {
        let page = alice.get(path).await;
        page.assert_status(500);
        assert_eq!(page.heading(), "Something went wrong here", "{path}");
        assert!(
            !page.headers.contains_key("set-cookie") && !page.text.contains("sessions_elsewhere"),
            "{path}"
        );
    }
    app.database.sql("alter table sessions_elsewhere rename to sessions");
    assert!(alice.is_signed_in().await);
}

/// S45, F2: while PostgreSQL is away every page is a 503, to strangers and members alike, and none leads to the sign-in.
#[test]
fn a_database_that_is_away_signs_nobody_out() {
    run(async {
        let app = TestApp::start_on(TestDatabase::on_own_postgres(), &["--session-cache-ttl", "0s"]).await;
        let alice = app.visitor_signed_in("alice").await;
        let csrf = alice.csrf().await;
        let postgres = app.database.own_postgres();
        postgres.stop_immediately();
        let stranger = app.visitor();
        for visitor in [&alice, &stranger] {
            let page = visitor.get("/").await;
            page.assert_status(503);
            assert_eq!(page.heading(), "Not just now");
        }
        for path in ["/profile", "/admin", "/login"] {
            alice.get(path).await.assert_status(503);
        }
        let session = alice.session();
        alice.post("/logout", &[("csrf", &csrf)]).await.assert_status(503);
        let fields = [("csrf", &*csrf), ("username", "alice"), ("password", given::PASSWORD)];
        alice.post("/login", &fields).await.assert_status(503);
        assert!(session.is_some() && alice.session() == session, "no answer took the cookie");
        postgres.start();
        assert!(is_back(&alice).await, "still signed in");
    });
}

async fn is_back(visitor: &Visitor) -> bool {
    for _ in 0..100 {
        let page = visitor.get("/").await;
        if page.status == 200 {
            return page.has("form[action='/logout']");
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    false
}

/// S90: a stranger's visit is a cookie and nothing else, whatever they bring.
async fn strangers_with_random_cookies_leave_nothing(backend: Backend) {
    let app = TestApp::start(backend).await;
    app.member("alice").await;
    let tables = ["users", "sessions", "refresh_tokens", "known_clients", "audit_events", "submissions"];
    let rows = || tables.map(|table| count(&app.database, &format!("select count(*) from {table}")));
    let before = rows();
    let visitor = app.visitor();
    for n in 0_u64..500 {
        visitor.set_cookie("vestibule", &format!("{n:064x}"));
        visitor.set_cookie("vestibule-visit", &format!("{:064x}", n * 7));
        let path = ["/", "/login", "/privacy", "/nothing"][usize::try_from(n % 4).unwrap()];
        let page = visitor.get(path).await;
        assert!(page.status == 200 || page.status == 404, "{}", page.text);
    }
    assert_eq!(rows(), before);
}
