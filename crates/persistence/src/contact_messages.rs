//! What somebody wrote to those who run the site.

use chrono::NaiveDateTime;
use diesel::prelude::*;
use vestibule_domain::contact::{ContactName, ContactText, Subject};
use vestibule_domain::email::EmailAddress;
use vestibule_domain::id::{ContactMessageId, UserId};
use vestibule_domain::page::{Page, PageSize};
use vestibule_domain::time::Timestamp;

use crate::dialect::{DatabaseConnection, MultiBackend};
use crate::error::StoreError;
use crate::schema::contact_messages;
use crate::total;

/// A message as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContactMessage {
    /// Its number.
    pub id: ContactMessageId,
    /// Who was signed in when it was sent.
    pub user: Option<UserId>,
    /// How the sender calls themselves.
    pub name: ContactName,
    /// Where an answer goes. Nobody proved it.
    pub email: EmailAddress,
    /// What it is about.
    pub subject: Subject,
    /// What it says.
    pub message: ContactText,
    /// When it was sent.
    pub created_at: Timestamp,
    /// When somebody dealt with it; new until then.
    pub handled_at: Option<Timestamp>,
}

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

#[derive(Queryable)]
struct Row {
    id: i64,
    user_id: Option<i64>,
    name: String,
    email: String,
    subject: String,
    message: String,
    created_at: NaiveDateTime,
    handled_at: Option<NaiveDateTime>,
}

impl Row {
    fn into_message(self) -> Result<ContactMessage, StoreError> {
        let corrupt = |what| StoreError::Corrupt { what, row: format!("contact message {}", self.id) };
        Ok(ContactMessage {
            id: parse_id(self.id)?,
            user: self.user_id.map(UserId::try_from).transpose().map_err(|_| corrupt("account"))?,
            name: self.name.parse().map_err(|_| corrupt("name"))?,
            email: self.email.parse().map_err(|_| corrupt("address"))?,
            subject: self.subject.parse().map_err(|_| corrupt("subject"))?,
            message: self.message.parse().map_err(|_| corrupt("message"))?,
            created_at: Timestamp::from_naive_utc(self.created_at),
            handled_at: self.handled_at.map(Timestamp::from_naive_utc),
        })
    }
}

/// The message of this number.
pub fn find(
    conn: &mut DatabaseConnection,
    id: ContactMessageId,
) -> Result<Option<ContactMessage>, StoreError> {
    let row = contact_messages::table.find(id.get()).first::<Row>(conn).optional()?;
    row.map(Row::into_message).transpose()
}

/// The messages, newest first, those before `before` where that is given; only the handled or the new ones where that is asked.
pub fn list(
    conn: &mut DatabaseConnection,
    is_handled: Option<bool>,
    before: Option<ContactMessageId>,
    size: PageSize,
) -> Result<Page<ContactMessage>, StoreError> {
    let size = usize::from(size.get());
    let one_more = i64::try_from(size).unwrap_or(i64::MAX).saturating_add(1);
    let mut page = wanted(is_handled).order(contact_messages::id.desc()).limit(one_more);
    if let Some(before) = before {
        page = page.filter(contact_messages::id.lt(before.get()));
    }
    let mut rows = page.load::<Row>(conn)?;
    let has_more = rows.len() > size;
    rows.truncate(size);
    let entries = rows.into_iter().map(Row::into_message).collect::<Result<_, _>>()?;
    let counted = wanted(is_handled).select(contact_messages::id).limit(total::ONE_BEYOND);
    Ok(Page { entries, total: total::count(conn, counted)?, has_more })
}

fn wanted(is_handled: Option<bool>) -> contact_messages::BoxedQuery<'static, MultiBackend> {
    let all = contact_messages::table.into_boxed();
    match is_handled {
        None => all,
        Some(true) => all.filter(contact_messages::handled_at.is_not_null()),
        Some(false) => all.filter(contact_messages::handled_at.is_null()),
    }
}

/// Says that the message was handled at `handled_at`, or is new again. `false` where it was already so, or is not there.
pub fn set_handled(
    conn: &mut DatabaseConnection,
    id: ContactMessageId,
    handled_at: Option<Timestamp>,
) -> Result<bool, StoreError> {
    let value = contact_messages::handled_at.eq(handled_at.map(Timestamp::naive_utc));
    let message = contact_messages::table.find(id.get());
    let changed = if handled_at.is_some() {
        diesel::update(message.filter(contact_messages::handled_at.is_null())).set(value).execute(conn)?
    } else {
        diesel::update(message.filter(contact_messages::handled_at.is_not_null())).set(value).execute(conn)?
    };
    Ok(changed == 1)
}

/// Removes the message. `false` where there is none.
pub fn delete(conn: &mut DatabaseConnection, id: ContactMessageId) -> Result<bool, StoreError> {
    Ok(diesel::delete(contact_messages::table.find(id.get())).execute(conn)? == 1)
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
    parse_id(id)
}

fn parse_id(id: i64) -> Result<ContactMessageId, StoreError> {
    id.try_into().map_err(|_| StoreError::Corrupt { what: "id of contact message", row: id.to_string() })
}
