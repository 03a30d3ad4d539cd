//! Deleting an account.

use vestibule_domain::audit::AuditEvent;
use vestibule_domain::avatar::AvatarName;
use vestibule_domain::caller::{Caller, ClientInfo};
use vestibule_domain::id::UserId;
use vestibule_domain::mail::MailOrder;
use vestibule_domain::permission::Permission;
use vestibule_domain::time::Timestamp;
use vestibule_domain::user::User;
use vestibule_persistence::dialect::DatabaseConnection;
use vestibule_persistence::{StoreError, audit, installation, outbox, users};

use super::deed::Deed;
use super::guard::{ensure_admin_left, ensure_within};
use super::{AdministerError, Word};
use crate::accounts::Accounts;

/// Deletes `user_id` and all that is personal of it. Answers its picture, whose files are the caller's to remove.
pub fn delete_user(
    accounts: &Accounts,
    now: Timestamp,
    caller: &Caller,
    user_id: UserId,
    client: &ClientInfo,
) -> Result<Option<AvatarName>, AdministerError> {
    let (deed, event) = (Deed { now, caller, client }, AuditEvent::Deleted);
    let word = Word::ask(accounts, now, user_id)?;
    let deleted = accounts.database.write(|conn| {
        installation::lock(conn)?;
        let user = ensure_within(conn, &deed, Permission::UsersWrite, user_id)?.user;
        ensure_admin_left(conn, &user)?;
        erase(conn, now, &user, &word)?;
        audit::insert(conn, &deed.done_to(user_id, event))?;
        Ok(user.profile.avatar)
    });
    accounts.callers.forget(user_id);
    if deleted.is_ok() {
        accounts.mail_tokens.forget_all(user_id);
    }
    deed.told(accounts, event, Some(user_id), deleted)
}

/// Deletes `user`, which is locked, and sends the last word there is to say. That is ordered behind it: the mails of an
/// account go with it.
pub(crate) fn erase(
    conn: &mut DatabaseConnection,
    now: Timestamp,
    user: &User,
    word: &Word,
) -> Result<(), StoreError> {
    users::delete(conn, user.id)?.ok_or(StoreError::Missing)?;
    match word.goes_to(user) {
        Some(email) => outbox::insert(conn, now, &MailOrder::AccountDeleted { email }),
        None => Ok(()),
    }
}
