//! What a page may load and where its forms may go.

use std::collections::BTreeMap;

use super::pages::{self, Place, Who};
use crate::harness::visitor::{Page, Visitor};
use crate::harness::{Backend, TestApp};

on_both!(
    every_page_has_a_strict_policy,
    every_page_a_link_leads_to_is_known,
    every_refusal_has_the_policy_of_a_page
);

/// S25, S53, S93: the policy of each page, read as a browser reads it, and nothing in the page that would need a laxer one.
async fn every_page_has_a_strict_policy(backend: Backend) {
    let app = TestApp::start(backend).await;
    let given = pages::furnish(&app).await;
    let everybody = Everybody::at(&app).await;
    for place in pages::all(&given) {
        let page = everybody.get(&place).await;
        assert_strict(&page);
        assert_eq!(page.status, place.status, "{place:?}");
        assert_eq!(page.attribute("html", "lang").as_deref(), Some("en"), "{place:?}");
        assert_eq!(
            page.header("referrer-policy"),
            Some(if page.status < 400 && !place.address.contains("token=") {
                "same-origin"
            } else {
                "no-referrer"
            })
        );
    }
}

/// The list of pages is whole: a link on any page leads to one of them.
async fn every_page_a_link_leads_to_is_known(backend: Backend) {
    let app = TestApp::start(backend).await;
    let given = pages::furnish(&app).await;
    let everybody = Everybody::at(&app).await;
    let known = pages::all(&given);
    let mut strange = Vec::new();
    for place in &known {
        for href in everybody.get(place).await.attributes("a[href]", "href") {
            let path = href.split(['?', '#']).next().unwrap_or_default();
            let is_file = NOT_PAGES.iter().any(|other| path.starts_with(other));
            if path.starts_with('/')
                && !is_file
                && !known.iter().any(|known| fits(known.route, path))
                && !fits(COMMENT, path)
            {
                strange.push(format!("{href} on {}", place.address));
            }
        }
    }
    assert_eq!(strange, [""; 0], "to be added to the list of pages");
}

/// What links lead to that is no page: files to keep, documents of the API, answers of other kinds.
const NOT_PAGES: [&str; 6] =
    ["/media/", "/docs", "/redoc", "/openapi.json", "/blog/feed.atom", "/profile/export"];

/// A comment's own address leads to its place below the post.
const COMMENT: &str = "/blog/{post}/comments/{comment}";

/// S25, S53
async fn every_refusal_has_the_policy_of_a_page(backend: Backend) {
    let app = TestApp::start(backend).await;
    let alice = app.visitor_signed_in("alice").await;
    let refused = [
        (404, alice.get("/nowhere").await),
        (404, alice.get("/blog/nobody-wrote-this").await),
        (403, alice.get("/admin").await),
        (403, alice.post("/profile", &[("nickname", "x"), ("csrf", "not a token")]).await),
        (415, alice.send(alice.request(reqwest::Method::POST, "/login").body("{}")).await),
        (405, alice.send(alice.request(reqwest::Method::DELETE, "/")).await),
    ];
    for (status, page) in refused {
        page.assert_status(status);
        assert_strict(&page);
    }
}

fn fits(route: &str, path: &str) -> bool {
    let (route, path): (Vec<_>, Vec<_>) = (route.split('/').collect(), path.split('/').collect());
    route.len() == path.len()
        && route.iter().zip(&path).all(|(part, given)| part == given || part.starts_with('{'))
}

/// One browser for each kind of person.
struct Everybody {
    stranger: Visitor,
    member: Visitor,
    admin: Visitor,
}

impl Everybody {
    async fn at(app: &TestApp) -> Self {
        let (stranger, member) = (app.visitor(), app.visitor_signed_in("ada").await);
        Self { stranger, member, admin: app.visitor_admin().await }
    }

    async fn get(&self, place: &Place) -> Page {
        let visitor = match place.who {
            Who::Stranger => &self.stranger,
            Who::Member => &self.member,
            Who::Admin => &self.admin,
        };
        visitor.get(&place.address).await
    }
}

fn assert_strict(page: &Page) {
    let text = page.header("content-security-policy").unwrap_or_default().to_owned();
    let policy: BTreeMap<&str, Vec<&str>> = text
        .split(';')
        .filter_map(|directive| {
            let mut words = directive.split_ascii_whitespace();
            words.next().map(|name| (name, words.collect()))
        })
        .collect();
    let what = format!("{} {}: {text}", page.path, page.status);
    assert_eq!(policy.get("default-src"), Some(&vec!["'self'"]), "{what}");
    for shut in ["object-src", "base-uri", "frame-ancestors"] {
        assert_eq!(policy.get(shut), Some(&vec!["'none'"]), "{what}: {shut}");
    }
    assert_eq!(policy.get("form-action"), Some(&vec!["'self'"]), "{what}");
    for words in policy.values() {
        let lax = |word: &&&str| {
            word.contains("unsafe") || matches!(**word, "*" | "data:" | "blob:" | "https:" | "http:")
        };
        assert_eq!(words.iter().find(lax), None, "{what}");
    }
    let inline =
        ["script:not([src])", "style", "[style]", "base", "iframe", "object", "embed", "meta[http-equiv]"];
    for css in inline {
        assert!(!page.has(css), "{what}: {css}");
    }
    for (css, name) in
        [("[src]", "src"), ("link[href]", "href"), ("[action]", "action"), ("[formaction]", "formaction")]
    {
        for address in page.attributes(css, name) {
            assert!(address.starts_with('/') && !address.starts_with("//"), "{what}: {address}");
        }
    }
    let scripts = page
        .attributes("a[href]", "href")
        .into_iter()
        .find(|href| href.trim().to_lowercase().starts_with("javascript:"));
    assert_eq!(scripts, None, "{what}");
}
