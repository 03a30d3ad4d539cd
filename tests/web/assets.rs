//! Styles, scripts and pictures of our own: small on the wire, kept for ever, and never another's.

use std::io::Read as _;

use reqwest::Method;

use crate::harness::visitor::{Page, Visitor};
use crate::harness::{Backend, Browser, TestApp};

on_both!(
    assets_are_kept_for_ever_under_a_name_that_changes_with_them,
    assets_come_in_the_form_a_client_takes,
    a_helper_for_others_keeps_its_plain_name,
    old_and_strange_names_are_not_there,
    assets_come_from_where_the_operator_has_them_cached,
);

/// Where a page finds its style sheet, scripts and icon.
async fn addresses(visitor: &Visitor) -> Vec<String> {
    let page = visitor.get("/login").await;
    let links = page.attributes("link[rel=stylesheet], link[rel=icon]", "href");
    links.into_iter().chain(page.attributes("script", "src")).collect()
}

async fn ask(app: &TestApp, address: &str, headers: &[(&str, &str)]) -> reqwest::Response {
    let url = format!("{}{address}", app.base());
    let request = reqwest::Client::builder().no_proxy().build().unwrap().get(url);
    headers.iter().fold(request, |request, (name, value)| request.header(*name, *value)).send().await.unwrap()
}

fn header<'a>(answer: &'a reqwest::Response, name: &str) -> Option<&'a str> {
    answer.headers().get(name).map(|value| value.to_str().unwrap())
}

/// S53
async fn assets_are_kept_for_ever_under_a_name_that_changes_with_them(backend: Backend) {
    let app = TestApp::start(backend).await;
    let visitor = app.visitor();
    let found = addresses(&visitor).await;
    assert_eq!(found.len(), 3, "{found:?}");
    for address in found {
        let (stem, rest) = address.rsplit_once('-').expect("a digest in the name");
        let (digest, ending) = rest.split_once('.').expect("an ending");
        assert!(stem.starts_with("/assets/"), "{address}");
        assert!(digest.len() >= 8 && digest.bytes().all(|byte| byte.is_ascii_hexdigit()), "{address}");
        let page = visitor.get(&address).await;
        page.assert_status(200);
        let kind = match ending {
            "css" => "text/css; charset=utf-8",
            "js" => "text/javascript; charset=utf-8",
            _ => "image/svg+xml; charset=utf-8",
        };
        assert_eq!(page.header("content-type"), Some(kind), "{address}");
        assert_eq!(page.header("cache-control"), Some("public, max-age=31536000, immutable"), "{address}");
        assert_eq!(page.header("vary"), Some("Accept-Encoding"), "{address}");
        assert_eq!(page.header("set-cookie"), None, "{address}");
        let tag = page.header("etag").expect("a tag").to_owned();
        let again = ask(&app, &address, &[("if-none-match", &format!("\"other\", {tag}"))]).await;
        assert_eq!((again.status().as_u16(), header(&again, "etag")), (304, Some(&*tag)), "{address}");
        assert_eq!(ask(&app, &address, &[("if-none-match", "\"other\"")]).await.status(), 200);
        let head = visitor.send(visitor.request(Method::HEAD, &address)).await;
        assert_eq!((head.status, head.text.len()), (200, 0), "{address}");
    }
}

async fn assets_come_in_the_form_a_client_takes(backend: Backend) {
    let app = TestApp::start(backend).await;
    let visitor = app.visitor();
    for address in addresses(&visitor).await {
        let plain = ask(&app, &address, &[("accept-encoding", "identity")]).await;
        assert_eq!(header(&plain, "content-encoding"), None);
        let plain = plain.bytes().await.unwrap();
        let mut sizes = vec![plain.len()];
        for (taken, expected) in [("gzip", "gzip"), ("gzip, deflate, br, zstd", "br")] {
            let packed = ask(&app, &address, &[("accept-encoding", taken)]).await;
            assert_eq!(header(&packed, "content-encoding"), Some(expected), "{address} for {taken}");
            assert_eq!(header(&packed, "vary"), Some("Accept-Encoding"));
            let tag = header(&packed, "etag").unwrap().to_owned();
            let bytes = packed.bytes().await.unwrap();
            assert_eq!(unpack(expected, &bytes), plain, "{address} by {expected}");
            sizes.push(bytes.len());
            // What is kept in one form is not taken for another.
            let other =
                ask(&app, &address, &[("accept-encoding", "identity"), ("if-none-match", &tag)]).await;
            assert_eq!(other.status(), 200, "{address}");
        }
        assert!(sizes.is_sorted_by(|larger, smaller| larger > smaller), "{address}: {sizes:?}");
    }
}

fn unpack(encoding: &str, bytes: &[u8]) -> Vec<u8> {
    let mut unpacked = Vec::new();
    match encoding {
        "br" => brotli::Decompressor::new(bytes, 4096).read_to_end(&mut unpacked),
        _ => flate2::read::GzDecoder::new(bytes).read_to_end(&mut unpacked),
    }
    .unwrap();
    unpacked
}

async fn a_helper_for_others_keeps_its_plain_name(backend: Backend) {
    let app = TestApp::start(backend).await;
    let visitor = app.visitor();
    let helper = visitor.get("/assets/auth.js").await;
    helper.assert_status(200);
    assert_eq!(helper.header("content-type"), Some("text/javascript; charset=utf-8"));
    assert_eq!(helper.header("cache-control"), Some("no-cache"));
    let tag = helper.header("etag").expect("a tag").to_owned();
    let again = ask(&app, "/assets/auth.js", &[("if-none-match", &format!("W/{tag}"))]).await;
    assert_eq!(again.status(), 304);
    let icon = visitor.get("/favicon.ico").await;
    icon.assert_status(302);
    let icon = visitor.get(&icon.location()).await;
    assert_eq!((icon.status, icon.header("content-type")), (200, Some("image/svg+xml; charset=utf-8")));
}

async fn old_and_strange_names_are_not_there(backend: Backend) {
    let app = TestApp::start(backend).await;
    let visitor = app.visitor();
    for name in [
        "style.css",
        "page.js",
        "style-0123456789abcdef.css",
        "",
        "../Cargo.toml",
        "%2e%2e/Cargo.toml",
        "style.css.br",
    ] {
        let page: Page = visitor.get(&format!("/assets/{name}")).await;
        page.assert_status(404);
        assert_eq!(page.header("cache-control"), Some("no-store"), "{name}");
    }
}

/// S25, S93: the operator's own cache is the one other place, allowed by name, and held to the very bytes.
async fn assets_come_from_where_the_operator_has_them_cached(backend: Backend) {
    let cache = TestApp::start(backend).await;
    let place = format!("{}/assets", cache.base());
    let app = TestApp::start_with(backend, &["--assets-url", &place]).await;
    let (stranger, member) = (app.visitor(), app.visitor_signed_in("ada").await);
    for (visitor, path) in [
        (&stranger, "/"),
        (&stranger, "/login"),
        (&stranger, "/states/kerala"),
        (&member, "/profile"),
        (&member, "/blog/new"),
    ] {
        assert_from(&place, &visitor.get(path).await);
    }
    // What says that something is away asks nothing of another place.
    let lost = stranger.get("/nowhere").await;
    let style = lost.attribute("link[rel=stylesheet]", "href").unwrap();
    assert!(style.starts_with("/assets/") && !lost.text.contains(&place), "{}", lost.text);
    assert!(!lost.header("content-security-policy").unwrap().contains("http"));
    let browser = Browser::at(app.base()).await;
    browser.goto("/login").await;
    let from_cache = browser.asked().into_iter().filter(|address| address.starts_with(&place)).count();
    assert!(from_cache >= 3, "{:?}", browser.asked());
    assert_eq!(browser.violations_of_policy(), [""; 0]);
    assert_eq!(browser.complaints(), [""; 0]);
    // The style sheet and the script did come to work.
    let color = browser.evaluate("getComputedStyle(document.querySelector('.site-header')).display").await;
    assert_eq!(color, "flex");
    assert!(browser.has("button.peek").await, "the script did not run");
}

/// The style sheet, the script and the icon are there and nowhere else, and the policy allows that place and no other.
fn assert_from(place: &str, page: &Page) {
    let policy = page.assert_status(200).header("content-security-policy").unwrap();
    for directive in ["default-src 'self'", "style-src 'self' ", "script-src 'self' ", "img-src 'self' "] {
        assert!(policy.split("; ").any(|part| part.starts_with(directive)), "{}: {policy}", page.path);
    }
    let allowed: Vec<_> = policy.split([' ', ';']).filter(|word| word.contains("//")).collect();
    // With the path: what else lies on that host is not ours.
    assert_eq!(allowed, [&*format!("{place}/"); 3], "{}: {policy}", page.path);
    for (css, name) in [("link[rel=stylesheet], link[rel=icon]", "href"), ("script", "src")] {
        let addresses = page.attributes(css, name);
        assert!(
            !addresses.is_empty() && addresses.iter().all(|asset| asset.starts_with(place)),
            "{}",
            page.text
        );
    }
    let held =
        "link[rel=stylesheet][integrity^=sha256-][crossorigin], script[integrity^=sha256-][crossorigin]";
    assert_eq!(page.count(held), page.count("link[rel=stylesheet], script"), "{}", page.text);
}
