//! Choosing a new password by the link of a mail.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use vestibule_auth::limits::LimitedAction;
use vestibule_auth::reset_password::ResetPasswordError;
use vestibule_http::Undone;
use vestibule_http::conduct::{self, admit};
use zeroize::Zeroizing;

use super::links;
use super::password::take_twice;
use crate::fields::Faults;
use crate::form::Form;
use crate::page::Layout;
use crate::problem::PageProblem;
use crate::texts::{ENGLISH, Notice};
use crate::visitor::Visitor;

/// The fields.
const NEW: &str = "new_password";
const AGAIN: &str = "new_password_again";

#[derive(Template)]
#[template(path = "account/reset.html")]
struct ResetPage {
    layout: Layout,
    csrf: String,
    token: Zeroizing<String>,
    faults: Faults,
}

/// Shows the form.
pub(super) async fn show_reset(visitor: Visitor) -> Result<HttpResponse, PageProblem> {
    match links::of_address(&visitor) {
        Some(token) => show(&visitor, StatusCode::OK, token.reveal(), Faults::default()),
        None => links::show_none(&visitor, true),
    }
}

fn show(
    visitor: &Visitor,
    status: StatusCode,
    token: Zeroizing<String>,
    faults: Faults,
) -> Result<HttpResponse, PageProblem> {
    let layout = visitor.layout(ENGLISH.links.reset.title);
    let page = ResetPage { layout, csrf: visitor.csrf(), token, faults };
    links::show_secretly(visitor, status, &page)
}

/// Sets it. It signs nobody in.
pub(super) async fn reset_password(visitor: Visitor, form: Form) -> Result<HttpResponse, PageProblem> {
    let fields = form.read(&visitor).await?;
    admit(&visitor.shell, &visitor.request, LimitedAction::UseToken).await?;
    let Some(token) = links::of_form(&fields) else {
        return links::show_bad(&visitor, StatusCode::UNPROCESSABLE_ENTITY, &ENGLISH.links.bad, true);
    };
    let (text, mut faults) = (token.reveal(), Faults::default());
    let Some(new) = take_twice(&mut faults, &fields, NEW, AGAIN, ENGLISH.links.reset.differ) else {
        return show(&visitor, StatusCode::UNPROCESSABLE_ENTITY, text, faults);
    };
    match conduct::reset_password(&visitor.shell, token, new, visitor.client()).await {
        Ok(()) => Ok(visitor.lead_to_saying("/login", Notice::PasswordReset)),
        Err(Undone::Refused(refusal)) => Err(refusal.into()),
        Err(Undone::Failed(ResetPasswordError::Store(error))) => Err(error.into()),
        Err(Undone::Failed(ResetPasswordError::Hasher(error))) => Err(PageProblem::internal(error)),
        Err(Undone::Failed(ResetPasswordError::Token)) => {
            links::show_bad(&visitor, StatusCode::UNPROCESSABLE_ENTITY, &ENGLISH.links.bad, true)
        }
        Err(Undone::Failed(ResetPasswordError::WeakPassword(weak))) => {
            for fault in weak {
                faults.note(NEW, fault.to_string());
            }
            show(&visitor, StatusCode::UNPROCESSABLE_ENTITY, text, faults)
        }
    }
}
