//! What people write to those who run the site.

use vestibule_domain::audit::{AuditEvent, AuditRecord};
use vestibule_domain::caller::{Caller, ClientInfo};
use vestibule_domain::id::ContactMessageId;
use vestibule_domain::page::{Page, PageSize};
use vestibule_domain::submission::SubmissionKey;
use vestibule_domain::time::Timestamp;
use vestibule_persistence::contact_messages::{self, ContactMessage, NewContactMessage};
use vestibule_persistence::dialect::DatabaseConnection;
use vestibule_persistence::submissions::Submission;
use vestibule_persistence::{Database, StoreError, audit};

use crate::error::ContentError;
use crate::sent::{Sent, once, parse_id};

/// Keeps a message. The faces limit how often; `sender` is what tells anonymous keys apart (the network address). The same
/// `key` again answers the message of the first attempt, or [`ContentError::NotFound`] where that was removed meanwhile.
///
/// Nothing is mailed: a form that writes to an address its sender names would write to anybody.
pub fn send_message(
    database: &Database,
    now: Timestamp,
    message: &NewContactMessage,
    sender: &ClientInfo,
    key: Option<&SubmissionKey>,
) -> Result<Sent<ContactMessage>, ContentError> {
    let whose = match message.user {
        Some(user) => format!("account/{user}"),
        None => format!("address/{}", sender.network()),
    };
    let NewContactMessage { name, email, subject, message: text, .. } = message;
    let body = [name.as_str(), email.as_str(), subject.as_str(), text.as_str()];
    let submission = key.map(|key| Submission { operation: "contact", sender: &whose, key, body: &body });
    database.write(|conn| {
        let keep = |conn: &mut _| Ok(contact_messages::insert(conn, now, message)?.get());
        let sent = once(conn, now, submission.as_ref(), keep)?;
        sent.try_map(|id| find(conn, parse_id("id of contact message", id)?))
    })
}

fn find(conn: &mut DatabaseConnection, id: ContactMessageId) -> Result<ContactMessage, ContentError> {
    contact_messages::find(conn, id)?.ok_or(ContentError::NotFound)
}

/// Messages, newest first, before `before`; only handled or new ones where that is asked. Faces ask for `contact.read`.
pub fn list_messages(
    database: &Database,
    is_handled: Option<bool>,
    before: Option<ContactMessageId>,
    size: PageSize,
) -> Result<Page<ContactMessage>, ContentError> {
    let listing = |conn: &mut _| contact_messages::list(conn, is_handled, before, size);
    Ok(database.read::<_, StoreError>(listing)?)
}

/// One message. Faces ask for `contact.read`.
pub fn find_message(database: &Database, id: ContactMessageId) -> Result<ContactMessage, ContentError> {
    database.read(|conn| find(conn, id))
}

/// Says that a message is handled, or new again. Faces ask for `contact.read`. What is so already stays as it is, and is not
/// told again.
pub fn mark_message(
    database: &Database,
    now: Timestamp,
    caller: &Caller,
    id: ContactMessageId,
    is_handled: bool,
    client: &ClientInfo,
) -> Result<ContactMessage, ContentError> {
    database.write(|conn| {
        if contact_messages::set_handled(conn, id, is_handled.then_some(now))? {
            tell(conn, now, caller, id, if is_handled { "handled" } else { "new again" }, client)?;
        }
        find(conn, id)
    })
}

/// Removes a message. Faces ask for `contact.read`.
pub fn delete_message(
    database: &Database,
    now: Timestamp,
    caller: &Caller,
    id: ContactMessageId,
    client: &ClientInfo,
) -> Result<(), ContentError> {
    database.write(|conn| {
        if !contact_messages::delete(conn, id)? {
            return Err(ContentError::NotFound);
        }
        Ok(tell(conn, now, caller, id, "deleted", client)?)
    })
}

/// What was done with a message, and never what it says.
fn tell(
    conn: &mut DatabaseConnection,
    now: Timestamp,
    caller: &Caller,
    id: ContactMessageId,
    what: &str,
    client: &ClientInfo,
) -> Result<(), StoreError> {
    let told = AuditRecord::success(now, AuditEvent::MessageHandled, client);
    audit::insert(conn, &told.acted(caller.user.id).saying(format!("message {id}: {what}")))
}
