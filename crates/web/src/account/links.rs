//! What the pages have in common that mails lead to.
//!
//! Looking at such a page changes nothing and asks nothing of the database, however often a mail scanner does it; its form carries
//! the token on (S54). The address with the token in it is told to nobody: not to other sites, not to our own files' requests.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use vestibule_domain::token::MailToken;
use zeroize::Zeroizing;

use crate::fields::Fields;
use crate::page::Layout;
use crate::problem::PageProblem;
use crate::texts::{BadLinkTexts, ENGLISH};
use crate::visitor::Visitor;

/// The parameter of the link, and the hidden field of the form.
const TOKEN: &str = "token";

#[derive(Template)]
#[template(path = "account/link_bad.html")]
struct BadLinkPage {
    layout: Layout,
    words: &'static BadLinkTexts,
    /// What such links are for: a new one of the kind is asked for elsewhere.
    is_for_password: bool,
}

/// The token in the address.
pub(super) fn of_address(visitor: &Visitor) -> Option<MailToken> {
    let query = visitor.request.query_string().as_bytes();
    let (_, token) = url::form_urlencoded::parse(query).find(|(name, _)| name == TOKEN)?;
    Zeroizing::new(token.into_owned()).parse().ok()
}

/// The token in the form.
pub(super) fn of_form(fields: &Fields) -> Option<MailToken> {
    fields.text(TOKEN).parse().ok()
}

/// Shows a page that holds a token.
pub(super) fn show_secretly(
    visitor: &Visitor,
    status: StatusCode,
    page: &impl Template,
) -> Result<HttpResponse, PageProblem> {
    visitor.show_secretly(status, page)
}

/// Says that the link opens nothing. Whether it is unknown, spent, void or too old is not said.
pub(super) fn show_bad(
    visitor: &Visitor,
    status: StatusCode,
    words: &'static BadLinkTexts,
    is_for_password: bool,
) -> Result<HttpResponse, PageProblem> {
    let page = BadLinkPage { layout: visitor.layout(words.title), words, is_for_password };
    show_secretly(visitor, status, &page)
}

/// The same for an address that holds no token.
pub(super) fn show_none(visitor: &Visitor, is_for_password: bool) -> Result<HttpResponse, PageProblem> {
    show_bad(visitor, StatusCode::NOT_FOUND, &ENGLISH.links.bad, is_for_password)
}
