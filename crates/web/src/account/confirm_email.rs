//! Taking a new address for one's own, or the old one back, by the link of a mail.
//!
//! Both links lead here. Which of them it is nobody knows before it is used, and the page says the same for both: that the
//! account has the address then that the mail came to.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use vestibule_auth::change_email::{ChangeEmailError, confirm_change};
use vestibule_auth::limits::LimitedAction;
use vestibule_http::conduct::admit;
use zeroize::Zeroizing;

use super::links;
use crate::form::Form;
use crate::page::Layout;
use crate::problem::PageProblem;
use crate::texts::{ENGLISH, Notice};
use crate::visitor::Visitor;

#[derive(Template)]
#[template(path = "account/confirm.html")]
struct ConfirmPage {
    layout: Layout,
    csrf: String,
    token: Zeroizing<String>,
}

/// Shows a page with one button.
pub(super) async fn show_confirm(visitor: Visitor) -> Result<HttpResponse, PageProblem> {
    let Some(token) = links::of_address(&visitor) else { return links::show_none(&visitor, false) };
    let layout = visitor.layout(ENGLISH.links.settle.title);
    let page = ConfirmPage { layout, csrf: visitor.csrf(), token: token.reveal() };
    links::show_secretly(&visitor, StatusCode::OK, &page)
}

/// Does as the link says. It ends every session.
pub(super) async fn confirm_email(visitor: Visitor, form: Form) -> Result<HttpResponse, PageProblem> {
    let fields = form.read(&visitor).await?;
    admit(&visitor.shell, &visitor.request, LimitedAction::UseToken).await?;
    let (words, unprocessable) = (&ENGLISH.links, StatusCode::UNPROCESSABLE_ENTITY);
    let Some(token) = links::of_form(&fields) else {
        return links::show_bad(&visitor, unprocessable, &words.bad, false);
    };
    let (now, client) = (visitor.shell.now(), visitor.client());
    match visitor.shell.database_write(move |accounts| confirm_change(accounts, now, &token, &client)).await?
    {
        Ok(()) => Ok(visitor.lead_to_saying("/login", Notice::AddressSettled)),
        Err(ChangeEmailError::Token) => links::show_bad(&visitor, unprocessable, &words.bad, false),
        Err(ChangeEmailError::EmailTaken) => {
            links::show_bad(&visitor, StatusCode::CONFLICT, &words.taken, false)
        }
        Err(ChangeEmailError::Store(error)) => Err(error.into()),
    }
}
