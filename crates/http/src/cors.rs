//! Which other origins may call from a browser.
//!
//! Written here and not taken from `actix-cors`: that boxes a future on every request, and an answer refused further
//! out would miss its headers. Nothing is reflected: what is answered is our own copy of the listed origin, and
//! credentials are never allowed, so a listed origin gains nothing from a browser's cookies.

use std::str::FromStr;

use actix_web::HttpResponse;
use actix_web::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD, HOST, HeaderMap,
    HeaderValue, ORIGIN, VARY,
};
use actix_web::http::{Method, StatusCode};
use thiserror::Error;
use url::Url;

const METHODS: HeaderValue = HeaderValue::from_static("GET, HEAD, POST, PUT, PATCH, DELETE");
const REQUEST_HEADERS: HeaderValue = HeaderValue::from_static(
    "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, X-Request-Id",
);
const RESPONSE_HEADERS: HeaderValue = HeaderValue::from_static(
    "X-Request-Id, ETag, Retry-After, RateLimit, RateLimit-Policy, RateLimit-Limit, RateLimit-Remaining, \
     RateLimit-Reset",
);
/// Ten minutes: long enough to matter, short enough that a shortened list soon holds.
const PREFLIGHT_AGE: HeaderValue = HeaderValue::from_static("600");
const PREFLIGHT_VARY: HeaderValue =
    HeaderValue::from_static("Origin, Access-Control-Request-Method, Access-Control-Request-Headers");

/// The origins that may call from a browser; none by default.
///
/// Written with commas between, each as browsers write it: `https://app.example.org`, `http://localhost:3000`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CorsOrigins(Vec<HeaderValue>);

/// Not an origin.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("{0:?} is not an origin such as https://app.example.org (no path, no `*`, no `null`)")]
pub struct CorsOriginsError(String);

impl FromStr for CorsOrigins {
    type Err = CorsOriginsError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
        let origin = |item: &str| parse_origin(item).ok_or_else(|| CorsOriginsError(item.into()));
        items.map(origin).collect::<Result<_, _>>().map(Self)
    }
}

fn parse_origin(item: &str) -> Option<HeaderValue> {
    let url = Url::parse(item).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    let origin = url.origin().ascii_serialization();
    // Anything beyond the origin (a path, a query, a user) would make the two differ. A default port may stand.
    let bare = item.strip_suffix(if url.scheme() == "https" { ":443" } else { ":80" }).unwrap_or(item);
    let same = bare.eq_ignore_ascii_case(&origin) && !item.contains('*');
    same.then(|| HeaderValue::from_str(&origin).ok()).flatten()
}

/// What a request's `Origin` header makes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Caller {
    /// Not a browser's call from elsewhere.
    Local,
    /// The listed origin of this number.
    Listed(usize),
    /// An origin that is not listed.
    Unlisted,
}

impl CorsOrigins {
    /// Which of them calls; refused ones are logged.
    pub(crate) fn caller(&self, headers: &HeaderMap) -> Caller {
        let mut origins = headers.get_all(ORIGIN);
        let Some(origin) = origins.next() else { return Caller::Local };
        let listed = self.0.iter().position(|listed| listed == origin);
        if let (Some(number), None) = (listed, origins.next()) {
            return Caller::Listed(number);
        }
        if is_own(origin, headers) {
            return Caller::Local;
        }
        tracing::warn!(target: "cors", origin = shortened(origin), "an origin that is not listed");
        Caller::Unlisted
    }

    /// Says on any answer whom it is for.
    pub(crate) fn mark(&self, caller: Caller, headers: &mut HeaderMap) {
        if self.0.is_empty() {
            return;
        }
        if !headers.contains_key(VARY) {
            headers.insert(VARY, HeaderValue::from_name(ORIGIN));
        } else if !headers.get_all(VARY).any(names_origin) {
            headers.append(VARY, HeaderValue::from_name(ORIGIN));
        }
        if let Caller::Listed(number) = caller {
            headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, self.0[number].clone());
            headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, RESPONSE_HEADERS);
        }
    }
}

/// Whether a browser asks if it may ask.
pub(crate) fn is_preflight(method: &Method, headers: &HeaderMap) -> bool {
    method == Method::OPTIONS
        && headers.contains_key(ORIGIN)
        && headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD)
}

/// The answer to a listed origin's preflight: what is allowed, whatever was asked; the browser compares.
pub(crate) fn preflight() -> HttpResponse {
    let mut response = HttpResponse::new(StatusCode::NO_CONTENT);
    let headers = response.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_METHODS, METHODS);
    headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, REQUEST_HEADERS);
    headers.insert(ACCESS_CONTROL_MAX_AGE, PREFLIGHT_AGE);
    headers.insert(VARY, PREFLIGHT_VARY);
    response
}

/// Whether the origin is this very server as it was addressed: browsers name it on their own posts too.
fn is_own(origin: &HeaderValue, headers: &HeaderMap) -> bool {
    let bytes = origin.as_bytes();
    let host = bytes.strip_prefix(b"https://").or_else(|| bytes.strip_prefix(b"http://"));
    host.is_some() && host == headers.get(HOST).map(HeaderValue::as_bytes)
}

fn names_origin(vary: &HeaderValue) -> bool {
    let mut names = vary.as_bytes().split(|byte| *byte == b',');
    names.any(|name| matches!(name.trim_ascii(), b"*") || name.trim_ascii().eq_ignore_ascii_case(b"origin"))
}

/// Enough of an origin for the log.
fn shortened(origin: &HeaderValue) -> String {
    String::from_utf8_lossy(origin.as_bytes()).chars().take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caller(origins: &[&'static str]) -> Caller {
        let listed: CorsOrigins = "https://app.example.org, http://localhost:3000".parse().unwrap();
        let mut headers: HeaderMap =
            origins.iter().map(|origin| (ORIGIN, HeaderValue::from_static(origin))).collect();
        headers.insert(HOST, HeaderValue::from_static("own.example.org"));
        listed.caller(&headers)
    }

    #[test]
    fn only_whole_origins_are_listed() {
        for text in [
            "*",
            "null",
            "https://*.example.org",
            "https://example.org/",
            "https://example.org/app",
            "example.org",
            "ftp://example.org",
            "https://u@example.org",
            "https://example.org?x",
            "https://",
            "file:///x",
        ] {
            assert!(text.parse::<CorsOrigins>().is_err(), "{text}");
        }
        let kept = |text: &str| text.parse::<CorsOrigins>().unwrap().0;
        assert_eq!(kept("HTTPS://App.Example.org:443 ,"), ["https://app.example.org"]);
        assert_eq!(kept(""), Vec::<HeaderValue>::new());
    }

    /// S50: an origin is listed as a whole or not at all.
    #[test]
    fn only_an_exact_origin_is_let_in() {
        assert_eq!(caller(&[]), Caller::Local);
        assert_eq!(caller(&["https://own.example.org"]), Caller::Local);
        assert_eq!(caller(&["https://app.example.org"]), Caller::Listed(0));
        assert_eq!(caller(&["http://localhost:3000"]), Caller::Listed(1));
        for origin in [
            "https://evil.com",
            "null",
            "http://app.example.org",
            "https://app.example.org.evil.com",
            "https://evilapp.example.org",
            "https://APP.example.org",
            "https://app.example.org:443",
            "https://app.example.org:8443",
            "https://app.example.org/",
            "*",
            "",
            "http://localhost",
        ] {
            assert_eq!(caller(&[origin]), Caller::Unlisted, "{origin}");
        }
        assert_eq!(caller(&["https://app.example.org", "https://evil.com"]), Caller::Unlisted);
    }

    /// S50: caches learn that the answer depends on the origin, once.
    #[test]
    fn vary_is_added_to_what_a_handler_says() {
        let listed: CorsOrigins = "https://app.example.org".parse().unwrap();
        for (before, lines) in [("Accept", 2), ("accept, origin", 1), ("*", 1)] {
            let mut headers: HeaderMap = [(VARY, HeaderValue::from_static(before))].into_iter().collect();
            listed.mark(Caller::Unlisted, &mut headers);
            assert_eq!(headers.get_all(VARY).count(), lines, "{before}");
            assert!(!headers.contains_key(ACCESS_CONTROL_ALLOW_ORIGIN));
        }
    }
}
