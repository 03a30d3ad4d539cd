//! The two cookies: what they look like, how long they live, and what they open.

use std::time::Duration;

use reqwest::Method;

use crate::harness::{Backend, Page, TestApp, Visitor, given};

on_both!(
    cookies_live_as_long_as_what_they_open,
    by_https_cookies_are_held_to_it_by_their_name,
    two_cookies_of_one_name_open_nothing,
    what_is_no_cookie_of_ours_opens_nothing,
    a_cookie_opens_pages_and_nothing_of_the_api,
);

fn set_cookies(page: &Page) -> Vec<String> {
    page.headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap().to_owned()).collect()
}

/// S52: the browser forgets the session when the server does; a visit ends with the browser.
async fn cookies_live_as_long_as_what_they_open(backend: Backend) {
    let app = TestApp::start_with(backend, &["--access-token-ttl", "2h"]).await;
    app.member("alice").await;
    let alice = app.visitor();
    let visit = alice.get("/login").await;
    assert_eq!(set_cookies(&visit).len(), 1);
    assert!(
        set_cookies(&visit)[0].starts_with("vestibule-visit=") && !set_cookies(&visit)[0].contains("Max-Age")
    );
    assert_eq!(set_cookies(&alice.get("/login").await), [""; 0], "one visit is one cookie");
    let signed_in = alice.sign_in_with("alice", given::PASSWORD).await;
    let set = set_cookies(&signed_in);
    assert!(set[0].starts_with("vestibule=") && set[0].contains("; Max-Age=7200"), "{set:?}");
    assert!(set[1].starts_with("vestibule-visit=; ") && set[1].contains("Max-Age=0"), "{set:?}");
    assert_eq!(set_cookies(&alice.get("/profile").await), [""; 0]);
    app.clock.advance(Duration::from_mins(119));
    assert!(alice.is_signed_in().await);
    app.clock.advance(Duration::from_mins(2));
    let late = alice.get("/profile").await;
    late.assert_leads_to("/login");
    assert_eq!((set_cookies(&late).len(), alice.session()), (1, None), "{:?}", set_cookies(&late));
}

/// S52: the visitor of these tests looks at every cookie of every answer; here they are those of https.
async fn by_https_cookies_are_held_to_it_by_their_name(backend: Backend) {
    let app = TestApp::start_with(backend, &["--public-url", "https://accounts.example"]).await;
    app.member("alice").await;
    let alice = app.visitor();
    // Those without the prefix could come from a neighbour.
    alice.set_cookie("vestibule", &"0".repeat(64));
    alice.sign_in("alice").await;
    assert!(alice.is_signed_in().await);
    assert!(alice.cookie("__Host-vestibule").is_some_and(|session| session.len() == 64));
    assert_eq!(alice.cookie("__Host-vestibule-visit"), None);
    let session = alice.cookie("__Host-vestibule").unwrap();
    alice.clear_cookies();
    alice.set_cookie("vestibule", &session);
    assert!(!alice.is_signed_in().await);
    alice.set_cookie("__Host-vestibule", &session);
    alice.sign_out().await.assert_leads_to("/");
    assert_eq!(alice.cookie("__Host-vestibule"), None);
}

async fn with_cookies(visitor: &Visitor, headers: &[String]) -> Page {
    let request = visitor.request(Method::GET, "/");
    let request = headers.iter().fold(request, |request, header| request.header("cookie", header));
    visitor.send(request).await
}

/// Nobody knows which of them the browser got from us.
async fn two_cookies_of_one_name_open_nothing(backend: Backend) {
    let app = TestApp::start(backend).await;
    let session = app.visitor_signed_in("alice").await.session().unwrap();
    let (stranger, zeros) = (app.visitor(), "0".repeat(64));
    let alone = with_cookies(&stranger, &[format!("a=b; vestibule={session}; c")]).await;
    assert!(alone.has("form[action='/logout']"));
    for headers in [
        &[format!("vestibule={session}; vestibule={zeros}")][..],
        &[format!("vestibule={zeros}; vestibule={session}")],
        &[format!("vestibule={session}; vestibule={session}")],
        &[format!("vestibule={session}"), format!("vestibule={zeros}")],
        &[format!("vestibule={session}; vestibule=")],
    ] {
        let page = with_cookies(&stranger, headers).await;
        page.assert_status(200);
        assert!(!page.has("form[action='/logout']"), "{headers:?}");
    }
}

async fn what_is_no_cookie_of_ours_opens_nothing(backend: Backend) {
    let app = TestApp::start(backend).await;
    let session = app.visitor_signed_in("alice").await.session().unwrap();
    let stranger = app.visitor();
    let long = "a".repeat(5000);
    for value in [
        &session[1..],
        &format!("{session}0"),
        &session.to_uppercase(),
        &format!("\"{session}\""),
        &format!("{session},{session}"),
        "' or 1=1 --",
        "",
        &long,
        "a.b.c",
        "vrt_x",
    ] {
        let page = with_cookies(&stranger, &[format!("vestibule={value}; vestibule-visit={value}")]).await;
        page.assert_status(200);
        assert!(!page.has("form[action='/logout']"), "{value}");
    }
    for name in ["Vestibule", "vestibule ", "__Host-vestibule", "session", "sessionid"] {
        let page = with_cookies(&stranger, &[format!("{name}={session}")]).await;
        assert!(!page.has("form[action='/logout']"), "{name}");
    }
}

/// S73, S19: with a cookie alone the API knows nobody; with a bearer, too, the bearer counts and the cookie does not.
async fn a_cookie_opens_pages_and_nothing_of_the_api(backend: Backend) {
    let app = TestApp::start_with(backend, &["--sessions-per-user", "5"]).await;
    let (alice, bob) = (app.visitor_signed_in("alice").await, app.signed_in("bobby").await);
    for (method, path) in [
        (Method::GET, "/api/auth/profile"),
        (Method::POST, "/api/auth/logout"),
        (Method::DELETE, "/api/auth/account"),
        (Method::GET, "/api/auth/export"),
        (Method::POST, "/api/posts"),
        (Method::GET, "/auth/me"),
    ] {
        let request = alice.request(method.clone(), path).header("content-type", "application/json");
        let answer = alice.send(request.body("{}")).await;
        assert_eq!(answer.status, 401, "{method} {path}: {}", answer.text);
    }
    assert!(alice.is_signed_in().await);
    let both = alice.request(Method::GET, "/api/auth/profile").bearer_auth(bob.token.as_ref().unwrap());
    let answer = alice.send(both).await;
    answer.assert_status(200);
    assert!(answer.text.contains("\"bobby\""), "{}", answer.text);
    let wrong = alice.request(Method::GET, "/api/auth/profile").bearer_auth("0".repeat(64));
    assert_eq!(alice.send(wrong).await.status, 401, "a cookie mends no bearer");
    // The other way round a bearer opens no page.
    let stranger = app.visitor();
    let request = stranger.request(Method::GET, "/profile").bearer_auth(bob.token.as_ref().unwrap());
    stranger.send(request).await.assert_leads_to("/login");
}
