//! Deleting an account.

use diesel::prelude::*;
use vestibule_domain::email::EmailAddress;
use vestibule_domain::id::UserId;
use vestibule_domain::user::User;

use super::find;
use crate::dialect::{DatabaseConnection, lock_user_whole};
use crate::error::StoreError;
use crate::schema::users;
use crate::{outbox, posts};

/// Deletes the account and with it its sessions, tokens, roles, known clients, messages and waiting mails; what it wrote for
/// others to read stays, by nobody, and its drafts go. Answers the account as it was; `None` where there is none.
///
/// What points at it goes or is loosened by the database itself. The mails do not: an account's last one outlives it.
pub fn delete(conn: &mut DatabaseConnection, user_id: UserId) -> Result<Option<User>, StoreError> {
    lock_user_whole(conn, user_id.get())?;
    let Some(user) = find(conn, user_id)? else { return Ok(None) };
    posts::delete_drafts_of(conn, user_id)?;
    diesel::delete(users::table.find(user_id.get())).execute(conn)?;
    let address = user.email.as_ref().map(EmailAddress::key);
    outbox::delete_of_user(conn, user_id, address.as_ref())?;
    Ok(Some(user))
}
