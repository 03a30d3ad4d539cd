//! What somebody wrote to those who run the site.

use diesel::prelude::*;
use vestibule_domain::contact::{ContactName, ContactText, Subject};
use vestibule_domain::email::EmailAddress;
use vestibule_domain::id::{ContactMessageId, UserId};
use vestibule_domain::time::Timestamp;

use crate::dialect::DatabaseConnection;
use crate::error::StoreError;
use crate::schema::contact_messages;

/// A message to be kept.
#[derive(Clone, Debug)]
pub struct NewContactMessage {
    /// Who was signed in when it was sent; it goes with that account.
    pub user: Option<UserId>,
    /// How the sender calls themselves.
    pub name: ContactName,
    /// Where an answer goes. Nobody proved it.
    pub email: EmailAddress,
    /// What it is about.
    pub subject: Subject,
    /// What it says.
    pub message: ContactText,
}

/// Keeps a message sent at `now`, which for one taken over is when it was sent there. [`StoreError::Missing`] where its sender's
/// account is gone.
pub fn insert(
    conn: &mut DatabaseConnection,
    now: Timestamp,
    new: &NewContactMessage,
) -> Result<ContactMessageId, StoreError> {
    let id: i64 = diesel::insert_into(contact_messages::table)
        .values((
            contact_messages::user_id.eq(new.user.map(UserId::get)),
            contact_messages::name.eq(new.name.as_str()),
            contact_messages::email.eq(new.email.as_str()),
            contact_messages::subject.eq(new.subject.as_str()),
            contact_messages::message.eq(new.message.as_str()),
            contact_messages::created_at.eq(now.naive_utc()),
        ))
        .returning(contact_messages::id)
        .get_result(conn)?;
    id.try_into().map_err(|_| StoreError::Corrupt { what: "id of contact message", row: id.to_string() })
}
