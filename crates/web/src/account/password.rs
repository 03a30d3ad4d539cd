//! A new password for whoever knows the old one.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use vestibule_auth::change_password::ChangePasswordError;
use vestibule_domain::password::Password;
use vestibule_http::{Undone, conduct};

use crate::entry::SignedIn;
use crate::fields::{Faults, Fields};
use crate::form::Form;
use crate::page::Layout;
use crate::problem::PageProblem;
use crate::texts::{ENGLISH, Notice};

/// Where it is.
const PATH: &str = "/profile/password";

/// The fields.
const CURRENT: &str = "current_password";
const NEW: &str = "new_password";
const AGAIN: &str = "new_password_again";

#[derive(Template)]
#[template(path = "account/password.html")]
struct PasswordPage {
    layout: Layout,
    csrf: String,
    faults: Faults,
}

/// Shows the form.
pub(super) async fn show_password(visitor: SignedIn) -> Result<HttpResponse, PageProblem> {
    show(&visitor, StatusCode::OK, Faults::default())
}

fn show(visitor: &SignedIn, status: StatusCode, faults: Faults) -> Result<HttpResponse, PageProblem> {
    let layout = visitor.layout(ENGLISH.profile.password.title);
    visitor.show(status, &PasswordPage { layout, csrf: visitor.csrf(), faults })
}

/// Changes it.
pub(super) async fn change_password(visitor: SignedIn, form: Form) -> Result<HttpResponse, PageProblem> {
    let fields = form.read(&visitor).await?;
    let (current, new) = match parse(&fields) {
        Ok(passwords) => passwords,
        Err(faults) => return show(&visitor, StatusCode::UNPROCESSABLE_ENTITY, faults),
    };
    let (caller, client) = (visitor.caller.clone(), visitor.client());
    match conduct::change_password(&visitor.shell, caller, current, new, client).await {
        Ok(()) => Ok(visitor.lead_to_saying(PATH, Notice::PasswordChanged)),
        Err(undone) => {
            let mut faults = Faults::default();
            note_undone(&mut faults, CURRENT, NEW, undone)?;
            show(&visitor, StatusCode::UNPROCESSABLE_ENTITY, faults)
        }
    }
}

fn parse(fields: &Fields) -> Result<(Password, Password), Faults> {
    let mut faults = Faults::default();
    let current = faults.take(CURRENT, fields.password(CURRENT));
    let new = take_twice(&mut faults, fields, NEW, AGAIN, ENGLISH.profile.password.differ);
    current.zip(new).ok_or(faults)
}

/// A new password that was typed twice.
pub(super) fn take_twice(
    faults: &mut Faults,
    fields: &Fields,
    name: &'static str,
    again: &'static str,
    differ: &str,
) -> Option<Password> {
    let new = faults.take(name, fields.password(name))?;
    if fields.text(name) == fields.text(again) {
        return Some(new);
    }
    faults.note(again, differ);
    None
}

/// Notes what of a use case that asks for the password is for people to mend, and hands on what is not.
pub(super) fn note_undone(
    faults: &mut Faults,
    current: &'static str,
    new: &'static str,
    undone: Undone<ChangePasswordError>,
) -> Result<(), PageProblem> {
    match undone {
        // Whoever changed it in the meantime knew it; the one that was sent is no longer current.
        Undone::Failed(ChangePasswordError::WrongPassword | ChangePasswordError::Stale) => {
            faults.note(current, ENGLISH.profile.wrong_password);
            Ok(())
        }
        Undone::Failed(ChangePasswordError::WeakPassword(weak)) => {
            for fault in weak {
                faults.note(new, fault.to_string());
            }
            Ok(())
        }
        Undone::Failed(ChangePasswordError::TooMany(hit)) => Err(hit.into()),
        Undone::Failed(ChangePasswordError::Hasher(error)) => Err(PageProblem::internal(error)),
        Undone::Failed(ChangePasswordError::Store(error)) => Err(error.into()),
        Undone::Refused(refusal) => Err(refusal.into()),
    }
}
