//! Ending all sessions of an account.

use vestibule_domain::audit::AuditEvent;
use vestibule_domain::caller::{Caller, ClientInfo};
use vestibule_domain::id::UserId;
use vestibule_domain::permission::Permission;
use vestibule_domain::time::Timestamp;
use vestibule_persistence::{audit, sessions};

use super::AdministerError;
use super::deed::Deed;
use super::guard::ensure_within;
use crate::accounts::Accounts;

/// Ends every session of `user_id`. Answers how many there were.
pub fn end_sessions(
    accounts: &Accounts,
    now: Timestamp,
    caller: &Caller,
    user_id: UserId,
    client: &ClientInfo,
) -> Result<usize, AdministerError> {
    let (deed, event) = (Deed { now, caller, client }, AuditEvent::SessionsEnded);
    let ended = accounts.database.write(|conn| {
        ensure_within(conn, &deed, Permission::UsersWrite, user_id)?;
        let ended = sessions::delete_others(conn, user_id, None)?;
        audit::insert(conn, &deed.done_to(user_id, event).saying(format!("{ended} sessions")))?;
        Ok(ended)
    });
    accounts.callers.forget(user_id);
    deed.told(accounts, event, Some(user_id), ended)
}
