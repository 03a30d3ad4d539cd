//! The token check: who holds this token?

use std::sync::Arc;

use thiserror::Error;
use vestibule_domain::caller::Caller;
use vestibule_domain::time::Timestamp;
use vestibule_domain::token::{TokenDigest, TokenSecret};
use vestibule_persistence::{StoreError, sessions};

use crate::accounts::Accounts;
use crate::mint;

/// Why a token opens nothing.
#[derive(Debug, Error)]
pub enum AuthenticateError {
    /// No session has it: never issued, signed out, or ended.
    #[error("the token is unknown")]
    Unknown,
    /// Its session ran out.
    #[error("the token has expired")]
    Expired,
    /// Its owner may not act.
    #[error("the account is suspended")]
    Suspended,
    /// The store failed; nothing is said about the token.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Checks `token`: the cache first, then the database.
pub fn authenticate(
    accounts: &Accounts,
    now: Timestamp,
    token: &TokenSecret,
) -> Result<Arc<Caller>, AuthenticateError> {
    let digest = mint::digest(token);
    match recall(accounts, now, &digest) {
        Some(caller) => Ok(caller),
        None => look_up(accounts, now, &digest),
    }
}

/// The caller if the cache knows them. Waits for nothing, so an async shell may call it where it stands.
#[must_use]
pub fn recall(accounts: &Accounts, now: Timestamp, digest: &TokenDigest) -> Option<Arc<Caller>> {
    accounts.callers.find(now, digest).filter(|caller| admit(caller, now).is_ok())
}

/// Asks the database, and keeps the answer for the next request.
pub fn look_up(
    accounts: &Accounts,
    now: Timestamp,
    digest: &TokenDigest,
) -> Result<Arc<Caller>, AuthenticateError> {
    let generation = accounts.callers.generation();
    let found = accounts.database.read(|conn| sessions::find_caller(conn, digest))?;
    let checked = found.ok_or(AuthenticateError::Unknown).and_then(|caller| {
        admit(&caller, now)?;
        Ok(Arc::new(caller))
    });
    match &checked {
        Ok(caller) => accounts.callers.insert(now, *digest, Arc::clone(caller), generation),
        Err(reason) => tracing::warn!(target: "auth", %reason, "token refused"),
    }
    checked
}

fn admit(caller: &Caller, now: Timestamp) -> Result<(), AuthenticateError> {
    if caller.expires_at <= now {
        return Err(AuthenticateError::Expired);
    }
    if caller.user.is_active(now) { Ok(()) } else { Err(AuthenticateError::Suspended) }
}
