//! From a refresh token to a new pair.

use thiserror::Error;
use vestibule_domain::audit::{AuditEvent, AuditRecord};
use vestibule_domain::caller::ClientInfo;
use vestibule_domain::random::Random;
use vestibule_domain::time::Timestamp;
use vestibule_domain::token::{RefreshToken, TokenDigest, TokenGrant};
use vestibule_domain::user::User;
use vestibule_persistence::dialect::DatabaseConnection;
use vestibule_persistence::refresh_tokens::{self, FoundRefresh, RefreshStanding};
use vestibule_persistence::sessions::{self, NewPair};
use vestibule_persistence::{StoreError, audit, users};

use crate::accounts::Accounts;
use crate::keys::KeyError;
use crate::pair::{Pair, PairFor};
use crate::sign_in::SignedIn;

/// Why there is no new pair.
#[derive(Debug, Error)]
pub enum RefreshError {
    /// No session has this token: never issued, replaced before its first use, or ended.
    #[error("the refresh token is unknown")]
    Unknown,
    /// Its session ran out.
    #[error("the refresh token has expired")]
    Expired,
    /// It was spent and its successor used: the session has ended.
    #[error("the refresh token was used before")]
    Reused,
    /// Its owner may not act.
    #[error("the account is suspended")]
    Suspended,
    /// Its owner has to prove an address first.
    #[error("the address is not proven")]
    Unverified,
    /// The new token could not be signed.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Spends `token` for a new pair. The pair before it ends with that.
///
/// Whoever comes again with a token that was spent gets another pair as long as nobody has used the one it was spent for:
/// an answer was lost, or two refreshes were under way together. Once that pair was used the token is in two hands, one of
/// which is a thief's, and nobody can tell which: the session ends.
pub fn refresh(
    accounts: &Accounts,
    now: Timestamp,
    random: &dyn Random,
    token: &RefreshToken,
    client: &ClientInfo,
) -> Result<SignedIn, RefreshError> {
    let digest = token.digest();
    // What does not change about a session, and what need not be asked for with its row locked.
    let Some(found) = accounts.database.read(|conn| refresh_tokens::find(conn, &digest))? else {
        return Err(refuse(None, client, RefreshError::Unknown));
    };
    let session_id = found.session_id;
    let grant = TokenGrant::Pair(found.format);
    let of = PairFor { session_id, user_id: found.user_id, grant, ends_at: found.ends_at };
    let pair = Pair::new(accounts, now, random, of)?;
    let spent = accounts.database.write(|conn| spend(conn, accounts, now, &digest, &pair.kept, client));
    accounts.callers.forget(found.user_id);
    match spent.and_then(|spent| spent) {
        Ok(user) => {
            let (ip, request_id) = (client.ip().map(tracing::field::display), client.request_id());
            tracing::info!(target: "auth", user_id = user.id.get(), session = %session_id, ip, request_id, "refreshed");
            Ok(pair.into_signed_in(session_id, user))
        }
        Err(error) => Err(refuse(Some(&found), client, error)),
    }
}

/// The outer error drops what was written. Reuse is an inner one: that the session ended is kept.
fn spend(
    conn: &mut DatabaseConnection,
    accounts: &Accounts,
    now: Timestamp,
    digest: &TokenDigest,
    pair: &NewPair,
    client: &ClientInfo,
) -> Result<Result<User, RefreshError>, RefreshError> {
    let found = refresh_tokens::find_for_refresh(conn, digest)?.ok_or(RefreshError::Unknown)?;
    if found.standing == RefreshStanding::Spent {
        sessions::delete(conn, found.session_id)?;
        let record = AuditRecord::failure(now, AuditEvent::RefreshReused, client).on(found.user_id);
        audit::insert(conn, &record.saying(format!("session {}", found.session_id)))?;
        return Ok(Err(RefreshError::Reused));
    }
    if found.refresh_expires_at <= now {
        return Err(RefreshError::Expired);
    }
    let user = users::find(conn, found.user_id)?.ok_or(StoreError::Missing)?;
    if !user.is_active() {
        return Err(RefreshError::Suspended);
    }
    if accounts.rules.requires_proof(&user) {
        return Err(RefreshError::Unverified);
    }
    refresh_tokens::set_pair(conn, now, &found, digest, pair)?;
    Ok(Ok(user))
}

fn refuse(found: Option<&FoundRefresh>, client: &ClientInfo, error: RefreshError) -> RefreshError {
    let user_id = found.map(|found| found.user_id.get());
    let session = found.map(|found| tracing::field::display(found.session_id));
    let (ip, request_id) = (client.ip().map(tracing::field::display), client.request_id());
    tracing::warn!(target: "auth", user_id, session, ip, request_id, reason = %error, "refresh failed");
    error
}

#[cfg(test)]
mod tests;
