//! The two cookies there are: the session, and what ties a stranger's form to the browser that asked for it.
//!
//! Both are `HttpOnly`, `SameSite=Lax`, for the whole site and for no other host. By https they are `Secure` and named with
//! `__Host-`, which holds browsers to all of that (S52); browsers refuse that name without https.

use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::cookie::{Cookie, SameSite, time};
use actix_web::http::header::COOKIE;

/// A cookie of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Name {
    /// The access token of a session.
    Session,
    /// A random word; nobody knows whose it is.
    Visit,
}

impl Name {
    /// Its name, by https or without.
    pub(crate) fn as_str(self, is_https: bool) -> &'static str {
        match (self, is_https) {
            (Self::Session, true) => "__Host-vestibule",
            (Self::Session, false) => "vestibule",
            (Self::Visit, true) => "__Host-vestibule-visit",
            (Self::Visit, false) => "vestibule-visit",
        }
    }
}

/// What the browser sent under that name, where it is 64 hexadecimal characters, as all of ours are. Two of one name are none:
/// nobody knows which of them is ours.
pub(crate) fn read(request: &HttpRequest, name: Name, is_https: bool) -> Option<String> {
    let name = name.as_str(is_https);
    let mut values = pairs(request).filter(|(found, _)| *found == name).map(|(_, value)| value);
    let value = values.next().filter(|value| is_ours(value))?;
    if values.next().is_some() { None } else { Some(value.to_owned()) }
}

/// Whether the browser sent anything under that name, ours or not.
pub(crate) fn has(request: &HttpRequest, name: Name, is_https: bool) -> bool {
    pairs(request).any(|(found, _)| found == name.as_str(is_https))
}

fn pairs(request: &HttpRequest) -> impl Iterator<Item = (&str, &str)> {
    let headers = request.headers().get_all(COOKIE).filter_map(|header| header.to_str().ok());
    headers.flat_map(|header| header.split(';')).filter_map(|pair| pair.trim().split_once('='))
}

fn is_ours(value: &str) -> bool {
    value.len() == 64 && value.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

/// A cookie to be kept for `ttl`; without, until the browser is closed.
pub(crate) fn set(name: Name, value: &str, is_https: bool, ttl: Option<Duration>) -> Cookie<'static> {
    let mut cookie = Cookie::new(name.as_str(is_https), value.to_owned());
    cookie.set_path("/");
    cookie.set_http_only(true);
    cookie.set_secure(is_https);
    cookie.set_same_site(SameSite::Lax);
    if let Some(ttl) = ttl {
        cookie.set_max_age(time::Duration::seconds(i64::try_from(ttl.as_secs()).unwrap_or(i64::MAX)));
    }
    cookie
}

/// The same, to be forgotten.
pub(crate) fn forget(name: Name, is_https: bool) -> Cookie<'static> {
    set(name, "", is_https, Some(Duration::ZERO))
}
