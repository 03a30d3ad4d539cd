//! Every address of the page face against everybody who may ask for it.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use reqwest::Method;
use serde_json::json;

use super::admin::holder;
use crate::harness::{Backend, Page, TestApp, Visitor};

on_both!(every_page_is_for_whom_it_is_for, a_refusal_tells_nothing_of_what_is_there);

/// What somebody meets there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Meets {
    /// The page, or whatever comes of a form of which the fields are not right.
    In,
    /// The way to the page where one signs in.
    Login,
    /// 403.
    No,
}
use Meets::{In, Login, No};

const ALL: [Meets; 4] = [In, In, In, In];
const MEMBERS: [Meets; 4] = [Login, In, In, In];
const EDITORS: [Meets; 4] = [Login, No, In, In];
const ADMINS: [Meets; 4] = [Login, No, No, In];

/// Method, route, and what a stranger, a member, an editor and the administrator meet. Post and comment are the administrator's.
/// Whoever adds an address adds it here, which [`no_address_is_left_out`] sees to.
const RULES: &[(&str, &str, [Meets; 4])] = &[
    ("GET", "/", ALL),
    ("GET", "/privacy", ALL),
    ("GET", "/favicon.ico", ALL),
    ("GET", "/signup", ALL),
    ("POST", "/signup", ALL),
    ("GET", "/signup/sent", ALL),
    ("GET", "/login", ALL),
    ("POST", "/login", ALL),
    ("POST", "/logout", ALL),
    ("GET", "/forgot-password", ALL),
    ("POST", "/forgot-password", ALL),
    ("GET", "/forgot-password/sent", ALL),
    ("GET", "/reset-password", ALL),
    ("POST", "/reset-password", ALL),
    ("GET", "/verify-email", ALL),
    ("POST", "/verify-email", ALL),
    ("GET", "/confirm-email", ALL),
    ("POST", "/confirm-email", ALL),
    ("GET", "/profile", MEMBERS),
    ("POST", "/profile", MEMBERS),
    ("POST", "/profile/proof", MEMBERS),
    ("POST", "/profile/picture", MEMBERS),
    ("POST", "/profile/remove-picture", MEMBERS),
    ("GET", "/profile/password", MEMBERS),
    ("POST", "/profile/password", MEMBERS),
    ("GET", "/profile/email", MEMBERS),
    ("POST", "/profile/email", MEMBERS),
    ("POST", "/profile/export", MEMBERS),
    ("GET", "/profile/delete", MEMBERS),
    ("POST", "/profile/delete", MEMBERS),
    ("GET", "/profile/sessions", MEMBERS),
    ("POST", "/profile/sessions/{id}/end", MEMBERS),
    ("POST", "/profile/sessions/end-others", MEMBERS),
    ("POST", "/profile/sessions/end-all", MEMBERS),
    ("GET", "/blog", ALL),
    ("GET", "/blog/feed.atom", ALL),
    ("GET", "/blog/drafts", MEMBERS),
    ("GET", "/blog/new", MEMBERS),
    ("POST", "/blog/new", MEMBERS),
    ("POST", "/blog/preview", MEMBERS),
    ("GET", "/blog/{post}", ALL),
    ("GET", "/blog/{post}/edit", EDITORS),
    ("POST", "/blog/{post}/edit", EDITORS),
    ("GET", "/blog/{post}/delete", EDITORS),
    ("POST", "/blog/{post}/comments", MEMBERS),
    ("GET", "/blog/{post}/comments/{comment}", ALL),
    ("GET", "/blog/{post}/comments/{comment}/edit", EDITORS),
    ("POST", "/blog/{post}/comments/{comment}/edit", EDITORS),
    ("GET", "/blog/{post}/comments/{comment}/delete", EDITORS),
    ("GET", "/states", ALL),
    ("GET", "/states/{state}", ALL),
    ("GET", "/states/{state}/edit", EDITORS),
    ("POST", "/states/{state}/edit", EDITORS),
    ("GET", "/contact", ALL),
    ("POST", "/contact", ALL),
    ("GET", "/contact/sent", ALL),
    ("GET", "/admin", EDITORS),
    ("GET", "/admin/users", ADMINS),
    ("GET", "/admin/users/new", ADMINS),
    ("POST", "/admin/users/new", ADMINS),
    ("POST", "/admin/users/actions", ADMINS),
    ("GET", "/admin/users/{id}", ADMINS),
    ("GET", "/admin/users/{id}/edit", ADMINS),
    ("POST", "/admin/users/{id}/edit", ADMINS),
    ("GET", "/admin/users/{id}/roles", ADMINS),
    ("POST", "/admin/users/{id}/roles", ADMINS),
    ("GET", "/admin/roles", ADMINS),
    ("GET", "/admin/roles/new", ADMINS),
    ("POST", "/admin/roles/new", ADMINS),
    ("POST", "/admin/roles/actions", ADMINS),
    ("GET", "/admin/roles/{name}/edit", ADMINS),
    ("POST", "/admin/roles/{name}/edit", ADMINS),
    ("GET", "/admin/posts", EDITORS),
    ("POST", "/admin/posts/actions", EDITORS),
    ("GET", "/admin/posts/{id}", EDITORS),
    ("POST", "/admin/posts/{id}", EDITORS),
    ("GET", "/admin/comments", EDITORS),
    ("POST", "/admin/comments/actions", EDITORS),
    ("GET", "/admin/comments/{id}", EDITORS),
    ("POST", "/admin/comments/{id}", EDITORS),
    ("GET", "/admin/contact", EDITORS),
    ("POST", "/admin/contact/actions", EDITORS),
    ("GET", "/admin/contact/{id}", EDITORS),
    ("GET", "/admin/audit", ADMINS),
    ("GET", "/admin/mail", ADMINS),
    ("POST", "/admin/mail/actions", ADMINS),
    ("GET", "/admin/system", ADMINS),
    // Last, for what they are about is gone then.
    ("POST", "/blog/{post}/comments/{comment}/delete", EDITORS),
    ("POST", "/blog/{post}/delete", EDITORS),
];

/// S01: an address of the source without a line above fails. Assets are for everybody, and have tests of their own.
#[test]
fn no_address_is_left_out() {
    let mut found = BTreeSet::new();
    addresses(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../web/src"), &mut found);
    let known: BTreeSet<_> = RULES.iter().map(|(_, route, _)| (*route).to_owned()).collect();
    let missing: Vec<_> = found.difference(&known).collect();
    let gone: Vec<_> = known.difference(&found).collect();
    assert!(missing.is_empty() && gone.is_empty(), "add {missing:?}, remove {gone:?}");
}

fn addresses(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.is_dir() {
            addresses(&entry, found);
            continue;
        }
        let source = fs::read_to_string(&entry).unwrap();
        for call in ["resource(", "page("] {
            for (at, _) in source.match_indices(call) {
                let rest = source[at + call.len()..].trim_start();
                if let Some(address) = rest.strip_prefix("\"/").and_then(|rest| rest.split('"').next())
                    && !address.starts_with("assets/")
                {
                    found.insert(format!("/{address}"));
                }
            }
        }
    }
}

/// What there is to ask for.
struct Site {
    app: TestApp,
    post: String,
    slug: String,
    comment: String,
    mia: String,
}

impl Site {
    async fn start(backend: Backend) -> Self {
        let app = TestApp::start_with(backend, &["--sessions-per-user", "1000"]).await;
        let keeper = app.admin().await;
        app.member("mia").await;
        let post = json!({ "title": "Harbours", "content": "All of them.", "status": "published" });
        let post = keeper.post("/api/posts", post).await.assert_status(201).body["data"].clone();
        let path = format!("/api/posts/{}/comments", post["id"]);
        let comment = keeper.post(&path, json!({ "content": "Nice." })).await.assert_status(201).body["data"]
            ["id"]
            .clone();
        let message = json!({ "name": "Bob", "email": "bob@example.org", "subject": "Hello", "message": "How are you?" });
        app.anonymous().post("/api/contact", message).await.assert_status(201);
        keeper.post("/api/roles", json!({ "name": "porter", "permissions": [] })).await.assert_status(201);
        Self {
            post: post["id"].to_string(),
            slug: post["slug"].as_str().unwrap().to_owned(),
            comment: comment.to_string(),
            mia: app.database.sql("select id from users where username = 'mia'"),
            app,
        }
    }

    fn address(&self, route: &str) -> String {
        let id = match route {
            route if route.starts_with("/admin/users") => &self.mia,
            route if route.starts_with("/admin/posts") => &self.post,
            route if route.starts_with("/admin/comments") => &self.comment,
            _ => "1",
        };
        let address = route.replace("{id}", id).replace("{name}", "porter").replace("{state}", "kerala");
        address.replace("{post}", &self.slug).replace("{comment}", &self.comment)
    }

    /// Somebody signed in, in a window of their own.
    async fn visitor(&self, who: usize) -> Visitor {
        match who {
            0 => self.app.visitor(),
            1 => self.app.visitor_signed_in("mia").await,
            2 => self.app.visitor_signed_in("edith").await,
            _ => self.app.visitor_admin().await,
        }
    }
}

async fn ask(visitor: &Visitor, method: &str, address: &str) -> Page {
    if method == "GET" {
        return visitor.get(address).await;
    }
    let csrf = visitor.csrf().await;
    // As much as it takes for a text to be looked at as somebody's, and little that a form could do something with.
    visitor.post(address, &[("csrf", &csrf), ("title", "A"), ("content", "B"), ("version", "1")]).await
}

/// S01, S65: strangers are led to where they sign in, others are turned away; and those whom it is for are let in.
async fn every_page_is_for_whom_it_is_for(backend: Backend) {
    let site = Site::start(backend).await;
    holder(&site.app, "edith", &["editor", "member"]).await;
    let mut visitors = Vec::new();
    for who in 0..4 {
        visitors.push(site.visitor(who).await);
    }
    for (method, route, rule) in RULES {
        let address = site.address(route);
        for (who, expected) in rule.iter().enumerate() {
            // A form may have ended a session.
            if who > 0 && !visitors[who].is_signed_in().await {
                visitors[who] = site.visitor(who).await;
            }
            let page = ask(&visitors[who], method, &address).await;
            let leads_to_login = page.status == 303 && page.location().starts_with("/login");
            let met = match page.status {
                // What strangers wrote is handed back to them.
                403 if who == 0 && page.heading() == "You are not signed in any more" => Login,
                403 => No,
                303 if leads_to_login && (who == 0 || *method == "GET") => Login,
                // A link without its token leads nowhere, and a session that nobody has is not ended.
                404 if *rule == ALL || route.ends_with("{id}/end") => In,
                404 | 500.. => panic!("{method} {address} by {who}: {} {}", page.status, page.text),
                _ => In,
            };
            assert_eq!(met, *expected, "{method} {address} by {who}: {} {}", page.status, page.text);
            if met == No {
                assert_eq!(page.heading(), "This is not yours to see", "{method} {address} by {who}");
            }
            if met == Login && *method == "GET" {
                let back: String = url::form_urlencoded::byte_serialize(address.as_bytes()).collect();
                assert_eq!(page.location(), format!("/login?redirect={back}"));
            }
        }
    }
}

/// S01, S79: whether it is there or not, and whatever it is.
async fn a_refusal_tells_nothing_of_what_is_there(backend: Backend) {
    let site = Site::start(backend).await;
    let member = site.visitor(1).await;
    let plain = |page: &Page| page.text.replace(page.header("x-request-id").unwrap(), "");
    for route in [
        "/admin/users/{}",
        "/admin/users/{}/edit",
        "/admin/users/{}/roles",
        "/admin/posts/{}",
        "/admin/comments/{}",
        "/admin/contact/{}",
        "/admin/roles/{}/edit",
    ] {
        let absent = member.get(&route.replace("{}", "999999")).await;
        absent.assert_status(403);
        for there in ["1", "2", &site.mia, &site.post, "admin", "porter", "x", "%00", "9223372036854775808"] {
            let page = member.get(&route.replace("{}", there)).await;
            assert_eq!((page.status, plain(&page)), (403, plain(&absent)), "{route} {there}");
            let request = member.request(Method::POST, &route.replace("{}", there));
            let page = member.send(request.form(&[("csrf", member.csrf().await)])).await;
            assert!(matches!(page.status, 403 | 405), "{route} {there}: {}", page.status);
        }
    }
}
