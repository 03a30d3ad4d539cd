//! Where one is signed in, on a page.

use reqwest::Method;

use crate::harness::visitor::{Page, Visitor};
use crate::harness::{Backend, TestApp, given};

on_both!(
    one_sees_where_one_is_signed_in,
    one_session_is_ended_by_its_button,
    a_session_of_somebody_else_is_like_none,
    all_others_or_all_are_ended_at_once,
    a_long_list_has_pages,
);

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0";
const IPHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like \
                      Gecko) Version/26.0 Mobile/15E148 Safari/604.1";

async fn many(backend: Backend) -> TestApp {
    TestApp::start_with(backend, &["--sessions-per-user", "50"]).await
}

/// Signs in from a browser that calls itself so.
async fn sign_in_with(visitor: &Visitor, name: &str, user_agent: &str) {
    let form = visitor.get("/login").await.form("/login").fill("username", name);
    let form = form.fill("password", given::PASSWORD);
    let request = visitor.request(Method::POST, "/login").header("sec-fetch-site", "same-origin");
    visitor.send(request.header("user-agent", user_agent).form(&form.pairs())).await.assert_status(303);
}

/// The rows, each as its words.
fn rows(page: &Page) -> Vec<String> {
    page.texts(".cards > li")
}

/// S64: device, address and time, and nothing that opens anything.
async fn one_sees_where_one_is_signed_in(backend: Backend) {
    let app = many(backend).await;
    app.member("alice").await;
    let (desk, phone, odd) = (app.visitor(), app.visitor(), app.visitor());
    sign_in_with(&desk, "alice", FIREFOX).await;
    sign_in_with(&phone, "alice", IPHONE).await;
    sign_in_with(&odd, "alice", "<script>alert(1)</script>").await;
    let page = desk.get("/profile/sessions").await;
    let found = rows(page.assert_status(200));
    assert_eq!(found.len(), 3, "{found:?}");
    let mut devices = page.texts(".cards h2 span:not(.badge)");
    devices.sort();
    assert_eq!(devices, ["Firefox on Linux", "Safari on an iPhone", "Something we do not know"]);
    let current: Vec<_> = found.iter().filter(|row| row.contains("this one")).collect();
    assert!(matches!(&current[..], [row] if row.contains("Firefox on Linux")), "{found:?}");
    assert!(found.iter().all(|row| row.contains("127.0.0.1") && row.contains(" UTC")), "{found:?}");
    assert!(page.attributes(".cards h2 span", "title").contains(&FIREFOX.to_owned()));
    assert!(!page.has("main script"), "{}", page.text);
    for visitor in [&desk, &phone, &odd] {
        assert!(!page.text.contains(&visitor.session().unwrap()));
    }
}

/// S64
async fn one_session_is_ended_by_its_button(backend: Backend) {
    let app = many(backend).await;
    app.member("alice").await;
    let (desk, phone) = (app.visitor(), app.visitor());
    sign_in_with(&desk, "alice", FIREFOX).await;
    sign_in_with(&phone, "alice", IPHONE).await;
    let page = desk.get("/profile/sessions").await;
    let place = rows(&page).iter().position(|row| row.contains("iPhone")).unwrap();
    let action = &page.attributes(".cards form", "action")[place];
    let ended = page.form(action).send().await.assert_leads_to("/profile/sessions").follow().await;
    assert_eq!((ended.words(".notice"), rows(&ended).len()), ("You are signed out there.".to_owned(), 1));
    assert!(!phone.is_signed_in().await && desk.is_signed_in().await);
    // The same button again, in a window that was open.
    page.form(action).send().await.assert_status(404);

    let out = ended.form(&ended.attribute(".cards form", "action").unwrap()).send().await;
    let login = out.assert_leads_to("/login").follow().await;
    assert_eq!(login.words(".notice"), "You are signed out.");
    assert_eq!(desk.session(), None);
    desk.get("/profile").await.assert_leads_to("/login");
}

/// S79, S64: the same answer to the byte, and it goes on.
async fn a_session_of_somebody_else_is_like_none(backend: Backend) {
    let app = many(backend).await;
    let (alice, bob) = (app.visitor_signed_in("alice").await, app.visitor_signed_in("bob").await);
    let foreign = bob.get("/profile/sessions").await.attribute(".cards form", "action").unwrap();
    let csrf = alice.csrf().await;
    let unknown = "/profile/sessions/01a00000-0000-7000-8000-000000000000/end";
    let mut answers = Vec::new();
    for path in [&*foreign, unknown, "/profile/sessions/1/end", "/profile/sessions/%27/end"] {
        let page = alice.post(path, &[("csrf", &csrf)]).await;
        page.assert_status(404);
        let id = page.header("x-request-id").unwrap();
        answers.push(page.text.replace(id, ""));
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    assert!(bob.is_signed_in().await);
}

/// S64
async fn all_others_or_all_are_ended_at_once(backend: Backend) {
    let app = many(backend).await;
    let bob = app.visitor_signed_in("bob").await;
    let (desk, phone) = (app.visitor_signed_in("alice").await, app.visitor_signed_in("alice").await);
    let api = app.anonymous().sign_in("alice").await;
    let page = desk.get("/profile/sessions").await;
    let ended = page.form("/profile/sessions/end-others").send().await.follow().await;
    assert_eq!(
        (ended.words(".notice"), rows(&ended).len()),
        ("You are signed out everywhere else.".to_owned(), 1)
    );
    assert!(desk.is_signed_in().await && !phone.is_signed_in().await);
    api.get("/api/auth/profile").await.assert_error(401, "invalid_token");
    let told =
        "select count(*) from audit_events where event = 'session.revoked' and detail = '2 other sessions'";
    assert_eq!(app.database.sql(told), "1");

    phone.sign_in("alice").await;
    let out = desk.get("/profile/sessions").await.form("/profile/sessions/end-all").send().await;
    let login = out.assert_leads_to("/login").follow().await;
    assert_eq!(login.words(".notice"), "You are signed out everywhere.");
    assert_eq!(desk.session(), None);
    assert!(!phone.is_signed_in().await && bob.is_signed_in().await);
}

/// S71: page by page, and a cursor that was touched leads nowhere.
async fn a_long_list_has_pages(backend: Backend) {
    let app = many(backend).await;
    let alice = app.visitor_signed_in("alice").await;
    for _ in 0..24 {
        app.anonymous().sign_in("alice").await;
    }
    let first = alice.get("/profile/sessions").await;
    assert_eq!((rows(&first).len(), first.count(".pager a")), (20, 1));
    let next = first.attribute(".pager a[rel=next]", "href").unwrap();
    let second = alice.get(&next).await;
    assert_eq!((rows(&second).len(), second.count(".pager a[rel=next]")), (5, 0));
    assert_eq!(second.attribute(".pager a", "href").as_deref(), Some("/profile/sessions"));
    let (one, other) =
        (first.attributes(".cards form", "action"), second.attributes(".cards form", "action"));
    assert!(one.iter().all(|action| !other.contains(action)));
    alice.get(&next.replace("cursor=", "cursor=0")).await.assert_status(404);
    alice.get("/profile/sessions?cursor=").await.assert_status(404);
}
