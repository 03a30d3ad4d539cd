//! What a body calls itself.

use actix_web::http::header::{CONTENT_TYPE, HeaderMap};

/// The two kinds of body there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MediaType {
    /// `application/json`
    Json,
    /// `application/x-www-form-urlencoded`
    Form,
}

impl MediaType {
    /// What `headers` say, where they say it once, and in UTF-8.
    pub(super) fn of(headers: &HeaderMap) -> Option<Self> {
        let mut given = headers.get_all(CONTENT_TYPE);
        let (Some(value), None) = (given.next(), given.next()) else { return None };
        let mut parts = value.to_str().ok()?.split(';');
        let essence = parts.next().unwrap_or_default().trim();
        let charset_fits = parts.all(|part| match part.trim().split_once('=') {
            Some((name, value)) if name.eq_ignore_ascii_case("charset") => {
                value.trim_matches('"').eq_ignore_ascii_case("utf-8")
            }
            _ => true,
        });
        let kinds = [("application/json", Self::Json), ("application/x-www-form-urlencoded", Self::Form)];
        let kind = kinds.into_iter().find(|(name, _)| essence.eq_ignore_ascii_case(name));
        kind.filter(|_| charset_fits).map(|(_, kind)| kind)
    }
}
