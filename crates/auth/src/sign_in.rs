//! Signing in: from a name and a password to a session.

use thiserror::Error;
use vestibule_domain::audit::{AuditEvent, AuditRecord};
use vestibule_domain::caller::ClientInfo;
use vestibule_domain::id::{SessionId, UserId};
use vestibule_domain::mail::MailOrder;
use vestibule_domain::password::{Password, PasswordHash};
use vestibule_domain::random::Random;
use vestibule_domain::sign_in_name::SignInName;
use vestibule_domain::time::Timestamp;
use vestibule_domain::token::{RefreshToken, TokenGrant, TokenSecret};
use vestibule_domain::user::User;
use vestibule_persistence::dialect::DatabaseConnection;
use vestibule_persistence::sessions::{self, NewSession};
use vestibule_persistence::users::{self, Credential};
use vestibule_persistence::{StoreError, audit, known_clients, outbox};
use zeroize::Zeroizing;

use crate::accounts::Accounts;
use crate::change_password::may_write_to;
use crate::hasher::{Hasher, HasherError, Scratch, Verdict};
use crate::keys::KeyError;
use crate::limits::{TooMany, TriedAccount};
use crate::pair::{Pair, PairFor};
use crate::refusal;

/// How often a sign-in begins anew because the account changed while its password was being checked. Two sign-ins
/// that both renew an old hash meet once.
pub const ATTEMPTS: usize = 3;

/// An access token on its way to its owner, shown this once.
pub enum AccessToken {
    /// 64 hexadecimal characters.
    Opaque(TokenSecret),
    /// A signed JWT.
    Jwt(Zeroizing<String>),
}

impl AccessToken {
    /// The text a client sends.
    #[must_use]
    pub fn reveal(&self) -> Zeroizing<String> {
        match self {
            Self::Opaque(token) => token.reveal(),
            Self::Jwt(text) => text.clone(),
        }
    }
}

/// A session and the secrets that open it, shown this once.
pub struct SignedIn {
    /// The access token.
    pub token: AccessToken,
    /// When the access token ends by itself.
    pub expires_at: Timestamp,
    /// The refresh token, unless none was asked for.
    pub refresh_token: Option<RefreshToken>,
    /// When the refresh token ends by itself, or where there is none the access token.
    pub refresh_expires_at: Timestamp,
    /// The session.
    pub session_id: SessionId,
    /// The account.
    pub user: User,
}

/// Why nobody was signed in.
#[derive(Debug, Error)]
pub enum SignInError {
    /// Nobody has this name, or the password is another: which of the two is not said.
    #[error("the name or the password is wrong")]
    InvalidCredentials,
    /// The password is right, but the account may not sign in.
    #[error("the account is suspended")]
    Suspended,
    /// The password is right, but the address has to be proven first.
    #[error("the address is not proven")]
    Unverified,
    /// Too many attempts at this account.
    #[error(transparent)]
    TooMany(#[from] TooMany),
    /// The token could not be signed.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// The account changed while the password was checked: look it up again.
    #[error("the account changed in the meantime")]
    Stale,
    /// The hasher failed.
    #[error(transparent)]
    Hasher(#[from] HasherError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What checking a password came to.
pub enum Checked {
    /// Not the password, or nobody's.
    Rejected(Option<UserId>),
    /// The password; where the stored hash is not of today's kind, one that is.
    Accepted {
        /// What it was checked against.
        credential: Credential,
        /// What to store instead.
        renewed: Option<PasswordHash>,
    },
}

/// Signs in: all three steps, again where the account changed in between.
#[expect(clippy::too_many_arguments, reason = "one call in the place of three takes what the three take")]
pub fn sign_in(
    accounts: &Accounts,
    now: Timestamp,
    random: &dyn Random,
    scratch: &mut Scratch,
    name: &SignInName,
    password: &Password,
    grant: TokenGrant,
    client: &ClientInfo,
) -> Result<SignedIn, SignInError> {
    for _ in 0..ATTEMPTS {
        let credential = look_up(accounts, now, name, client)?;
        let checked = check(&accounts.hasher, random, scratch, credential, password)?;
        match finish(accounts, now, random, name, checked, grant, client) {
            Err(SignInError::Stale) => {}
            outcome => return outcome,
        }
    }
    Err(SignInError::InvalidCredentials)
}

/// Step one, on the database: what the password is to be checked against, unless it was tried too often.
///
/// A name that nobody has is looked for, asked about and limited like any other, so that it is not told apart by the time
/// that takes.
pub fn look_up(
    accounts: &Accounts,
    now: Timestamp,
    name: &SignInName,
    client: &ClientInfo,
) -> Result<Option<Credential>, SignInError> {
    let (credential, is_known) = accounts.database.read(|conn| {
        let credential = users::find_credential(conn, name.username(), name.email())?;
        let asked = credential.as_ref().map(|credential| credential.user_id).or(nobody());
        let knows = |id| known_clients::knows_address(conn, id, &client.network().to_string());
        let is_known = asked.map(knows).transpose()?.unwrap_or(false);
        Ok::<_, StoreError>((credential, is_known))
    })?;
    let user_id = credential.as_ref().map(|credential| credential.user_id);
    match accounts.limits.admit_check(now, &tried(name, user_id), client.network(), is_known) {
        Ok(()) => Ok(credential),
        Err(too_many) => Err(refuse(accounts, now, user_id, client, too_many.into())),
    }
}

/// Step two, on the hash pool: the same work whether or not there is an account.
pub fn check(
    hasher: &Hasher,
    random: &dyn Random,
    scratch: &mut Scratch,
    credential: Option<Credential>,
    password: &Password,
) -> Result<Checked, HasherError> {
    let stored = credential.as_ref().map(|credential| &credential.password_hash);
    match (hasher.verify(scratch, password, stored)?, credential) {
        (Verdict::Accepted { renew }, Some(credential)) => {
            let renewed = renew.then(|| hasher.hash(scratch, random, password)).transpose()?;
            Ok(Checked::Accepted { credential, renewed })
        }
        (_, credential) => Ok(Checked::Rejected(credential.map(|credential| credential.user_id))),
    }
}

/// Step three, on the database: in one transaction the sign-in is noted, the hash renewed, older sessions ended and
/// the new one opened, provided that the account is still as it was checked.
pub fn finish(
    accounts: &Accounts,
    now: Timestamp,
    random: &dyn Random,
    name: &SignInName,
    checked: Checked,
    grant: TokenGrant,
    client: &ClientInfo,
) -> Result<SignedIn, SignInError> {
    let (user_id, opened) = match checked {
        Checked::Rejected(user_id) => (user_id, Err(SignInError::InvalidCredentials)),
        Checked::Accepted { credential, renewed } => {
            let user_id = credential.user_id;
            let opened = open(accounts, now, random, &credential, renewed.as_ref(), grant, client);
            accounts.callers.forget(user_id);
            (Some(user_id), opened)
        }
    };
    if let Some(succeeded) = was_right(&opened) {
        accounts.limits.note_check(now, &tried(name, user_id), client.network(), succeeded);
    }
    match opened {
        Ok(signed_in) => {
            let (user_id, session) = (signed_in.user.id.get(), signed_in.session_id);
            let (ip, request_id) = (client.ip().map(tracing::field::display), client.request_id());
            tracing::info!(target: "auth", user_id, %session, ip, request_id, "signed in");
            Ok(signed_in)
        }
        Err(error) => Err(refuse(accounts, now, user_id, client, error)),
    }
}

fn open(
    accounts: &Accounts,
    now: Timestamp,
    random: &dyn Random,
    credential: &Credential,
    renewed: Option<&PasswordHash>,
    grant: TokenGrant,
    client: &ClientInfo,
) -> Result<SignedIn, SignInError> {
    let (id, user_id, rules) = (SessionId::new(now, random), credential.user_id, &accounts.rules);
    let ends_at = now.plus(rules.refresh_token_ttl);
    let pair = Pair::new(accounts, now, random, PairFor { session_id: id, user_id, grant, ends_at })?;
    let session = NewSession { id, user_id, pair: pair.kept.clone(), ends_at, client: client.clone() };
    let may_tell_unproven = may_tell_unproven(accounts, now, user_id, client)?;
    let user = accounts.database.write(|conn| {
        if !users::set_signed_in(conn, now, user_id, &credential.password_hash, renewed)? {
            return Err(why_not(conn, user_id));
        }
        let user = users::find(conn, user_id)?.ok_or(StoreError::Missing)?;
        if rules.requires_proof(&user) {
            return Err(SignInError::Unverified);
        }
        sessions::delete_oldest(conn, user_id, rules.sessions_per_user.saturating_sub(1))?;
        sessions::insert(conn, now, &session)?;
        order_notice(conn, now, &user, may_tell_unproven, client)?;
        audit::insert(conn, &AuditRecord::success(now, AuditEvent::SignedIn, client).by(user_id))?;
        Ok(user)
    })?;
    Ok(pair.into_signed_in(id, user))
}

/// Whether an address that is not proven may be told of a browser the account was never used with. Asked before the
/// transaction, and of the limit only where there is something to tell.
fn may_tell_unproven(
    accounts: &Accounts,
    now: Timestamp,
    user_id: UserId,
    client: &ClientInfo,
) -> Result<bool, StoreError> {
    let unproven = accounts.database.read(|conn| {
        if !known_clients::find(conn, user_id, client)?.is_strange() {
            return Ok(None);
        }
        let user = users::find(conn, user_id)?;
        Ok::<_, StoreError>(user.filter(|user| user.email.is_some() && user.email_verified_at.is_none()))
    })?;
    Ok(unproven.is_some_and(|user| may_write_to(accounts, now, &user)))
}

/// The owner is told of a browser the account was never used with.
fn order_notice(
    conn: &mut DatabaseConnection,
    now: Timestamp,
    user: &User,
    may_tell_unproven: bool,
    client: &ClientInfo,
) -> Result<(), StoreError> {
    let known = known_clients::note(conn, now, user.id, &client.network().to_string(), client)?;
    let may_tell = user.email_verified_at.is_some() || may_tell_unproven;
    if user.email.is_none() || !known.is_strange() || !may_tell {
        return Ok(());
    }
    let (ip, user_agent) = (client.ip().map(|ip| ip.to_string()), client.user_agent().map(str::to_owned));
    outbox::insert(conn, now, &MailOrder::NewSignIn { user_id: user.id, ip, user_agent })
}

fn why_not(conn: &mut DatabaseConnection, user_id: UserId) -> SignInError {
    match users::find(conn, user_id) {
        Ok(Some(user)) if !user.is_active() => SignInError::Suspended,
        Ok(_) => SignInError::Stale,
        Err(error) => error.into(),
    }
}

/// Whether the password was right; `None` where that is to be found out again.
fn was_right(opened: &Result<SignedIn, SignInError>) -> Option<bool> {
    match opened {
        Ok(_) | Err(SignInError::Suspended | SignInError::Unverified) => Some(true),
        Err(SignInError::InvalidCredentials) => Some(false),
        Err(_) => None,
    }
}

/// What the audit trail is told is a refusal; that the database is away, say, is for the log alone.
fn refuse(
    accounts: &Accounts,
    now: Timestamp,
    user_id: Option<UserId>,
    client: &ClientInfo,
    error: SignInError,
) -> SignInError {
    let (event, reason) = match &error {
        SignInError::InvalidCredentials | SignInError::Suspended | SignInError::Unverified => {
            (AuditEvent::SignedIn, error.to_string())
        }
        SignInError::TooMany(too_many) => {
            let record = AuditRecord::failure(now, AuditEvent::LimitHit, client);
            let record = AuditRecord { subject: user_id, ..record };
            refusal::tell_limit(accounts, record, client, too_many, "sign-in failed");
            return error;
        }
        _ => {
            let (user_id, request_id) = (user_id.map(UserId::get), client.request_id());
            tracing::warn!(target: "auth", user_id, request_id, reason = %error, "sign-in failed");
            return error;
        }
    };
    let record = AuditRecord::failure(now, event, client).saying(reason);
    refusal::tell(accounts, AuditRecord { subject: user_id, ..record }, "sign-in failed");
    error
}

fn tried(name: &SignInName, user_id: Option<UserId>) -> TriedAccount {
    user_id.map_or_else(|| TriedAccount::Unknown(name.clone()), TriedAccount::Known)
}

/// A number no account will ever have.
fn nobody() -> Option<UserId> {
    UserId::try_from(i64::MAX).ok()
}

#[cfg(test)]
mod tests;
