//! Whom to tell of a vulnerability (RFC 9116).

use std::fmt::Write as _;
use std::time::Duration;

use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use actix_web::web::Data;
use actix_web::{HttpResponse, get};
use vestibule_domain::time::Timestamp;
use vestibule_http::Shell;

use crate::caller::Anyone;
use crate::documents::responses::{Protocol, WithName, WithoutQuery};
use crate::face::Face;
use crate::problem::{Code, Problem};
use crate::query::NoQuery;

/// How long a copy that somebody kept is to be believed. RFC 9116 (2.5.5) asks for less than a year.
const GOOD_FOR: Duration = Duration::from_hours(180 * 24);

/// The end is that of a day, so that two nodes and two minutes say the same.
const DAY: i64 = 24 * 60 * 60;

/// Whom to tell of a vulnerability
///
/// The operator's contacts (RFC 9116), where `SECURITY_CONTACT` names any.
#[utoipa::path(
    tag = "health",
    operation_id = "get_security_txt",
    responses(
        (status = 200, description = "The contacts", body = String, content_type = "text/plain"),
        WithName,
        WithoutQuery,
        Protocol,
    ),
)]
#[get("/security.txt")]
pub(crate) async fn get_security_txt(
    _: Anyone,
    shell: Data<Shell>,
    face: Data<Face>,
    query: NoQuery,
) -> Result<HttpResponse, Problem> {
    query.check()?;
    if face.contacts.is_empty() {
        return Err(Code::NotFound.into());
    }
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/plain; charset=utf-8"))
        .insert_header((CACHE_CONTROL, "public, max-age=86400"))
        .body(written(&face.contacts, face.address(), shell.now())))
}

fn written(contacts: &[String], address: &str, now: Timestamp) -> String {
    let mut text = String::new();
    for contact in contacts {
        // To write into memory does not fail.
        let _never = writeln!(text, "Contact: {contact}");
    }
    let today = now.unix_seconds().div_euclid(DAY) * DAY;
    let expires = Timestamp::from_unix_seconds(today).unwrap_or(now).plus(GOOD_FOR);
    let _never = writeln!(text, "Expires: {expires}\nCanonical: {address}/.well-known/security.txt");
    text + "Preferred-Languages: en\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    /// S100: a copy of any moment is good for half a year, and the whole day says the same.
    #[test]
    fn it_ends_half_a_year_after_the_day_began() {
        let contacts = ["mailto:a@example.org", "https://example.org/b"].map(str::to_owned);
        let expected = "Contact: mailto:a@example.org\nContact: https://example.org/b\n\
            Expires: 2027-05-20T00:00:00Z\nCanonical: https://example.org/.well-known/security.txt\n\
            Preferred-Languages: en\n";
        for now in ["2026-11-21T00:00:00Z", "2026-11-21T23:59:59.999999Z"] {
            assert_eq!(written(&contacts, "https://example.org", now.parse().unwrap()), expected);
        }
    }
}
