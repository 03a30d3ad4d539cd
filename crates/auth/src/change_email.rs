//! Another address: asked for with the password, confirmed at the new one, taken back from the old one.

use thiserror::Error;
use vestibule_domain::audit::{AuditEvent, AuditRecord};
use vestibule_domain::caller::{Caller, ClientInfo};
use vestibule_domain::email::EmailAddress;
use vestibule_domain::id::UserId;
use vestibule_domain::mail::MailOrder;
use vestibule_domain::time::Timestamp;
use vestibule_domain::token::{MailPurpose, MailToken, TokenDigest};
use vestibule_persistence::dialect::DatabaseConnection;
use vestibule_persistence::email_ways_back::{self, WayBack};
use vestibule_persistence::ephemeral::MailedToken;
use vestibule_persistence::users::{self, Credential};
use vestibule_persistence::{Key, StoreError, audit, credentials, outbox, sessions};

use crate::accounts::Accounts;
use crate::change_password::{ChangePasswordError, may_write_to, note_own};
use crate::limits::MailKind;
use crate::refusal;
use crate::rules::{AccountRules, EmailVerification};

/// Why the address did not change.
#[derive(Debug, Error)]
pub enum ChangeEmailError {
    /// The token is unknown, spent, void or too old.
    #[error("the link is not valid any more")]
    Token,
    /// Somebody has the address by now.
    #[error("the address is taken")]
    EmailTaken,
    /// The store failed.
    #[error(transparent)]
    Store(StoreError),
}

impl From<StoreError> for ChangeEmailError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Taken(Key::Email) => Self::EmailTaken,
            error => Self::Store(error),
        }
    }
}

/// Step three of asking (one is [`crate::change_password::look_up_own`], two is [`crate::hasher::Hasher::verify`]): a link
/// to the new address, a notice with a way back to the old one. Nothing changes yet. `is_right` says whether the password
/// was right.
///
/// Whether somebody has the new address is not told here: who writes the mail finds out, and writes to its owner instead.
pub fn finish_request(
    accounts: &Accounts,
    now: Timestamp,
    caller: &Caller,
    credential: &Credential,
    is_right: bool,
    new_email: &EmailAddress,
    client: &ClientInfo,
) -> Result<(), ChangePasswordError> {
    let user_id = caller.user.id;
    note_own(accounts, now, user_id, is_right, client);
    let failure = AuditRecord::failure(now, AuditEvent::EmailChangeRequested, client).by(user_id);
    if !is_right {
        let error = ChangePasswordError::WrongPassword;
        refusal::tell(accounts, failure.saying(error.to_string()), "change of address refused");
        return Err(error);
    }
    // Nor without the notice: it holds the way back.
    if !accounts.limits.admit_mail(now, MailKind::Proof, &new_email.key())
        || !may_write_to(accounts, now, &caller.user)
    {
        let record = failure.saying("too many mails to one address");
        refusal::tell(accounts, record, "change of address not sent");
        return Ok(());
    }
    let ordered = accounts.database.write(|conn| order_change(conn, now, credential, new_email, client))?;
    let request_id = client.request_id();
    tracing::info!(target: "auth", user_id = user_id.get(), request_id, ordered, "change of address requested");
    Ok(())
}

/// `false` where the account has that address already.
fn order_change(
    conn: &mut DatabaseConnection,
    now: Timestamp,
    credential: &Credential,
    new_email: &EmailAddress,
    client: &ClientInfo,
) -> Result<bool, ChangePasswordError> {
    let user_id = credential.user_id;
    // Read before the address: what is voided in between is void.
    let epoch = credentials::find_epoch_checked(conn, user_id, &credential.password_hash)?
        .ok_or(ChangePasswordError::Stale)?;
    let user = users::find(conn, user_id)?.ok_or(StoreError::Missing)?;
    let (old_email, old_verified_at) = (user.email, user.email_verified_at);
    if old_email.as_ref().is_some_and(|old| old.key() == new_email.key()) {
        return Ok(false);
    }
    let new_email = new_email.clone();
    let confirm = MailOrder::ConfirmEmailChange { user_id, new_email: new_email.clone(), epoch };
    outbox::insert(conn, now, &confirm)?;
    if let Some(old_email) = old_email {
        let notice = MailOrder::EmailChangeNotice { user_id, old_email, old_verified_at, new_email };
        outbox::insert(conn, now, &notice)?;
    }
    audit::insert(conn, &AuditRecord::success(now, AuditEvent::EmailChangeRequested, client).by(user_id))?;
    Ok(true)
}

/// Changes the address by a token from the new one, which proves it, or takes a change back by a token from the old one,
/// which proves nothing: it brings back what there was. Either ends every session: this call comes from whoever reads the
/// mail, and so from none of them.
pub fn confirm_change(
    accounts: &Accounts,
    now: Timestamp,
    token: &MailToken,
    client: &ClientInfo,
) -> Result<(), ChangeEmailError> {
    let user_id = token.user_id();
    let settled = settle(accounts, now, token, client);
    accounts.callers.forget(user_id);
    match &settled {
        Ok(Settled { event, displaced }) => {
            if let Some(displaced) = displaced {
                accounts.callers.forget(*displaced);
                accounts.mail_tokens.forget_all(*displaced);
            }
            accounts.mail_tokens.forget_all(user_id);
            let request_id = client.request_id();
            tracing::info!(target: "auth", user_id = user_id.get(), request_id, %event, "address settled");
        }
        Err(ChangeEmailError::Store(_)) => {}
        Err(error) => {
            let record = AuditRecord::failure(now, AuditEvent::EmailChanged, client);
            // Without a token that was good, whose it is would be what the sender says.
            let is_good = matches!(error, ChangeEmailError::EmailTaken);
            let record = if is_good { record.on(user_id) } else { record };
            refusal::tell(accounts, record.saying(error.to_string()), "change of address failed");
        }
    }
    settled.map(|_| ())
}

/// What a token did.
struct Settled {
    event: AuditEvent,
    /// The account that lost its address by it.
    displaced: Option<UserId>,
}

/// The ways back come first: they lie in the database, and are open when nothing else is.
fn settle(
    accounts: &Accounts,
    now: Timestamp,
    token: &MailToken,
    client: &ClientInfo,
) -> Result<Settled, ChangeEmailError> {
    let (user_id, digest) = (token.user_id(), token.digest(MailPurpose::KeepEmail));
    if let Some(way) = accounts.database.read(|conn| email_ways_back::find(conn, now, user_id, &digest))? {
        let rules = &accounts.rules;
        return accounts.database.write(|conn| take_back(conn, rules, now, user_id, &digest, &way, client));
    }
    let purpose = MailPurpose::ChangeEmail;
    let mailed = accounts.mail_tokens.find(now, user_id, purpose, &token.digest(purpose))?;
    let mailed = mailed.ok_or(ChangeEmailError::Token)?;
    accounts.database.write(|conn| change(conn, now, user_id, &mailed, client))
}

fn change(
    conn: &mut DatabaseConnection,
    now: Timestamp,
    user_id: UserId,
    mailed: &MailedToken,
    client: &ClientInfo,
) -> Result<Settled, ChangeEmailError> {
    if !credentials::set_email_by_epoch(conn, now, user_id, mailed.epoch, &mailed.email)? {
        return Err(ChangeEmailError::Token);
    }
    sessions::delete_others(conn, user_id, None)?;
    audit::insert(conn, &AuditRecord::success(now, AuditEvent::EmailChanged, client).on(user_id))?;
    Ok(Settled { event: AuditEvent::EmailChanged, displaced: None })
}

/// Before the change was confirmed, this voids it and does no more; afterwards it undoes it. Sessions end either way:
/// whoever asked for the change knew the password.
///
/// The address is proven afterwards if it was when the change was asked for. Else somebody who signed up with another's
/// address would have it proven by its owner, who wants to keep what is theirs.
fn take_back(
    conn: &mut DatabaseConnection,
    rules: &AccountRules,
    now: Timestamp,
    user_id: UserId,
    digest: &TokenDigest,
    way: &WayBack,
    client: &ClientInfo,
) -> Result<Settled, ChangeEmailError> {
    // First of all, so that a confirmation under way ends before the address is read, or finds itself void.
    credentials::set_next_epoch(conn, user_id)?;
    let user = users::find(conn, user_id)?.ok_or(StoreError::Missing)?;
    let is_there = user.email.as_ref().is_some_and(|email| email.key() == way.old_email.key());
    let mut displaced = None;
    if !is_there {
        displaced = displace(conn, rules, now, user_id, way, client)?;
        credentials::set_email_back(conn, now, user_id, &way.old_email, way.old_verified_at)?;
    }
    sessions::delete_others(conn, user_id, None)?;
    // Of two at once one takes it; for the other nothing of all this has happened.
    email_ways_back::take(conn, now, user_id, digest)?.ok_or(ChangeEmailError::Token)?;
    let record = AuditRecord::success(now, AuditEvent::EmailChangeReverted, client).on(user_id);
    let when = if is_there { "before it was confirmed" } else { "after it was confirmed" };
    audit::insert(conn, &record.saying(when))?;
    Ok(Settled { event: AuditEvent::EmailChangeReverted, displaced })
}

/// An account that claims the old address and never proved it gives way: else a thief could close the way back by signing
/// up with the address that has just become free.
///
/// Without an address there is none to be proven. Where one has to be, an account that never proved any would get in by
/// losing it, so it is suspended.
fn displace(
    conn: &mut DatabaseConnection,
    rules: &AccountRules,
    now: Timestamp,
    user_id: UserId,
    way: &WayBack,
    client: &ClientInfo,
) -> Result<Option<UserId>, StoreError> {
    let displaced = credentials::take_unproven_address(conn, now, user_id, &way.old_email.key())?;
    let Some(displaced) = displaced else { return Ok(None) };
    let record = AuditRecord::success(now, AuditEvent::EmailChanged, client).on(displaced);
    audit::insert(conn, &record.saying("an address never proven went back to whose it was"))?;
    if rules.email_verification == EmailVerification::Required {
        users::set_suspended(conn, now, displaced, true)?;
        sessions::delete_others(conn, displaced, None)?;
        let record = AuditRecord::success(now, AuditEvent::Suspended, client).on(displaced);
        audit::insert(conn, &record.saying("without the address it had to prove"))?;
    }
    Ok(Some(displaced))
}
