//! Who may keep which page.

use reqwest::Method;

use crate::harness::{Backend, Page, TestApp, Visitor};

on_both!(
    what_strangers_see_is_kept_and_asked_for_again,
    what_is_somebodys_is_kept_by_nobody,
    an_address_that_looks_like_a_file_is_none,
    head_is_get_without_the_page,
);

/// Pages without a form.
const PUBLIC: [&str; 4] = ["/", "/privacy", "/signup/sent", "/blog"];

async fn with_tag(visitor: &Visitor, path: &str, tag: &str) -> Page {
    visitor.send(visitor.request(Method::GET, path).header("if-none-match", tag)).await
}

async fn what_strangers_see_is_kept_and_asked_for_again(backend: Backend) {
    let app = TestApp::start(backend).await;
    app.member("alice").await;
    for path in PUBLIC {
        let (first, second) = (app.visitor().get(path).await, app.visitor().get(path).await);
        first.assert_status(200);
        assert_eq!(first.text, second.text, "{path} is the same for all strangers");
        let tag = first.header("etag").unwrap();
        assert_eq!(second.header("etag"), Some(tag));
        assert_eq!((first.header("cache-control"), first.header("vary")), (Some("no-cache"), Some("Cookie")));
        for known in [tag, &format!("W/{tag}"), &format!("\"x\", {tag}"), "*"] {
            let again = with_tag(&app.visitor(), path, known).await;
            assert_eq!((again.status, again.text.as_str()), (304, ""), "{path} {known}");
            assert_eq!((again.header("etag"), again.header("vary")), (Some(tag), Some("Cookie")));
        }
        for unknown in ["\"x\"", "", &tag[1..], "W/\"\""] {
            with_tag(&app.visitor(), path, unknown).await.assert_status(200);
        }
    }
}

/// S51: to whoever is signed in, and to whoever was, a page is not to be kept, and a stranger's tag says nothing of it. What
/// sets a cookie is kept by nobody, which the visitor of these tests looks at in every answer.
async fn what_is_somebodys_is_kept_by_nobody(backend: Backend) {
    let app = TestApp::start_with(backend, &["--sessions-per-user", "5"]).await;
    let (alice, stranger) = (app.visitor_signed_in("alice").await, app.visitor());
    for path in PUBLIC {
        let tag = stranger.get(path).await.header("etag").unwrap().to_owned();
        let own = with_tag(&alice, path, &tag).await;
        own.assert_status(200);
        assert_eq!((own.header("cache-control"), own.header("etag")), (Some("no-store"), None), "{path}");
        assert!(own.text.contains("alice"));
        let was = app.visitor();
        was.set_cookie("vestibule", &"0".repeat(64));
        let page = with_tag(&was, path, &tag).await;
        page.assert_status(200);
        assert_eq!(page.header("cache-control"), Some("no-store"), "{path} takes the cookie away");
        assert!(page.headers.contains_key("set-cookie"));
    }
    for path in
        ["/login", "/signup", "/profile", "/profile/sessions", "/profile/password", "/nothing", "/admin"]
    {
        for visitor in [&alice, &stranger] {
            let page = visitor.get(path).await;
            assert_eq!(
                (page.header("cache-control"), page.header("etag")),
                (Some("no-store"), None),
                "{path}"
            );
        }
    }
    let stale = app.visitor();
    stale.set_cookie("vestibule", &"0".repeat(64));
    let led = stale.get("/profile").await;
    led.assert_leads_to("/login");
    assert_eq!(led.header("cache-control"), Some("no-store"));
}

/// S51: a cache that keeps what ends like a file finds no page to keep.
async fn an_address_that_looks_like_a_file_is_none(backend: Backend) {
    let app = TestApp::start(backend).await;
    let alice = app.visitor_signed_in("alice").await;
    for path in [
        "/profile/x.css",
        "/profile.css",
        "/profile/.css",
        "/profile;x.css",
        "/profile%2fx.css",
        "/profile%3fx.css",
        "/profile/sessions/x.js",
        "/profile%00.css",
        "/profile/..%2fx.png",
        "/login/x.css",
        "/admin/x.css",
        "//profile",
        "/profile/",
        "/PROFILE",
    ] {
        let page = alice.get(path).await;
        // A slash behind a page leads to the page, and shows nothing.
        let expected = if path == "/profile/" { 308 } else { 404 };
        assert_eq!(page.status, expected, "{path}: {}", page.text);
        assert!(!page.text.contains("alice"), "{path}: {}", page.text);
        assert_eq!(page.header("cache-control"), Some("no-store"), "{path}");
    }
}

/// S72.
async fn head_is_get_without_the_page(backend: Backend) {
    let app = TestApp::start(backend).await;
    let (alice, stranger) = (app.visitor_signed_in("alice").await, app.visitor());
    stranger.csrf().await;
    for path in ["/", "/privacy", "/login", "/signup", "/profile", "/admin", "/nothing"] {
        for visitor in [&alice, &stranger] {
            let get = visitor.get(path).await;
            let head = visitor.send(visitor.request(Method::HEAD, path)).await;
            assert_eq!((head.status, head.text.as_str()), (get.status, ""), "{path}");
            for name in
                ["content-type", "content-length", "etag", "cache-control", "vary", "location", "set-cookie"]
            {
                assert_eq!(head.header(name), get.header(name), "{name} of {path}");
            }
        }
    }
}
