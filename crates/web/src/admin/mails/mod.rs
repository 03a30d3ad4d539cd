//! The mail queue.

mod act;
mod list;

use actix_web::web::{self, ServiceConfig};
use vestibule_domain::email::EmailAddress;
use vestibule_domain::mail::MailOrder;
use vestibule_persistence::outbox::OutboxEntry;

use crate::texts::ENGLISH;

/// Their routes.
pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/admin/mail").route(web::get().to(list::show_mails)))
        .service(web::resource("/admin/mail/actions").route(web::post().to(act::act_on_mails)));
}

/// What a mail is about, in words; an order only another version knows keeps its name.
fn kind(entry: &OutboxEntry) -> String {
    (ENGLISH.admin.mails.kind)(&entry.kind).map_or_else(|| entry.kind.clone(), str::to_owned)
}

/// The address in the order, where the mail is not about an account's own.
fn address(order: &MailOrder) -> Option<&EmailAddress> {
    match order {
        MailOrder::ResetPassword { typed } => Some(typed),
        MailOrder::ConfirmEmailChange { new_email, .. } => Some(new_email),
        MailOrder::EmailChangeNotice { old_email, .. } | MailOrder::EmailReplaced { old_email, .. } => {
            Some(old_email)
        }
        MailOrder::AccountDeleted { email } => Some(email),
        MailOrder::VerifyEmail { .. }
        | MailOrder::ChooseFirstPassword { .. }
        | MailOrder::ChooseNewPassword { .. }
        | MailOrder::PasswordChanged { .. }
        | MailOrder::NewSignIn { .. }
        | MailOrder::AccountExists { .. } => None,
    }
}
