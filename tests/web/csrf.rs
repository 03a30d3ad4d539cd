//! S23: no form but one of ours, made for this very session, does anything.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use reqwest::{Method, multipart};
use serde_json::{Value, json};

use crate::accounts::mailed;
use crate::harness::client::Client;
use crate::harness::{Backend, Page, TestApp, Visitor, given};

on_both!(
    a_form_that_is_not_ours_does_nothing,
    a_strangers_form_belongs_to_their_browser,
    looking_changes_nothing,
);

/// Every address that takes a form. Whoever adds one adds it here, which [`no_form_is_left_out`] sees to.
const FORMS: &[&str] = &[
    "/login",
    "/signup",
    "/forgot-password",
    "/reset-password",
    "/verify-email",
    "/confirm-email",
    "/profile",
    "/profile/proof",
    "/profile/picture",
    "/profile/remove-picture",
    "/profile/password",
    "/profile/email",
    "/profile/export",
    "/profile/delete",
    "/profile/sessions/{id}/end",
    "/profile/sessions/end-others",
    "/profile/sessions/end-all",
    "/contact",
    "/states/{state}/edit",
    "/blog/new",
    "/blog/preview",
    "/blog/{post}/comments",
    "/blog/{post}/comments/{comment}/edit",
    "/blog/{post}/comments/{comment}/delete",
    "/blog/{post}/edit",
    "/blog/{post}/delete",
    "/admin/users/new",
    "/admin/users/actions",
    "/admin/users/{id}/edit",
    "/admin/users/{id}/roles",
    "/admin/roles/new",
    "/admin/roles/actions",
    "/admin/roles/{name}/edit",
    "/admin/posts/actions",
    "/admin/posts/{id}",
    "/admin/comments/actions",
    "/admin/comments/{id}",
    "/admin/contact/actions",
    "/admin/mail/actions",
    "/logout",
];

/// The one that takes a file.
const UPLOAD: &str = "/profile/picture";

/// S23: the list above is the list of the routes.
#[test]
fn no_form_is_left_out() {
    let mut found = BTreeSet::new();
    for (path, source) in sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../web/src")) {
        for (at, _) in source.match_indices("post(") {
            // Also of `web::post()`; the address is the last that stands before it.
            if !source[..at].ends_with(['.', ':']) {
                continue;
            }
            let before = &source[..at];
            let address = before.rfind("(\"/").map(|start| &before[start + 2..]);
            let address =
                address.unwrap_or_else(|| panic!("a form without an address in {}", path.display()));
            found.insert(address.split('"').next().unwrap().to_owned());
        }
    }
    let known: BTreeSet<_> = FORMS.iter().map(ToString::to_string).collect();
    let missing: Vec<_> = found.difference(&known).collect();
    let gone: Vec<_> = known.difference(&found).collect();
    assert!(missing.is_empty() && gone.is_empty(), "add {missing:?}, remove {gone:?}");
}

pub(super) fn sources(folder: &Path) -> Vec<(PathBuf, String)> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| {
            if path.is_dir() {
                return sources(&path);
            }
            let source = fs::read_to_string(&path).unwrap();
            let code = source.split("#[cfg(test)]").next().unwrap().to_owned();
            vec![(path, code)]
        })
        .collect()
}

/// A site with something on it to do harm to.
struct Site {
    app: TestApp,
    keeper: Visitor,
    post: Value,
    comment: i64,
    alice: String,
}

impl Site {
    async fn start(backend: Backend) -> Self {
        let app = TestApp::start_with(backend, &["--sessions-per-user", "1000"]).await;
        let api = app.admin().await;
        app.member("alice").await;
        let post = json!({ "title": "Harbours", "content": "All of them.", "status": "published" });
        let post = made(&api, "/api/posts", post).await;
        let comments = format!("/api/posts/{}/comments", post["id"]);
        let comment = made(&api, &comments, json!({ "content": "Nice." })).await["id"].as_i64().unwrap();
        let role =
            json!({ "name": "porter", "description": "Lets people in", "permissions": ["users.read"] });
        made(&api, "/api/roles", role).await;
        let message = json!({
            "name": "Bob", "email": "bob@example.org", "subject": "Hello", "message": "How are you?",
        });
        made(&app.anonymous(), "/api/contact", message).await;
        let alice = app.database.sql("select id from users where username = 'alice'");
        let keeper = app.visitor_admin().await;
        Self { app, keeper, post, comment, alice }
    }

    /// The address of something that is there.
    fn address(&self, form: &str) -> String {
        let id = match form {
            form if form.starts_with("/admin/users") => self.alice.clone(),
            form if form.starts_with("/admin/posts") => self.post["id"].to_string(),
            form if form.starts_with("/admin/comments") => self.comment.to_string(),
            form if form.starts_with("/profile/sessions") => {
                self.app.database.sql("select min(cast(id as text)) from sessions")
            }
            _ => "1".to_owned(),
        };
        let address = form.replace("{id}", &id).replace("{name}", "porter").replace("{state}", "kerala");
        let address = address.replace("{post}", self.post["slug"].as_str().unwrap());
        address.replace("{comment}", &self.comment.to_string())
    }

    /// All that a form may change, as it is kept.
    async fn state(&self) -> Vec<String> {
        mailed::all_mails_left(&self.app).await;
        let tables = [
            "select * from users order by id",
            "select * from posts order by id",
            "select * from comments order by id",
            "select * from contact_messages order by id",
            "select * from roles order by name",
            "select * from user_roles order by user_id, role",
            "select * from states order by code",
            "select id from sessions order by id",
            "select * from submissions order by 1, 2",
            "select count(*) from email_ways_back",
        ];
        let rows = tables.iter().map(|query| self.app.database.sql(query));
        rows.chain([self.app.mails().len().to_string()]).collect()
    }
}

async fn made(caller: &Client, path: &str, body: Value) -> Value {
    let answer = caller.post(path, body).await;
    answer.assert_status(201);
    answer.body["data"].clone()
}

/// How a form arrives that somebody else had a browser send.
async fn forge(visitor: &Visitor, address: &str, token: Option<&str>, headers: &[(&str, &str)]) -> Page {
    let request = visitor.request(Method::POST, address);
    let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    let request = if address.starts_with(UPLOAD) {
        let form = multipart::Form::new();
        let form = match token {
            Some(token) => form.text("csrf", token.to_owned()),
            None => form,
        };
        request.multipart(form.part("avatar", multipart::Part::bytes(b"GIF89a".to_vec()).file_name("a.gif")))
    } else {
        let mut fields: Vec<_> = token.map(|token| ("csrf", token)).into_iter().collect();
        // As good as any: what is sent is not looked at.
        fields.extend([
            ("password", given::PASSWORD),
            ("username", "alice"),
            ("_method", "delete"),
            ("id", "1"),
        ]);
        fields.extend([
            ("action", "delete"),
            ("nickname", "forged"),
            ("title", "forged"),
            ("content", "forged"),
        ]);
        request.form(&fields)
    };
    visitor.send(request).await
}

/// What it is, the token it is sent with, and further headers.
type Refused<'a> = (&'a str, Option<&'a str>, &'a [(&'a str, &'a str)]);

/// S23: of every form, sent by a browser with the administrator's session. The next to last is the row that shows that the
/// others were refused for what they lacked.
async fn a_form_that_is_not_ours_does_nothing(backend: Backend) {
    let site = Site::start(backend).await;
    let keeper = &site.keeper;
    let other = site.app.visitor_signed_in("alice").await.csrf().await;
    let old = site.app.visitor_admin().await;
    let (ended, ended_session) = (old.csrf().await, old.session().unwrap());
    old.sign_out().await;
    assert_ne!(keeper.session().unwrap(), ended_session);
    let own = keeper.csrf().await;
    assert!(own != other && own != ended);
    let before = site.state().await;
    let (good, evil) = (site.app.base().to_owned(), "https://evil.example");
    for form in FORMS {
        let address = site.address(form);
        let rows: [Refused<'_>; 11] = [
            ("no token", None, &[("origin", &good), ("sec-fetch-site", "same-origin")]),
            ("an empty token", Some(""), &[]),
            ("another's token", Some(&other), &[("origin", &good)]),
            ("an ended session's token", Some(&ended), &[]),
            ("a token of another length", Some(&own[1..]), &[]),
            ("another origin", Some(&own), &[("origin", evil)]),
            ("no origin", Some(&own), &[("origin", "null")]),
            ("another site", Some(&own), &[("sec-fetch-site", "cross-site")]),
            ("a neighbour", Some(&own), &[("sec-fetch-site", "same-site"), ("origin", &good)]),
            ("another method by a header", None, &[("x-http-method-override", "DELETE")]),
            ("the token in a header", None, &[("x-csrf-token", &own), ("x-csrftoken", &own)]),
        ];
        for (what, token, headers) in rows {
            let page = forge(keeper, &address, token, headers).await;
            assert_eq!(page.status, 403, "{what} to {address}: {}", page.text);
            assert_eq!(page.heading(), "This form is out of date", "{what} to {address}");
        }
        let in_the_address = forge(keeper, &format!("{address}?csrf={own}"), None, &[]).await;
        assert_eq!(in_the_address.status, 403, "the token in the address of {address}");
        for kind in
            ["application/json", "text/plain", "text/plain; x=application/x-www-form-urlencoded", "", "x"]
        {
            let body = match kind {
                "application/json" => json!({ "csrf": own, "_method": "delete" }).to_string(),
                _ => format!("csrf={own}&_method=delete"),
            };
            let request = keeper.request(Method::POST, &address).header("content-type", kind);
            let page = keeper.send(request.body(body)).await;
            assert_eq!(page.status, 415, "{kind} to {address}: {}", page.text);
        }
    }
    assert_eq!(site.state().await, before);
    assert!(keeper.is_signed_in().await);
    for form in FORMS {
        let visitor =
            if keeper.is_signed_in().await { keeper.clone() } else { site.app.visitor_admin().await };
        let address = site.address(form);
        let page = forge(&visitor, &address, Some(&visitor.csrf().await), &[]).await;
        assert!(
            ![403, 415].contains(&page.status) && page.status < 500,
            "{address} {}: {}",
            page.status,
            page.text
        );
    }
}

/// S23: signing in and up are forms like others: nobody is signed in as somebody else's account by another site.
async fn a_strangers_form_belongs_to_their_browser(backend: Backend) {
    let app = TestApp::start(backend).await;
    app.member("alice").await;
    let (visitor, attacker) = (app.visitor(), app.visitor());
    let (own, other) = (visitor.csrf().await, attacker.csrf().await);
    assert_ne!(own, other);
    for address in ["/login", "/signup", "/forgot-password", "/contact"] {
        for (what, token, headers) in [
            ("no token", None, &[][..]),
            ("another's token", Some(&*other), &[]),
            ("another origin", Some(&*own), &[("origin", "https://evil.example")]),
            ("another site", Some(&*own), &[("sec-fetch-site", "cross-site")]),
        ] {
            let page = forge(&visitor, address, token, headers).await;
            assert_eq!(page.status, 403, "{what} to {address}: {}", page.text);
        }
        // Nor without the cookie the token was made for.
        let page = forge(&app.visitor(), address, Some(&own), &[]).await;
        assert_eq!(page.status, 403, "{address}: {}", page.text);
    }
    assert_eq!((visitor.session(), attacker.session()), (None, None));
    forge(&visitor, "/login", Some(&own), &[]).await.assert_leads_to("/");
    // The token a session has is not the one its browser had before, nor one of the session before it.
    let during = visitor.csrf().await;
    visitor.sign_out().await;
    for token in [&own, &during] {
        assert_eq!(forge(&visitor, "/login", Some(token), &[]).await.status, 403);
    }
}

/// S23: GET and HEAD of everything there is, by somebody who may do everything, with all that a form would hold.
async fn looking_changes_nothing(backend: Backend) {
    let site = Site::start(backend).await;
    let csrf = site.keeper.csrf().await;
    let before = site.state().await;
    for form in FORMS {
        for method in [Method::GET, Method::HEAD] {
            let query = format!("?csrf={csrf}&_method=post&action=delete&id=1&ids=1&password=x&token={csrf}");
            let address = format!("{}{query}", site.address(form));
            let page = site.keeper.send(site.keeper.request(method.clone(), &address)).await;
            assert!(page.status < 500, "{method} {address}: {}", page.text);
        }
    }
    assert_eq!(site.state().await, before);
    assert!(site.keeper.is_signed_in().await);
}
