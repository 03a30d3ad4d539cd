//! A new password for whoever knows the old one.
//!
//! The new one may be the old one: no history is kept, so a rule against it would stop nobody who adds a digit.

use thiserror::Error;
use vestibule_domain::audit::{AuditEvent, AuditRecord};
use vestibule_domain::caller::{Caller, ClientInfo};
use vestibule_domain::id::UserId;
use vestibule_domain::mail::MailOrder;
use vestibule_domain::password::rules::WeakPassword;
use vestibule_domain::password::{Password, PasswordHash};
use vestibule_domain::random::Random;
use vestibule_domain::time::Timestamp;
use vestibule_domain::user::User;
use vestibule_persistence::users::Credential;
use vestibule_persistence::{StoreError, audit, credentials, known_clients, outbox, sessions};

use crate::accounts::Accounts;
use crate::hasher::{Hasher, HasherError, Scratch, Verdict};
use crate::limits::{MailKind, TooMany, TriedAccount};
use crate::refusal;
use crate::sign_in::ATTEMPTS;

/// Why the password stays.
#[derive(Debug, Error)]
pub enum ChangePasswordError {
    /// The current password is another.
    #[error("the current password is wrong")]
    WrongPassword,
    /// The new password breaks these rules.
    #[error("the password is too weak")]
    WeakPassword(Vec<WeakPassword>),
    /// Too many wrong ones.
    #[error(transparent)]
    TooMany(#[from] TooMany),
    /// The account changed while the current password was checked: look it up again.
    #[error("the account changed in the meantime")]
    Stale,
    /// The hasher failed.
    #[error(transparent)]
    Hasher(#[from] HasherError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What checking the current password came to, and the hash of the new one.
pub struct CheckedChange {
    /// What the current password was checked against.
    pub credential: Credential,
    /// What to store; made only where the current password was right.
    pub new_hash: Option<PasswordHash>,
}

/// Changes the password: all three steps, again where the account changed in between.
#[expect(clippy::too_many_arguments, reason = "one call in the place of three takes what the three take")]
pub fn change_password(
    accounts: &Accounts,
    now: Timestamp,
    random: &dyn Random,
    scratch: &mut Scratch,
    caller: &Caller,
    current: &Password,
    new: &Password,
    client: &ClientInfo,
) -> Result<(), ChangePasswordError> {
    for _ in 0..ATTEMPTS {
        let credential = look_up(accounts, now, caller, new, client)?;
        let checked = check(&accounts.hasher, random, scratch, credential, current, new)?;
        match finish(accounts, now, caller, &checked, client) {
            Err(ChangePasswordError::Stale) => {}
            outcome => return outcome,
        }
    }
    Err(ChangePasswordError::Stale)
}

/// Step one, on the database: refuses weak passwords and eager callers, and finds what to check against.
pub fn look_up(
    accounts: &Accounts,
    now: Timestamp,
    caller: &Caller,
    new: &Password,
    client: &ClientInfo,
) -> Result<Credential, ChangePasswordError> {
    let weak = accounts.rules.weaknesses(new, &caller.user);
    if !weak.is_empty() {
        return Err(ChangePasswordError::WeakPassword(weak));
    }
    look_up_own(accounts, now, caller.user.id, client)
}

/// Step two, on the hash pool.
pub fn check(
    hasher: &Hasher,
    random: &dyn Random,
    scratch: &mut Scratch,
    credential: Credential,
    current: &Password,
    new: &Password,
) -> Result<CheckedChange, HasherError> {
    let verdict = hasher.verify(scratch, current, Some(&credential.password_hash))?;
    let is_right = verdict != Verdict::Rejected;
    let new_hash = is_right.then(|| hasher.hash(scratch, random, new)).transpose()?;
    Ok(CheckedChange { credential, new_hash })
}

/// Step three, on the database: the new hash, every other session ended, pending links void, and a notice by mail.
pub fn finish(
    accounts: &Accounts,
    now: Timestamp,
    caller: &Caller,
    checked: &CheckedChange,
    client: &ClientInfo,
) -> Result<(), ChangePasswordError> {
    let user_id = caller.user.id;
    note_own(accounts, now, user_id, checked.new_hash.is_some(), client);
    let Some(new_hash) = &checked.new_hash else {
        let record = AuditRecord::failure(now, AuditEvent::PasswordChanged, client).by(user_id);
        let error = ChangePasswordError::WrongPassword;
        refusal::tell(accounts, record.saying(error.to_string()), "password change failed");
        return Err(error);
    };
    let old_hash = &checked.credential.password_hash;
    let may_write = may_write_to(accounts, now, &caller.user);
    let ended = accounts.database.write(|conn| {
        if !credentials::set_password_checked(conn, user_id, old_hash, new_hash)? {
            return Err(ChangePasswordError::Stale);
        }
        let ended = sessions::delete_others(conn, user_id, Some(caller.session_id))?;
        let record = AuditRecord::success(now, AuditEvent::PasswordChanged, client).by(user_id);
        audit::insert(conn, &record)?;
        if may_write {
            outbox::insert(conn, now, &MailOrder::PasswordChanged { user_id })?;
        }
        Ok(ended)
    });
    accounts.callers.forget(user_id);
    let (ended, request_id) = (ended?, client.request_id());
    tracing::info!(target: "auth", user_id = user_id.get(), request_id, ended, "password changed");
    Ok(())
}

/// Whether a mail about what somebody does to their own account may be sent. An address that was not proven may be somebody
/// else's, and gets no more of these than of any mail that others cause.
///
/// Asked before a transaction and never within one: it may wait for Redis.
pub(crate) fn may_write_to(accounts: &Accounts, now: Timestamp, user: &User) -> bool {
    let is_proven = user.email_verified_at.is_some();
    is_proven
        || user
            .email
            .as_ref()
            .is_none_or(|email| accounts.limits.admit_mail(now, MailKind::Notice, &email.key()))
}

/// The same account's own password, checked again before something grave: what `change_email` and deletion ask first.
/// Step one of it.
///
/// It counts like a sign-in. Whoever holds a stolen session guesses among strangers, from however many addresses, and
/// does not keep the owner out who comes from where they came before.
pub fn look_up_own(
    accounts: &Accounts,
    now: Timestamp,
    user_id: UserId,
    client: &ClientInfo,
) -> Result<Credential, ChangePasswordError> {
    let (credential, is_known) = accounts.database.read(|conn| {
        let credential = credentials::find(conn, user_id)?.ok_or(StoreError::Missing)?;
        let is_known = known_clients::knows_address(conn, user_id, &client.network().to_string())?;
        Ok::<_, StoreError>((credential, is_known))
    })?;
    let admitted =
        accounts.limits.admit_check(now, &TriedAccount::Known(user_id), client.network(), is_known);
    if let Err(too_many) = admitted {
        let record = AuditRecord::failure(now, AuditEvent::LimitHit, client).by(user_id);
        refusal::tell_limit(accounts, record, client, &too_many, "password not checked");
        return Err(too_many.into());
    }
    Ok(credential)
}

/// Notes how the check that [`look_up_own`] began went.
pub(crate) fn note_own(
    accounts: &Accounts,
    now: Timestamp,
    user_id: UserId,
    is_right: bool,
    client: &ClientInfo,
) {
    accounts.limits.note_check(now, &TriedAccount::Known(user_id), client.network(), is_right);
}
