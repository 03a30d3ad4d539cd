//! A mail that waits, or was given up.

use serde::Serialize;
use utoipa::ToSchema;
use vestibule_domain::email::EmailAddress;
use vestibule_domain::id::UserId;
use vestibule_domain::mail::MailOrder;
use vestibule_persistence::outbox::OutboxEntry;

use crate::accounts::Instant;

/// A mail that waits, or was given up. It holds no secret: links are made when a mail leaves.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = QueuedMail)]
pub(crate) struct MailView {
    /// Its number.
    #[schema(minimum = 1, example = 1)]
    id: i64,
    /// What for.
    #[schema(example = "reset_password")]
    kind: String,
    /// Whether it is tried again by itself.
    #[schema(schema_with = super::list_mail::state_schema)]
    state: &'static str,
    /// The account it is about, where that is known before it is written.
    #[schema(required, minimum = 1)]
    user_id: Option<i64>,
    /// The address in the order, where the mail is not about the account's own.
    #[schema(required, format = "email")]
    email: Option<String>,
    /// When it was ordered.
    #[schema(format = DateTime)]
    created_at: Instant,
    /// When it is tried next.
    #[schema(format = DateTime)]
    due_at: Instant,
    /// How often it was tried.
    attempts: u32,
    /// What the mail server said last.
    #[schema(required)]
    last_error: Option<String>,
    /// When it was given up.
    #[schema(format = DateTime, required)]
    dead_at: Option<Instant>,
}

impl From<OutboxEntry> for MailView {
    fn from(entry: OutboxEntry) -> Self {
        Self {
            id: entry.id,
            kind: entry.kind,
            state: if entry.dead_at.is_some() { "dead" } else { "queued" },
            user_id: entry.user_id.map(UserId::get),
            email: entry.order.as_ref().and_then(address).map(ToString::to_string),
            created_at: Instant(entry.created_at),
            due_at: Instant(entry.due_at),
            attempts: entry.attempts,
            last_error: entry.last_error,
            dead_at: entry.dead_at.map(Instant),
        }
    }
}

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
