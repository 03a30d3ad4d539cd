//! Where one is led after signing in: nowhere but on this site.

use reqwest::Method;
use url::Url;

use super::pages;
use crate::harness::{Backend, TestApp, given, raw};

on_both!(
    no_target_leads_away,
    a_stranger_comes_back_to_where_they_wanted_to_be,
    a_page_is_found_with_a_slash_behind_it,
);

/// Ways out that have worked elsewhere: schemes, hosts, user names, slashes of all kinds, controls, encodings, full-width and
/// other characters that browsers or programs take for slashes and dots.
const PAYLOADS: [&str; 66] = [
    "https://evil.example",
    "http://evil.example/",
    "HTTPS://evil.example",
    "https:evil.example",
    "https:/evil.example",
    "https:///evil.example",
    "http:evil.example",
    "//evil.example",
    "///evil.example",
    "////evil.example",
    "//evil.example/%2f..",
    "///evil.example/..",
    "//evil%E3%80%82example",
    "//evil.example:80",
    "//user@evil.example",
    "//own.example@evil.example",
    "//[::1]",
    "//2130706433",
    "/\\evil.example",
    "/\\/evil.example",
    "\\/evil.example",
    "\\\\evil.example",
    "\\evil.example",
    "/\\\\evil.example",
    "/\\\t/evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "/\r/evil.example",
    "/\r\n/evil.example",
    "\t//evil.example",
    " //evil.example",
    "\u{a0}//evil.example",
    "\u{feff}//evil.example",
    "\u{2028}//evil.example",
    "/\u{200b}/evil.example",
    "/\u{2044}evil.example",
    "/\u{ff0f}evil.example",
    "\u{ff0f}\u{ff0f}evil.example",
    "/\u{2215}/evil.example",
    "/\u{3002}evil.example",
    "//evil\u{3002}example",
    "//\u{435}vil.example",
    "//xn--vil-qdd.example",
    "/\u{7f}/evil.example",
    "/ /evil.example",
    "evil.example",
    "evil.example/login",
    "@evil.example",
    ".evil.example",
    ":80",
    ":@evil.example",
    "?redirect=//evil.example",
    "#//evil.example",
    "javascript:alert(1)",
    "java\tscript:alert(1)",
    "JaVaScRiPt://evil.example/%0aalert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:msgbox(1)",
    "blob:https://evil.example/1",
    "file:///etc/passwd",
    "mailto:evil@example.org",
    "ftp://evil.example",
    "view-source:https://evil.example",
    "/\u{0130}",
    "/a b",
    "",
];

/// What is a path of this site, however it looks: browsers decode no path before they ask for it.
const LOCAL: [&str; 9] = [
    "/blog/new?a=b#c",
    "/%2f/evil.example",
    "/%2fevil.example",
    "/%5cevil.example",
    "/%09/evil.example",
    "/%0d%0aSet-Cookie:x=y",
    "/.evil.example",
    "/https://evil.example",
    "/..//evil.example",
];

/// S31: in the address and in the form, of both pages that know such a field, and for whoever is signed in already.
async fn no_target_leads_away(backend: Backend) {
    let app = TestApp::start_with(backend, &["--sessions-per-user", "1000"]).await;
    app.member("alice").await;
    let stranger = app.visitor();
    let alice = app.visitor_signed_in("alice").await;
    let csrf = alice.csrf().await;
    let too_long = format!("/{}", "x".repeat(1024));
    let all = PAYLOADS.iter().chain(&LOCAL).copied().chain([&*too_long]);
    for target in all {
        let query: String = url::form_urlencoded::byte_serialize(target.as_bytes()).collect();
        let expected = if LOCAL.contains(&target) { target } else { "/" };
        for page in ["/login", "/signup"] {
            let shown = stranger.get(&format!("{page}?redirect={query}")).await;
            let form = shown.form(page);
            let kept = if form.has("redirect") { form.value("redirect") } else { "/" };
            assert_eq!(kept, expected, "{page} keeps {target:?}");
            let led = alice.get(&format!("{page}?redirect={query}")).await.assert_status(303).location();
            assert_eq!(led, expected, "{page} leads {target:?}");
        }
        let fields = [("csrf", &*csrf), ("redirect", target), ("username", "bob"), ("password", "x")];
        let shown = alice.post("/login", &fields).await;
        let form = shown.assert_status(401).form("/login");
        assert_eq!(if form.has("redirect") { form.value("redirect") } else { "/" }, expected, "{target:?}");
        assert_stays(app.base(), expected);
    }
    for target in PAYLOADS.iter().step_by(3).chain(&LOCAL) {
        let visitor = app.visitor();
        let csrf = visitor.csrf().await;
        let fields =
            [("csrf", &*csrf), ("redirect", target), ("username", "alice"), ("password", given::PASSWORD)];
        let led = visitor.post("/login", &fields).await;
        assert_eq!(led.assert_status(303).location(), if LOCAL.contains(target) { target } else { "/" });
    }
}

/// As a browser reads it.
fn assert_stays(base: &str, target: &str) {
    let base = Url::parse(base).unwrap();
    let led = base.join("/login").unwrap().join(target).unwrap();
    assert_eq!(led.origin(), base.origin(), "{target:?}");
}

async fn a_stranger_comes_back_to_where_they_wanted_to_be(backend: Backend) {
    let app = TestApp::start(backend).await;
    app.member("alice").await;
    let visitor = app.visitor();
    let asked = visitor.get("/profile/sessions?page=%2F%2Fx&y=a+b").await;
    asked.assert_leads_to("/login");
    let page = asked.follow().await;
    assert!(page.text.contains("right after"), "it is said why: {}", page.text);
    // Not lost by a slip.
    let page = page.form("/login").fill("username", "alice").fill("password", "not this one").send().await;
    let form = page.assert_status(401).form("/login").fill("password", given::PASSWORD);
    assert_eq!(form.send().await.location(), "/profile/sessions?page=%2F%2Fx&y=a+b");
    // What was sent cannot be sent again by a link.
    let stranger = app.visitor();
    assert_eq!(stranger.post("/profile", &[]).await.location(), "/login");
}

/// Whatever people or programs put behind a page's address; nobody has to be signed in to be told so.
async fn a_page_is_found_with_a_slash_behind_it(backend: Backend) {
    let app = TestApp::start(backend).await;
    let given = pages::furnish(&app).await;
    let (visitor, mut count) = (app.visitor(), 0);
    for place in pages::all(&given).into_iter().filter(|place| place.status == 200 && place.route != "/") {
        let (path, query) = place.address.split_once('?').unwrap_or((&place.address, "x=/&y=%2F+%C3%A9"));
        for method in [Method::GET, Method::HEAD] {
            let led = visitor.send(visitor.request(method, &format!("{path}/?{query}"))).await;
            assert_eq!(led.assert_status(308).location(), format!("{path}?{query}"), "{place:?}");
        }
        assert_eq!(visitor.get(&format!("{path}/")).await.location(), path);
        count += 1;
    }
    assert!(count > 30, "{count} pages");
    // What is no page that is looked at leads nowhere.
    for path in ["/nowhere/", "/logout/", "/blog/preview/more/", "/blog//", "/login/x/"] {
        visitor.get(path).await.assert_status(404);
    }
    for path in ["/contact/", "/login/"] {
        visitor.post(path, &[]).await.assert_status(404);
    }
    let program = app.anonymous();
    for path in ["/api/", "/api/posts/", "/health/", "/health/live/", "/redoc/", "/openapi.json/", "/media/"]
    {
        program.get(path).await.assert_error(404, "not_found");
    }
}

/// S31: a slash too many in front of an address is never left over for a host.
#[test]
fn no_slash_behind_an_address_leads_away() {
    crate::harness::run(async {
        let app = TestApp::start(Backend::Sqlite).await;
        for path in [
            "//",
            "//evil.example/",
            "///evil.example/",
            "//blog/",
            "/\\evil.example/",
            "/\\/evil.example/",
            "/%2fevil.example/",
            "/blog/..//evil.example/",
        ] {
            let head = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
            let answer = raw::Request::bytes(app.address(), head).send().unwrap();
            assert!(matches!(answer.status, 400 | 404), "{path}: {}", answer.status);
            assert_eq!(answer.header("location"), None, "{path}");
        }
        // Whatever host is asked for, the way leads to a path.
        let head = "GET http://localhost/blog/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
        let answer = raw::Request::bytes(app.address(), head).send().unwrap();
        assert_eq!((answer.status, answer.header("location")), (308, Some("/blog")));
    });
}
