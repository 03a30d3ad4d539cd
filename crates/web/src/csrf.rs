//! Whether a form was sent from a page of ours (S23).
//!
//! Each form carries a token: an HMAC over the session's token, or for a stranger over the word in the visit cookie. Another
//! site can make a browser send a form, but it can read neither. A new session has new tokens, and ending one ends them.
//! Besides, browsers say where a form came from, and what they say is heard.

use actix_web::HttpRequest;
use actix_web::http::header::{HOST, HeaderName, HeaderValue, ORIGIN};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Makes and checks the tokens.
pub(crate) struct CsrfKey([u8; 32]);

impl std::fmt::Debug for CsrfKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CsrfKey(..)")
    }
}

impl CsrfKey {
    /// The key for this purpose, which tells nothing of the secret it is derived from.
    pub(crate) fn derive(secret_key: &[u8]) -> Self {
        Self(mac(secret_key, b"vestibule/csrf/1"))
    }

    /// The token of the forms of whoever has this cookie.
    pub(crate) fn token(&self, cookie: &str) -> String {
        base16ct::lower::encode_string(&mac(&self.0, cookie.as_bytes()))
    }

    /// Whether `token` is that.
    pub(crate) fn is_token(&self, cookie: &str, token: &str) -> bool {
        self.token(cookie).as_bytes().ct_eq(token.as_bytes()).into()
    }
}

fn mac(key: &[u8], text: &[u8]) -> [u8; 32] {
    // HMAC takes keys of any length.
    let Ok(mac) = Hmac::<Sha256>::new_from_slice(key) else { return [0; 32] };
    mac.chain_update(text).finalize().into_bytes().into()
}

/// Whether the browser says that the form came from elsewhere than `address`, where people reach this site, or the host it was
/// sent to. One that says nothing is an old one, or no browser: then the token decides alone.
pub(crate) fn is_from_elsewhere(request: &HttpRequest, address: &str) -> bool {
    let headers = request.headers();
    // `none` is the person's own doing: a page that was reloaded after the browser had been closed.
    let sites =
        headers.get_all(SEC_FETCH_SITE).map(|site| matches!(site.as_bytes(), b"same-origin" | b"none"));
    let says_ours = headers.get(SEC_FETCH_SITE).is_some_and(|site| site.as_bytes() == b"same-origin");
    let origins = headers.get_all(ORIGIN).map(|origin| {
        let origin = origin.as_bytes();
        let host = origin.strip_prefix(b"https://").or_else(|| origin.strip_prefix(b"http://"));
        let is_host = host.is_some() && host == headers.get(HOST).map(HeaderValue::as_bytes);
        // A page that is to send no referrer hides its own origin, too; a proxy may ask us by another name than people do.
        (origin == b"null" && says_ours) || origin == address.as_bytes() || is_host
    });
    sites.chain(origins).any(|is_ours| !is_ours)
}

/// Whether the browser says that it was sent from here, which no other site can have it say.
pub(crate) fn is_surely_from_here(request: &HttpRequest, address: &str) -> bool {
    let headers = request.headers();
    let is_told = headers.get(SEC_FETCH_SITE).is_some_and(|site| site.as_bytes() == b"same-origin")
        || headers.contains_key(ORIGIN);
    is_told && !is_from_elsewhere(request, address)
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    /// S23: what browsers say is heard, and of several headers of one name all have to be right.
    #[test]
    fn a_form_from_elsewhere_is_known_by_what_browsers_say() {
        let is_from_elsewhere = |headers: &[(&str, &str)]| {
            let request = TestRequest::post().insert_header((HOST, "own.example:8080"));
            let request =
                headers.iter().fold(request, |request, (name, value)| request.append_header((*name, *value)));
            is_from_elsewhere(&request.to_http_request(), "https://accounts.example")
        };
        for ours in [
            &[][..],
            &[("origin", "http://own.example:8080")],
            &[("origin", "https://own.example:8080")],
            &[("origin", "https://accounts.example"), ("sec-fetch-site", "same-origin")],
            &[("sec-fetch-site", "none")],
            &[("origin", "null"), ("sec-fetch-site", "same-origin")],
        ] {
            assert!(!is_from_elsewhere(ours), "{ours:?}");
        }
        for elsewhere in [
            &[("origin", "null")][..],
            &[("origin", "")],
            &[("origin", "https://own.example")],
            &[("origin", "https://own.example:8080.evil.example")],
            &[("origin", "own.example:8080")],
            &[("origin", "https://accounts.example.evil.example")],
            &[("origin", "https://accounts.example/")],
            &[("origin", "null"), ("sec-fetch-site", "none")],
            &[("origin", "https://accounts.example"), ("origin", "https://evil.example")],
            &[("origin", "https://accounts.example"), ("sec-fetch-site", "cross-site")],
            &[("sec-fetch-site", "same-site")],
            &[("sec-fetch-site", "same-origin"), ("sec-fetch-site", "cross-site")],
            &[("sec-fetch-site", "Same-Origin")],
        ] {
            assert!(is_from_elsewhere(elsewhere), "{elsewhere:?}");
        }
    }

    /// S23: a token is good for one cookie, and for those alone who know the key.
    #[test]
    fn a_token_belongs_to_one_cookie() {
        let (key, other) = (CsrfKey::derive(b"one secret"), CsrfKey::derive(b"another secret"));
        let token = key.token("alice's");
        assert!(key.is_token("alice's", &token));
        assert!(!key.is_token("bob's", &token) && !other.is_token("alice's", &token));
        for wrong in ["", &token[1..], &format!("{token}0"), &token.to_uppercase()] {
            assert!(!key.is_token("alice's", wrong), "{wrong}");
        }
        assert_eq!(format!("{key:?}"), "CsrfKey(..)");
    }
}
