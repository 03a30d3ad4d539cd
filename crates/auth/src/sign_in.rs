//! Signing in: from a name and a password to a session.

use thiserror::Error;
use vestibule_domain::caller::ClientInfo;
use vestibule_domain::id::{SessionId, UserId};
use vestibule_domain::password::{Password, PasswordHash};
use vestibule_domain::random::Random;
use vestibule_domain::sign_in_name::SignInName;
use vestibule_domain::time::Timestamp;
use vestibule_domain::token::TokenSecret;
use vestibule_domain::user::User;
use vestibule_persistence::StoreError;
use vestibule_persistence::dialect::DatabaseConnection;
use vestibule_persistence::sessions::{self, NewSession};
use vestibule_persistence::users::{self, Credential};

use crate::accounts::Accounts;
use crate::hasher::{Hasher, HasherError, Scratch, Verdict};
use crate::mint;

/// How often a sign-in begins anew because the account changed while its password was being checked. Two sign-ins
/// that both renew an old hash meet once.
pub const ATTEMPTS: usize = 3;

/// A new session and the secret that opens it, shown this once.
pub struct SignedIn {
    /// The access token.
    pub token: TokenSecret,
    /// The session.
    pub session_id: SessionId,
    /// When it ends by itself.
    pub expires_at: Timestamp,
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
pub fn sign_in(
    accounts: &Accounts,
    now: Timestamp,
    random: &dyn Random,
    scratch: &mut Scratch,
    name: &SignInName,
    password: &Password,
    client: &ClientInfo,
) -> Result<SignedIn, SignInError> {
    for _ in 0..ATTEMPTS {
        let credential = look_up(accounts, name)?;
        let checked = check(&accounts.hasher, random, scratch, credential, password)?;
        match finish(accounts, now, random, checked, client) {
            Err(SignInError::Stale) => {}
            outcome => return outcome,
        }
    }
    Err(SignInError::InvalidCredentials)
}

/// Step one, on the database: what the password is to be checked against.
pub fn look_up(accounts: &Accounts, name: &SignInName) -> Result<Option<Credential>, SignInError> {
    Ok(accounts.database.read(|conn| users::find_credential(conn, name.username(), name.email()))?)
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
    checked: Checked,
    client: &ClientInfo,
) -> Result<SignedIn, SignInError> {
    let (credential, renewed) = match checked {
        Checked::Accepted { credential, renewed } => (credential, renewed),
        Checked::Rejected(user_id) => {
            let user_id = user_id.map(UserId::get);
            tracing::warn!(target: "auth", user_id, ip = client.ip().map(tracing::field::display), "sign-in failed");
            return Err(SignInError::InvalidCredentials);
        }
    };
    let user_id = credential.user_id;
    let token = TokenSecret::new(random);
    let session = NewSession {
        id: SessionId::new(now, random),
        user_id,
        token_digest: mint::digest(&token),
        expires_at: now.plus(accounts.rules.access_token_ttl),
        client: client.clone(),
    };
    let opened = accounts.database.write(|conn| {
        if !users::set_signed_in(conn, now, user_id, &credential.password_hash, renewed.as_ref())? {
            return Err(why_not(conn, now, user_id));
        }
        sessions::delete_oldest(conn, user_id, accounts.rules.sessions_per_user.saturating_sub(1))?;
        sessions::insert(conn, now, &session)?;
        Ok(users::find(conn, user_id)?.ok_or(StoreError::Missing)?)
    });
    accounts.callers.forget(user_id);
    let ip = client.ip().map(tracing::field::display);
    match opened {
        Ok(user) => {
            let renewed = renewed.is_some();
            tracing::info!(target: "auth", user_id = user_id.get(), session = %session.id, ip, renewed, "signed in");
            Ok(SignedIn { token, session_id: session.id, expires_at: session.expires_at, user })
        }
        Err(error) => {
            tracing::warn!(target: "auth", user_id = user_id.get(), ip, reason = %error, "sign-in failed");
            Err(error)
        }
    }
}

fn why_not(conn: &mut DatabaseConnection, now: Timestamp, user_id: UserId) -> SignInError {
    match users::find(conn, user_id) {
        Ok(Some(user)) if !user.is_active(now) => SignInError::Suspended,
        Ok(_) => SignInError::Stale,
        Err(error) => error.into(),
    }
}
