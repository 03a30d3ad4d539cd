//! A new password for whoever can read the account's mail.

use thiserror::Error;
use vestibule_domain::audit::{AuditEvent, AuditRecord};
use vestibule_domain::caller::ClientInfo;
use vestibule_domain::email::EmailAddress;
use vestibule_domain::mail::MailOrder;
use vestibule_domain::password::rules::WeakPassword;
use vestibule_domain::password::{Password, PasswordHash};
use vestibule_domain::random::Random;
use vestibule_domain::time::Timestamp;
use vestibule_domain::token::{MailPurpose, MailToken};
use vestibule_domain::user::User;
use vestibule_persistence::{StoreError, audit, credentials, email_ways_back, outbox, sessions, users};

use crate::accounts::Accounts;
use crate::hasher::{HasherError, Scratch};
use crate::limits::MailKind;
use crate::refusal;

/// Why no new password was set.
#[derive(Debug, Error)]
pub enum ResetPasswordError {
    /// The token is unknown, spent, void or too old.
    #[error("the link is not valid any more")]
    Token,
    /// The new password breaks these rules.
    #[error("the password is too weak")]
    WeakPassword(Vec<WeakPassword>),
    /// The hasher failed.
    #[error(transparent)]
    Hasher(#[from] HasherError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Orders a link for whoever has the address `typed`: the same work for every address, known or not. Too many for one
/// address are dropped in silence.
pub fn request_reset(
    accounts: &Accounts,
    now: Timestamp,
    typed: &EmailAddress,
    client: &ClientInfo,
) -> Result<(), StoreError> {
    if !accounts.limits.admit_mail(now, MailKind::Reset, &typed.key()) {
        let record = AuditRecord::failure(now, AuditEvent::PasswordResetRequested, client);
        refusal::tell(accounts, record.saying("too many mails to one address"), "password reset not sent");
        return Ok(());
    }
    accounts.database.write(|conn| {
        let record = AuditRecord::success(now, AuditEvent::PasswordResetRequested, client);
        audit::insert(conn, &record)?;
        outbox::insert(conn, now, &MailOrder::ResetPassword { typed: typed.clone() })
    })?;
    tracing::info!(target: "auth", request_id = client.request_id(), "password reset requested");
    Ok(())
}

/// A token that was found good, and what it was made under.
pub struct GoodToken {
    token: MailToken,
    epoch: i64,
    email: EmailAddress,
}

/// Sets a new password: all three steps.
pub fn reset_password(
    accounts: &Accounts,
    now: Timestamp,
    random: &dyn Random,
    scratch: &mut Scratch,
    token: MailToken,
    new: &Password,
    client: &ClientInfo,
) -> Result<(), ResetPasswordError> {
    let good = look_up(accounts, now, token, new, client)?;
    let new_hash = accounts.hasher.hash(scratch, random, new)?;
    finish(accounts, now, &good, &new_hash, client)
}

/// Step one, on the database: refuses bad tokens and weak passwords before a hash is paid for. It spends nothing.
pub fn look_up(
    accounts: &Accounts,
    now: Timestamp,
    token: MailToken,
    new: &Password,
    client: &ClientInfo,
) -> Result<GoodToken, ResetPasswordError> {
    let Some((good, user)) = find_good(accounts, now, token)? else {
        // Whose it was is not told: it would be what the sender says.
        return Err(refuse(accounts, AuditRecord::failure(now, AuditEvent::PasswordReset, client)));
    };
    let weak = accounts.rules.weaknesses(new, &user);
    if weak.is_empty() { Ok(good) } else { Err(ResetPasswordError::WeakPassword(weak)) }
}

fn find_good(
    accounts: &Accounts,
    now: Timestamp,
    token: MailToken,
) -> Result<Option<(GoodToken, User)>, StoreError> {
    let (user_id, purpose) = (token.user_id(), MailPurpose::ResetPassword);
    let Some(mailed) = accounts.mail_tokens.find(now, user_id, purpose, &token.digest(purpose))? else {
        return Ok(None);
    };
    let (user, epoch) = accounts.database.read(|conn| {
        Ok::<_, StoreError>((users::find(conn, user_id)?, users::find_token_epoch(conn, user_id)?))
    })?;
    let is_its_own = |user: &User| user.email.as_ref().is_some_and(|email| email.key() == mailed.email.key());
    let user = user.filter(|user| user.is_active() && is_its_own(user) && epoch == Some(mailed.epoch));
    Ok(user.map(|user| (GoodToken { token, epoch: mailed.epoch, email: mailed.email.clone() }, user)))
}

/// Step three, on the database (step two is [`crate::hasher::Hasher::hash`]): the new hash, once; every session ended,
/// every pending link void, the address proven, and a notice by mail.
///
/// The ways back to other addresses stay open: who stole an account and its address must not be able to close its
/// owner's by a reset.
pub fn finish(
    accounts: &Accounts,
    now: Timestamp,
    good: &GoodToken,
    new_hash: &PasswordHash,
    client: &ClientInfo,
) -> Result<(), ResetPasswordError> {
    let (user_id, email) = (good.token.user_id(), good.email.key());
    let ended = accounts.database.write(|conn| {
        if !credentials::set_password_by_epoch(conn, now, user_id, good.epoch, &email, new_hash)? {
            return Ok(None);
        }
        let ended = sessions::delete_others(conn, user_id, None)?;
        email_ways_back::delete_to(conn, user_id, &email)?;
        audit::insert(conn, &AuditRecord::success(now, AuditEvent::PasswordReset, client).on(user_id))?;
        outbox::insert(conn, now, &MailOrder::PasswordChanged { user_id })?;
        Ok::<_, StoreError>(Some(ended))
    });
    accounts.callers.forget(user_id);
    let Some(ended) = ended? else {
        let record = AuditRecord::failure(now, AuditEvent::PasswordReset, client).on(user_id);
        return Err(refuse(accounts, record));
    };
    accounts.mail_tokens.forget_all(user_id);
    let request_id = client.request_id();
    tracing::info!(target: "auth", user_id = user_id.get(), request_id, ended, "password reset");
    Ok(())
}

fn refuse(accounts: &Accounts, record: AuditRecord) -> ResetPasswordError {
    let error = ResetPasswordError::Token;
    refusal::tell(accounts, record.saying(error.to_string()), "password reset failed");
    error
}
