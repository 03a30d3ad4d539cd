//! The client of the tests: it sends requests, and every answer it gets must keep what all answers promise.

use reqwest::header::HeaderMap;
use reqwest::{Method, RequestBuilder};
use serde_json::Value;

use super::app::TestApp;

/// One caller of one node.
#[derive(Clone)]
pub(crate) struct Client {
    http: reqwest::Client,
    base: String,
    /// The bearer token this caller sends, if known to the server.
    pub(crate) token: Option<String>,
    /// The user as the sign-in showed it; null for a stranger.
    pub(crate) user: Value,
}

/// What came back, read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    /// The status code.
    pub(crate) status: u16,
    /// All headers.
    pub(crate) headers: HeaderMap,
    /// The body where it is JSON, else null.
    pub(crate) body: Value,
    /// The body as text.
    pub(crate) text: String,
}

impl Client {
    /// A stranger to the server at `base`, an address like `http://127.0.0.1:8080`.
    pub(crate) fn anonymous(base: &str) -> Self {
        // The client comes with TLS for the sake of S3, and without any cryptography of its own.
        let _chosen = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy();
        Self { http: http.build().unwrap(), base: base.to_owned(), token: None, user: Value::Null }
    }

    /// The same caller with another token.
    pub(crate) fn with_token(&self, token: &str) -> Self {
        Self { token: Some(token.to_owned()), ..self.clone() }
    }

    /// The same caller at another node.
    pub(crate) fn at(&self, node: &TestApp) -> Self {
        Self { base: node.base().to_owned(), ..self.clone() }
    }

    /// The same caller after signing in as `name`; panics where that is refused.
    pub(crate) async fn sign_in(&self, name: &str) -> Self {
        let answer = self.post("/api/auth/login", super::given::credentials(name)).await;
        answer.assert_status(200);
        let token = answer.body["access_token"].as_str().expect("an access token").to_owned();
        Self { token: Some(token), user: answer.body["user"].clone(), ..self.clone() }
    }

    /// A request of this caller, to be completed and handed to [`Client::send`].
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.base));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// Sends, reads the answer to its end, and asserts what holds for every answer.
    pub(crate) async fn send(&self, request: RequestBuilder) -> Answer {
        let request = request.build().unwrap();
        let (method, path) = (request.method().clone(), request.url().path().to_owned());
        let response = self.http.execute(request).await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let answer = Answer::new(status, headers, response.text().await.unwrap());
        answer.assert_invariants(&method, &path);
        answer
    }

    /// GET.
    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path)).await
    }

    /// POST of JSON.
    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(self.request(Method::POST, path).json(&body)).await
    }

    /// PATCH of JSON.
    pub(crate) async fn patch(&self, path: &str, body: Value) -> Answer {
        self.send(self.request(Method::PATCH, path).json(&body)).await
    }

    /// PUT of JSON.
    pub(crate) async fn put(&self, path: &str, body: Value) -> Answer {
        self.send(self.request(Method::PUT, path).json(&body)).await
    }

    /// DELETE without a body.
    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.send(self.request(Method::DELETE, path)).await
    }
}

/// Headers every answer carries, with the value where it is always the same.
const ALWAYS: &[(&str, Option<&str>)] = &[
    ("x-request-id", None),
    ("x-content-type-options", Some("nosniff")),
    ("x-frame-options", Some("DENY")),
    ("referrer-policy", None),
    ("cross-origin-opener-policy", Some("same-origin")),
    ("cross-origin-resource-policy", None),
    ("content-security-policy", None),
    ("permissions-policy", None),
    ("cache-control", None),
];

impl Answer {
    /// An answer from its parts.
    pub(crate) fn new(status: u16, headers: HeaderMap, text: String) -> Self {
        let media_type =
            headers.get("content-type").and_then(|value| value.to_str().ok()).unwrap_or_default();
        let body = match media_type.split(';').next() {
            Some("application/json") if !text.is_empty() => {
                serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error} in {text:?}"))
            }
            _ => Value::Null,
        };
        Self { status, headers, body, text }
    }

    /// The value of a header, if there is exactly one that is text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.get_all(name).iter();
        match (values.next(), values.next()) {
            (Some(value), None) => value.to_str().ok(),
            _ => None,
        }
    }

    /// Fails the test, showing the answer, unless it has this status.
    #[track_caller]
    pub(crate) fn assert_status(&self, status: u16) -> &Self {
        assert_eq!(self.status, status, "{}", self.text);
        self
    }

    /// Fails the test unless this is an error with this status and code; one that is a page for people has no code.
    #[track_caller]
    pub(crate) fn assert_error(&self, status: u16, code: &str) -> &Self {
        self.assert_status(status);
        assert!(self.is_page() || self.code() == code, "{code}: {}", self.text);
        self
    }

    /// Whether it is a page for people.
    fn is_page(&self) -> bool {
        self.header("content-type") == Some("text/html; charset=utf-8")
    }

    /// The machine code of an error; empty where this is none.
    pub(crate) fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or_default()
    }

    /// The complaints about one field; empty where it is not at fault.
    pub(crate) fn complaints(&self, field: &str) -> Vec<&str> {
        let sentences = self.body["fields"][field].as_array().map(Vec::as_slice).unwrap_or_default();
        sentences.iter().filter_map(Value::as_str).collect()
    }

    /// What holds for every answer to every request.
    pub(crate) fn assert_invariants(&self, method: &Method, path: &str) {
        let request = format!("{method} {path} answered {}", self.status);
        for (name, expected) in ALWAYS {
            let value = self.header(name);
            assert!(value.is_some_and(|value| !value.is_empty()), "{request}: {name} once, not {value:?}");
            assert!(expected.is_none() || value == *expected, "{request}: {name} is {value:?}");
        }
        assert_eq!(self.header("server"), None, "{request}: says what serves it");
        let companion = match self.status {
            401 => Some("www-authenticate"),
            405 => Some("allow"),
            429 | 503 => Some("retry-after"),
            _ => None,
        };
        if let Some(name) = companion {
            assert!(self.header(name).is_some(), "{request} without {name}");
        }
        if self.status >= 400 && *method != Method::HEAD {
            // The compatible routes keep the shape their clients know.
            if path == "/auth" || path.starts_with("/auth/") {
                assert!(!self.body["detail"].is_null(), "{request} without a detail: {}", self.text);
            } else if self.is_page() {
                self.assert_page(&request, path);
            } else {
                self.assert_envelope(&request);
            }
        }
    }

    /// Where programs ask, no error is a page; elsewhere it tells what it is called, too.
    fn assert_page(&self, request: &str, path: &str) {
        let mut programs = ["/api", "/auth", "/health", "/media", "/.well-known", "/metrics"].into_iter();
        let is_below = |place: &str| {
            path.strip_prefix(place).is_some_and(|rest| matches!(rest.chars().next(), None | Some('/')))
        };
        assert!(!programs.any(is_below), "{request} with a page: {}", self.text);
        let request_id = self.header("x-request-id").unwrap_or_default();
        assert!(self.text.contains("<h1>") && self.text.contains(request_id), "{request}: {}", self.text);
    }

    fn assert_envelope(&self, request: &str) {
        let envelope =
            self.body.as_object().unwrap_or_else(|| panic!("{request} without JSON: {}", self.text));
        let known = ["error", "code", "request_id", "fields"];
        let stranger = envelope.keys().find(|key| !known.contains(&key.as_str()));
        assert_eq!(stranger, None, "{request}: {}", self.text);
        assert!(
            envelope["error"].as_str().is_some_and(|sentence| !sentence.is_empty()),
            "{request}: {}",
            self.text
        );
        let machine_code =
            |code: &str| !code.is_empty() && code.chars().all(|c| c.is_ascii_lowercase() || c == '_');
        assert!(machine_code(self.code()), "{request}: {}", self.text);
        assert_eq!(envelope["request_id"].as_str(), self.header("x-request-id"), "{request}: {}", self.text);
        for sentences in
            envelope.get("fields").and_then(Value::as_object).into_iter().flat_map(|f| f.values())
        {
            let said =
                sentences.as_array().is_some_and(|all| !all.is_empty() && all.iter().all(Value::is_string));
            assert!(said, "{request}: {}", self.text);
        }
    }
}
