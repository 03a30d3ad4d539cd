//! Proving that an address is one's own, by the link of a mail.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use vestibule_auth::limits::LimitedAction;
use vestibule_auth::verify_email::{VerifyEmailError, verify_email as verify};
use vestibule_http::conduct::admit;
use zeroize::Zeroizing;

use super::links;
use crate::form::Form;
use crate::page::Layout;
use crate::problem::PageProblem;
use crate::texts::{ENGLISH, Notice};
use crate::visitor::Visitor;

#[derive(Template)]
#[template(path = "account/verify.html")]
struct VerifyPage {
    layout: Layout,
    csrf: String,
    token: Zeroizing<String>,
}

/// Shows a page with one button.
pub(super) async fn show_verify(visitor: Visitor) -> Result<HttpResponse, PageProblem> {
    let Some(token) = links::of_address(&visitor) else { return links::show_none(&visitor, false) };
    let layout = visitor.layout(ENGLISH.links.verify.title);
    let page = VerifyPage { layout, csrf: visitor.csrf(), token: token.reveal() };
    links::show_secretly(&visitor, StatusCode::OK, &page)
}

/// Takes the address for proven.
pub(super) async fn verify_email(visitor: Visitor, form: Form) -> Result<HttpResponse, PageProblem> {
    let fields = form.read(&visitor).await?;
    admit(&visitor.shell, &visitor.request, LimitedAction::UseToken).await?;
    let bad = || links::show_bad(&visitor, StatusCode::UNPROCESSABLE_ENTITY, &ENGLISH.links.bad, false);
    let Some(token) = links::of_form(&fields) else { return bad() };
    let (now, client) = (visitor.shell.now(), visitor.client());
    match visitor.shell.database_write(move |accounts| verify(accounts, now, &token, &client)).await? {
        Ok(()) if visitor.caller.is_some() => Ok(visitor.lead_to_saying("/profile", Notice::AddressProven)),
        Ok(()) => Ok(visitor.lead_to_saying("/login", Notice::AddressProven)),
        Err(VerifyEmailError::Token) => bad(),
        Err(VerifyEmailError::Store(error)) => Err(error.into()),
    }
}
