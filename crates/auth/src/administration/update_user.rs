//! Changing what an account is called and tells.

use vestibule_domain::audit::AuditEvent;
use vestibule_domain::caller::{Caller, ClientInfo};
use vestibule_domain::email::{EmailAddress, EmailKey};
use vestibule_domain::id::UserId;
use vestibule_domain::mail::MailOrder;
use vestibule_domain::permission::Permission;
use vestibule_domain::time::Timestamp;
use vestibule_domain::token::MailPurpose;
use vestibule_domain::user::User;
use vestibule_persistence::dialect::DatabaseConnection;
use vestibule_persistence::users::{self, UserChange};
use vestibule_persistence::{
    StoreError, audit, credentials, email_ways_back, installation, outbox, sessions,
};

use super::deed::Deed;
use super::guard::ensure_within;
use super::suspend_user::{restore, suspend};
use super::{AdministerError, Seen, Word, forget_mailed_but};
use crate::accounts::Accounts;
use crate::limits::MailKind;
use crate::rules::EmailVerification;

/// What is to change.
#[derive(Clone, Debug, Default)]
pub struct AccountChange {
    /// Names, address, profile.
    pub user: UserChange,
    /// Whether it may sign in.
    pub is_active: Option<bool>,
}

/// Changes it. Another address counts as not proven, ends every session, voids what was mailed, and the old address is told.
/// With `seen` only where it still is what they saw ([`Seen::account`]), else [`AdministerError::Stale`].
pub fn update_user(
    accounts: &Accounts,
    now: Timestamp,
    caller: &Caller,
    user_id: UserId,
    change: &AccountChange,
    seen: Option<Seen>,
    client: &ClientInfo,
) -> Result<User, AdministerError> {
    let deed = Deed { now, caller, client };
    let word = change.user.email.as_ref().map(|_| Word::ask(accounts, now, user_id)).transpose()?;
    let asks_for_proof = accounts.rules.email_verification != EmailVerification::Off;
    let updated = accounts.database.write(|conn| {
        if change.is_active == Some(false) {
            installation::lock(conn)?;
        }
        let user = ensure_within(conn, &deed, Permission::UsersWrite, user_id)?.user;
        let user = match change.is_active {
            Some(true) => restore(conn, &deed, user)?,
            Some(false) => suspend(conn, &deed, user)?,
            None => user,
        };
        let moved = update(conn, &deed, &user, &change.user, seen)?;
        if moved {
            move_address(conn, now, &user, change, word.as_ref(), asks_for_proof)?;
        }
        Ok((users::find(conn, user_id)?.ok_or(AdministerError::Missing)?, moved))
    });
    accounts.callers.forget(user_id);
    if let Ok((user, moved)) = &updated {
        clear_up(accounts, now, user, *moved, change);
    }
    deed.told(accounts, AuditEvent::Updated, Some(user_id), updated.map(|(user, _)| user))
}

/// Changes `user`, which is locked. Answers whether it has another address now.
fn update(
    conn: &mut DatabaseConnection,
    deed: &Deed<'_>,
    user: &User,
    change: &UserChange,
    seen: Option<Seen>,
) -> Result<bool, AdministerError> {
    let fields = changed_fields(user, change);
    // What was sent twice is there, and nobody was overtaken.
    if fields.is_empty() {
        return Ok(false);
    }
    Seen::account(user).ensure_is(seen)?;
    let username = change.username.as_ref().unwrap_or(&user.username);
    let email = change.email.as_ref().unwrap_or(&user.email);
    let has_no_name = username.is_none() && email.is_none();
    if has_no_name || (email.is_none() && !can_sign_in(conn, user.id)?) {
        return Err(AdministerError::NoWayIn);
    }
    if user.id == deed.caller.user.id && key(email.as_ref()) != key(user.email.as_ref()) {
        return Err(AdministerError::OwnAccount);
    }
    users::set_user(conn, deed.now, user.id, change)?;
    audit::insert(conn, &deed.done_to(user.id, AuditEvent::Updated).saying(fields.join(", ")))?;
    Ok(key(email.as_ref()) != key(user.email.as_ref()))
}

/// Whether there is a password: without one only a link opens the account, and that needs an address.
fn can_sign_in(conn: &mut DatabaseConnection, user_id: UserId) -> Result<bool, StoreError> {
    Ok(credentials::find(conn, user_id)?.is_some_and(|credential| credential.password_hash.is_usable()))
}

fn key(email: Option<&EmailAddress>) -> Option<EmailKey> {
    email.map(EmailAddress::key)
}

/// What hung on the old address of `user` ends; its links are void since [`users::set_user`]. The ways back to addresses before it close, too: what those who look after
/// accounts decided is not undone by an old mail.
fn move_address(
    conn: &mut DatabaseConnection,
    now: Timestamp,
    user: &User,
    change: &AccountChange,
    word: Option<&Word>,
    asks_for_proof: bool,
) -> Result<(), StoreError> {
    let user_id = user.id;
    sessions::delete_others(conn, user_id, None)?;
    email_ways_back::delete_of_user(conn, user_id)?;
    if let Some(old_email) = word.and_then(|word| word.goes_to(user)) {
        outbox::insert(conn, now, &MailOrder::EmailReplaced { user_id, old_email })?;
    }
    if asks_for_proof && matches!(change.user.email, Some(Some(_))) {
        outbox::insert(conn, now, &MailOrder::VerifyEmail { user_id })?;
    }
    Ok(())
}

/// What lies outside of the transaction.
fn clear_up(accounts: &Accounts, now: Timestamp, user: &User, moved: bool, change: &AccountChange) {
    if moved {
        forget_mailed_but(accounts, user.id, MailPurpose::VerifyEmail);
        if let Some(email) = &user.email {
            // The link goes out whatever the limit says: an account may be of no use without it.
            let _ = accounts.limits.admit_mail(now, MailKind::Proof, &email.key());
        }
    } else if change.is_active == Some(false) {
        accounts.mail_tokens.forget_all(user.id);
    }
}

/// The names of the fields that `change` gives another value.
fn changed_fields(user: &User, change: &UserChange) -> Vec<&'static str> {
    let (profile, told) = (&user.profile, &change.profile);
    let compared = [
        ("username", change.username.as_ref().is_some_and(|new| *new != user.username)),
        ("email", change.email.as_ref().is_some_and(|new| *new != user.email)),
        ("full_name", told.full_name.as_ref().is_some_and(|new| *new != user.full_name)),
        ("nickname", told.nickname.as_ref().is_some_and(|new| *new != profile.nickname)),
        ("phone", told.phone.as_ref().is_some_and(|new| *new != profile.phone)),
        ("dob", told.dob.as_ref().is_some_and(|new| *new != profile.dob)),
        ("metadata", told.metadata.as_ref().is_some_and(|new| *new != profile.metadata)),
    ];
    compared.into_iter().filter(|(_, differs)| *differs).map(|(name, _)| name).collect()
}
