//! Leaving.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use vestibule_auth::delete_account::DeleteAccountError;
use vestibule_http::{Undone, conduct};

use super::password::note_undone;
use super::sign_out::lead_out;
use crate::entry::SignedIn;
use crate::fields::Faults;
use crate::form::Form;
use crate::page::Layout;
use crate::problem::PageProblem;
use crate::texts::{ENGLISH, Notice};

/// The field, so that a session alone deletes nothing.
const PASSWORD: &str = "password";

#[derive(Template)]
#[template(path = "account/delete.html")]
struct DeletePage {
    layout: Layout,
    csrf: String,
    faults: Faults,
}

/// Says what goes and what stays, and asks for the password.
pub(super) async fn show_delete(visitor: SignedIn) -> Result<HttpResponse, PageProblem> {
    show(&visitor, StatusCode::OK, Faults::default())
}

fn show(visitor: &SignedIn, status: StatusCode, faults: Faults) -> Result<HttpResponse, PageProblem> {
    let layout = visitor.layout(ENGLISH.profile.delete.title);
    visitor.show(status, &DeletePage { layout, csrf: visitor.csrf(), faults })
}

/// Deletes the account.
pub(super) async fn delete_account(visitor: SignedIn, form: Form) -> Result<HttpResponse, PageProblem> {
    let fields = form.read(&visitor).await?;
    let mut faults = Faults::default();
    let Some(password) = faults.take(PASSWORD, fields.password(PASSWORD)) else {
        return show(&visitor, StatusCode::UNPROCESSABLE_ENTITY, faults);
    };
    let (caller, client) = (visitor.caller.clone(), visitor.client());
    match conduct::delete_account(&visitor.shell, caller, password, client).await {
        Ok(()) => Ok(lead_out(&visitor, "/", Notice::AccountDeleted)),
        Err(Undone::Refused(refusal)) => Err(refusal.into()),
        Err(Undone::Failed(DeleteAccountError::Store(error))) => Err(error.into()),
        Err(Undone::Failed(DeleteAccountError::LastAdmin)) => {
            faults.note_whole(ENGLISH.profile.delete.last_admin);
            show(&visitor, StatusCode::CONFLICT, faults)
        }
        Err(Undone::Failed(DeleteAccountError::Password(error))) => {
            note_undone(&mut faults, PASSWORD, PASSWORD, Undone::Failed(error))?;
            show(&visitor, StatusCode::UNPROCESSABLE_ENTITY, faults)
        }
    }
}
