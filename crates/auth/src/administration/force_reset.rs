//! Having an account choose a new password.

use vestibule_domain::audit::AuditEvent;
use vestibule_domain::caller::{Caller, ClientInfo};
use vestibule_domain::id::UserId;
use vestibule_domain::mail::MailOrder;
use vestibule_domain::password::PasswordHash;
use vestibule_domain::permission::Permission;
use vestibule_domain::time::Timestamp;
use vestibule_domain::token::MailPurpose;
use vestibule_persistence::{audit, credentials, installation, outbox, sessions, users};

use super::deed::Deed;
use super::guard::{ensure_admin_left, ensure_within};
use super::{AdministerError, forget_mailed_but};
use crate::accounts::Accounts;

/// Voids the password of `user_id` and what was mailed before, ends every session, and sends a link to choose a new one.
///
/// The ways back to other addresses stay open, as they do where somebody resets their own.
pub fn force_reset(
    accounts: &Accounts,
    now: Timestamp,
    caller: &Caller,
    user_id: UserId,
    client: &ClientInfo,
) -> Result<(), AdministerError> {
    let (deed, event) = (Deed { now, caller, client }, AuditEvent::PasswordResetForced);
    let forced = accounts.database.write(|conn| {
        installation::lock(conn)?;
        let user = ensure_within(conn, &deed, Permission::UsersWrite, user_id)?.user;
        if user_id == caller.user.id {
            return Err(AdministerError::OwnAccount);
        }
        // Until the link is followed the account looks after nothing.
        ensure_admin_left(conn, &user)?;
        if user.email.is_none() {
            return Err(AdministerError::NoEmail);
        }
        users::set_password_hash(conn, user_id, &PasswordHash::unusable())?;
        credentials::set_next_epoch(conn, user_id)?;
        sessions::delete_others(conn, user_id, None)?;
        outbox::insert(conn, now, &MailOrder::ChooseNewPassword { user_id })?;
        Ok(audit::insert(conn, &deed.done_to(user_id, event))?)
    });
    accounts.callers.forget(user_id);
    if forced.is_ok() {
        forget_mailed_but(accounts, user_id, MailPurpose::ResetPassword);
    }
    deed.told(accounts, event, Some(user_id), forced)
}
