//! Suspending an account, and restoring it.

use vestibule_domain::audit::AuditEvent;
use vestibule_domain::caller::{Caller, ClientInfo};
use vestibule_domain::id::UserId;
use vestibule_domain::permission::Permission;
use vestibule_domain::time::Timestamp;
use vestibule_domain::user::User;
use vestibule_persistence::dialect::DatabaseConnection;
use vestibule_persistence::{audit, credentials, installation, sessions, users};

use super::AdministerError;
use super::deed::Deed;
use super::guard::{ensure_admin_left, ensure_within};
use crate::accounts::Accounts;

/// Suspends `user_id`: every session ends, and what was mailed is void. Suspending it again changes nothing.
pub fn suspend_user(
    accounts: &Accounts,
    now: Timestamp,
    caller: &Caller,
    user_id: UserId,
    client: &ClientInfo,
) -> Result<User, AdministerError> {
    let deed = Deed { now, caller, client };
    let suspended = accounts.database.write(|conn| {
        installation::lock(conn)?;
        let within = ensure_within(conn, &deed, Permission::UsersWrite, user_id)?;
        suspend(conn, &deed, within.user)
    });
    accounts.callers.forget(user_id);
    if suspended.is_ok() {
        accounts.mail_tokens.forget_all(user_id);
    }
    deed.told(accounts, AuditEvent::Suspended, Some(user_id), suspended)
}

/// Lets `user_id` sign in again. What ended stays ended.
pub fn restore_user(
    accounts: &Accounts,
    now: Timestamp,
    caller: &Caller,
    user_id: UserId,
    client: &ClientInfo,
) -> Result<User, AdministerError> {
    let deed = Deed { now, caller, client };
    let restored = accounts.database.write(|conn| {
        let within = ensure_within(conn, &deed, Permission::UsersWrite, user_id)?;
        restore(conn, &deed, within.user)
    });
    accounts.callers.forget(user_id);
    deed.told(accounts, AuditEvent::Restored, Some(user_id), restored)
}

/// Suspends `user`, which is locked, behind [`installation::lock`]. Answers it as it then is.
pub(super) fn suspend(
    conn: &mut DatabaseConnection,
    deed: &Deed<'_>,
    user: User,
) -> Result<User, AdministerError> {
    if !user.is_active() {
        return Ok(user);
    }
    ensure_admin_left(conn, &user)?;
    users::set_suspended(conn, deed.now, user.id, true)?;
    credentials::set_next_epoch(conn, user.id)?;
    sessions::delete_others(conn, user.id, None)?;
    audit::insert(conn, &deed.done_to(user.id, AuditEvent::Suspended))?;
    users::find(conn, user.id)?.ok_or(AdministerError::Missing)
}

/// Restores `user`, which is locked. Answers it as it then is.
pub(super) fn restore(
    conn: &mut DatabaseConnection,
    deed: &Deed<'_>,
    user: User,
) -> Result<User, AdministerError> {
    if user.suspended_at.is_none() {
        return Ok(user);
    }
    users::set_suspended(conn, deed.now, user.id, false)?;
    audit::insert(conn, &deed.done_to(user.id, AuditEvent::Restored))?;
    users::find(conn, user.id)?.ok_or(AdministerError::Missing)
}
