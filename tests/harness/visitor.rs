//! A person with a browser that knows no JavaScript: pages, the forms in them, and cookies.
//!
//! ```ignore
//! let alice = app.visitor_signed_in("alice").await;          // the account is made, and she signs in by the page
//! let page = alice.get("/profile").await;                    // an answer is never followed by itself
//! page.assert_status(200);
//! assert_eq!(page.heading(), "Your profile");
//! let form = page.form("/profile").fill("nickname", "al");   // found in the page, with its hidden fields
//! let saved = form.send().await.assert_leads_to("/profile").follow().await;
//! assert_eq!(saved.texts(".notice"), ["Your changes are saved."]);
//! ```
//!
//! Whatever comes back keeps what every page promises: its headers, its policy, cookies that are ours, and no session in a body.

mod cookies;
mod form;
mod page;

use std::sync::Arc;

use reqwest::{Method, RequestBuilder};

use self::cookies::Cookies;
pub(crate) use self::form::Form;
pub(crate) use self::page::Page;
use super::app::TestApp;
use super::given;

/// One browser. A clone is another window of it: the cookies are the same.
#[derive(Clone)]
pub(crate) struct Visitor {
    http: reqwest::Client,
    base: String,
    cookies: Arc<Cookies>,
}

impl Visitor {
    /// A browser that was never here, on the server at `base`, an address like `http://127.0.0.1:8080`.
    pub(crate) fn at(base: &str) -> Self {
        let _chosen = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy();
        Self { http: http.build().unwrap(), base: base.to_owned(), cookies: Arc::default() }
    }

    /// A request with the browser's cookies, to be completed and handed to [`Visitor::send`].
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.base));
        match self.cookies.header() {
            Some(cookies) => request.header("cookie", cookies),
            None => request,
        }
    }

    /// Sends, reads the answer to its end, keeps its cookies, and asserts what holds for every page.
    pub(crate) async fn send(&self, request: RequestBuilder) -> Page {
        let request = request.build().unwrap();
        let (method, url) = (request.method().clone(), request.url().clone());
        let response = self.http.execute(request).await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let path = url[url::Position::BeforePath..url::Position::AfterQuery].to_owned();
        let page = Page::new(self, path, status, headers, response.text().await.unwrap());
        let before = self.cookies.session();
        self.cookies.take(&page);
        page.assert_invariants(&method);
        for session in before.into_iter().chain(self.cookies.session()) {
            assert!(!page.text.contains(&session), "{method} {}: a session's token in the page", page.path);
        }
        page
    }

    /// Looks at a page.
    pub(crate) async fn get(&self, path: &str) -> Page {
        self.send(self.request(Method::GET, path)).await
    }

    /// Sends these fields and no others to `path`, as a page of ours would.
    pub(crate) async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Page {
        let request = self.request(Method::POST, path).header("origin", &self.base);
        self.send(request.header("sec-fetch-site", "same-origin").form(fields)).await
    }

    /// Signs in by the page, as `name` with the password everybody in the tests has; panics where that is refused.
    pub(crate) async fn sign_in(&self, name: &str) {
        self.sign_in_with(name, given::PASSWORD).await.assert_status(303);
    }

    /// The same with any password: whatever comes of it.
    pub(crate) async fn sign_in_with(&self, name: &str, password: &str) -> Page {
        let form = self.get("/login").await.form("/login");
        form.fill("username", name).fill("password", password).send().await
    }

    /// Signs out by the button on every page.
    pub(crate) async fn sign_out(&self) -> Page {
        self.get("/").await.form("/logout").send().await
    }

    /// Whether this browser is signed in, by what the first page shows.
    pub(crate) async fn is_signed_in(&self) -> bool {
        self.get("/").await.assert_status(200).has("form[action='/logout']")
    }

    /// The token in this visitor's forms, to be sent by hand.
    pub(crate) async fn csrf(&self) -> String {
        let page = self.get("/").await;
        let page = if page.has("input[name=csrf]") { page } else { self.get("/login").await };
        page.attribute("input[name=csrf]", "value").expect("a form with a token")
    }

    /// The value of the cookie of that name.
    pub(crate) fn cookie(&self, name: &str) -> Option<String> {
        self.cookies.get(name)
    }

    /// The token of the session this browser holds.
    pub(crate) fn session(&self) -> Option<String> {
        self.cookies.session()
    }

    /// Puts a cookie into the browser, as somebody else could.
    pub(crate) fn set_cookie(&self, name: &str, value: &str) {
        self.cookies.set(name, value);
    }

    /// Forgets all cookies.
    pub(crate) fn clear_cookies(&self) {
        self.cookies.clear();
    }
}

impl TestApp {
    /// A stranger with a browser.
    pub(crate) fn visitor(&self) -> Visitor {
        Visitor::at(self.base())
    }

    /// A member of that name with a browser, signed in anew by the page; the account is made at the first call. The sign-in ends
    /// the member's other sessions, unless the server was started with more `--sessions-per-user`.
    pub(crate) async fn visitor_signed_in(&self, name: &str) -> Visitor {
        self.member(name).await;
        let visitor = self.visitor();
        visitor.sign_in(name).await;
        visitor
    }

    /// The administrator with a browser, signed in anew by the page.
    pub(crate) async fn visitor_admin(&self) -> Visitor {
        self.found().await;
        let visitor = self.visitor();
        visitor.sign_in("keeper").await;
        visitor
    }

    /// Makes the account of a member, where there is none yet.
    pub(crate) async fn member(&self, name: &str) {
        self.found().await;
        let answer = self.anonymous().post("/api/auth/register", given::registration(name)).await;
        assert!(matches!(answer.status, 201 | 409), "registering {name}: {}", answer.text);
    }
}
