//! The headers that every answer carries.

use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CROSS_ORIGIN_OPENER_POLICY, CROSS_ORIGIN_RESOURCE_POLICY,
    HeaderMap, HeaderName, HeaderValue, PERMISSIONS_POLICY, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};

/// They hold whatever a handler says. (After the OWASP Secure Headers Project and the HTTP Headers Cheat Sheet.)
const FIRM: [(HeaderName, HeaderValue); 4] = [
    (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (CROSS_ORIGIN_OPENER_POLICY, HeaderValue::from_static("same-origin")),
    (
        PERMISSIONS_POLICY,
        HeaderValue::from_static("camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    ),
];

/// They hold unless a handler knows better: a page loads styles, an asset may be cached, a picture may be shown
/// elsewhere, a form needs its origin.
const UNLESS_SET: [(HeaderName, HeaderValue); 4] = [
    (CACHE_CONTROL, HeaderValue::from_static("no-store")),
    (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (CROSS_ORIGIN_RESOURCE_POLICY, HeaderValue::from_static("same-origin")),
    (
        CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(
            "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
        ),
    ),
];

/// One year, the least that browsers' preload lists and ASVS 3.4.1 ask. Without subdomains: those may not be ours.
const ONE_YEAR: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// Adds them; `secure` where the client speaks TLS with us or with our proxy.
pub(crate) fn set(headers: &mut HeaderMap, secure: bool) {
    // Room for all of them at once, and for what else the door adds.
    headers.reserve(FIRM.len() + UNLESS_SET.len() + 4);
    for (name, value) in FIRM {
        headers.insert(name, value);
    }
    for (name, value) in UNLESS_SET {
        if !headers.contains_key(&name) {
            headers.insert(name, value);
        }
    }
    if secure {
        headers.insert(STRICT_TRANSPORT_SECURITY, ONE_YEAR);
    }
}
