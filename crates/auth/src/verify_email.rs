//! Proving that an address is one's own.

use thiserror::Error;
use vestibule_domain::audit::{AuditEvent, AuditRecord};
use vestibule_domain::caller::{Caller, ClientInfo};
use vestibule_domain::mail::MailOrder;
use vestibule_domain::time::Timestamp;
use vestibule_domain::token::{MailPurpose, MailToken};
use vestibule_persistence::{StoreError, audit, credentials, outbox};

use crate::accounts::Accounts;
use crate::limits::MailKind;
use crate::refusal;

/// Why an address was not proven.
#[derive(Debug, Error)]
pub enum VerifyEmailError {
    /// The token is unknown, spent, void or too old.
    #[error("the link is not valid any more")]
    Token,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Orders a link to the address of `caller`, unless it is proven already or there is none. Too many are dropped in
/// silence: anybody may have signed up with somebody else's address.
pub fn request_verification(
    accounts: &Accounts,
    now: Timestamp,
    caller: &Caller,
    client: &ClientInfo,
) -> Result<(), StoreError> {
    let (user_id, event) = (caller.user.id, AuditEvent::EmailVerificationRequested);
    let Some(email) = caller.user.email.as_ref().filter(|_| caller.user.email_verified_at.is_none()) else {
        return Ok(());
    };
    if !accounts.limits.admit_mail(now, MailKind::Proof, &email.key()) {
        let record = AuditRecord::failure(now, event, client).by(user_id);
        refusal::tell(accounts, record.saying("too many mails to one address"), "verification not sent");
        return Ok(());
    }
    accounts.database.write(|conn| {
        audit::insert(conn, &AuditRecord::success(now, event, client).by(user_id))?;
        outbox::insert(conn, now, &MailOrder::VerifyEmail { user_id })
    })?;
    let request_id = client.request_id();
    tracing::info!(target: "auth", user_id = user_id.get(), request_id, "verification requested");
    Ok(())
}

/// Takes the address of `token` for proven, once.
pub fn verify_email(
    accounts: &Accounts,
    now: Timestamp,
    token: &MailToken,
    client: &ClientInfo,
) -> Result<(), VerifyEmailError> {
    let (user_id, purpose) = (token.user_id(), MailPurpose::VerifyEmail);
    let failure = AuditRecord::failure(now, AuditEvent::EmailVerified, client);
    let Some(mailed) = accounts.mail_tokens.find(now, user_id, purpose, &token.digest(purpose))? else {
        // Whose it was is not told: it would be what the sender says.
        return Err(refuse(accounts, failure));
    };
    let is_new = accounts.database.write(|conn| {
        let is_new = credentials::set_email_verified(conn, now, user_id, &mailed.email.key())?;
        if is_new {
            audit::insert(conn, &AuditRecord::success(now, AuditEvent::EmailVerified, client).on(user_id))?;
        }
        Ok::<_, StoreError>(is_new)
    });
    accounts.callers.forget(user_id);
    if !is_new? {
        return Err(refuse(accounts, failure.on(user_id)));
    }
    accounts.mail_tokens.forget(user_id, purpose);
    tracing::info!(target: "auth", user_id = user_id.get(), request_id = client.request_id(), "address proven");
    Ok(())
}

fn refuse(accounts: &Accounts, record: AuditRecord) -> VerifyEmailError {
    let error = VerifyEmailError::Token;
    refusal::tell(accounts, record.saying(error.to_string()), "verification failed");
    error
}
