//! The token check: who holds this token?

use std::sync::Arc;

use thiserror::Error;
use vestibule_domain::caller::Caller;
use vestibule_domain::time::Timestamp;
use vestibule_domain::token::TokenDigest;
use vestibule_persistence::StoreError;
use vestibule_persistence::dialect::DatabaseConnection;
use vestibule_persistence::sessions::{self, FoundCaller};
use zeroize::Zeroizing;

use crate::accounts::Accounts;
use crate::caller_cache::Generation;
use crate::keys::{Claims, VerifyError};

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
    /// Its owner has to prove an address first.
    #[error("the address is not proven")]
    Unverified,
    /// The store failed; nothing is said about the token.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A bearer token as presented, of either kind.
pub enum Presented {
    /// 64 hexadecimal characters, or the 40 of a token that came from another system.
    Opaque(TokenDigest),
    /// What looks like a signed token; nothing is known of it yet.
    Jwt {
        /// The text.
        text: Zeroizing<String>,
        /// What the cache knows it by.
        digest: TokenDigest,
    },
}

impl Presented {
    /// The longest signed token that is looked at, in bytes; ours have some 500.
    pub const MAX_BYTES: usize = 2048;

    /// What `text` may be; nothing where it is no token at all.
    #[must_use]
    pub fn of(text: &str) -> Option<Self> {
        if let Some(digest) = TokenDigest::of_imported(text) {
            return Some(Self::Opaque(digest));
        }
        let looks_signed =
            text.len() <= Self::MAX_BYTES && text.bytes().filter(|byte| *byte == b'.').count() == 2;
        looks_signed.then(|| Self::Jwt {
            digest: TokenDigest::labelled(b"vestibule/jwt/1", &[text.as_bytes()]),
            text: text.to_owned().into(),
        })
    }

    fn cache_key(&self) -> &TokenDigest {
        match self {
            Self::Opaque(digest) | Self::Jwt { digest, .. } => digest,
        }
    }
}

/// What the database knows of a token.
pub enum LookedUp {
    /// Who holds it.
    Caller(Arc<Caller>),
    /// The same, but that it is used has to be written down first: [`finish_first_use`].
    FirstUse(FirstUse),
}

/// A token that came by a refresh and is used for the first time.
pub struct FirstUse(Identified);

/// A token by what its session keeps of it.
struct Identified {
    cache_key: TokenDigest,
    digest: TokenDigest,
    /// What a signed token says besides.
    claims: Option<Claims>,
}

/// Checks `token`: the cache first, then the database.
pub fn authenticate(
    accounts: &Accounts,
    now: Timestamp,
    token: &Presented,
) -> Result<Arc<Caller>, AuthenticateError> {
    if let Some(caller) = recall(accounts, now, token) {
        return Ok(caller);
    }
    match look_up(accounts, now, token)? {
        LookedUp::Caller(caller) => Ok(caller),
        LookedUp::FirstUse(first) => finish_first_use(accounts, now, &first),
    }
}

/// The caller if the cache knows them. Waits for nothing, so an async shell may call it where it stands.
#[must_use]
pub fn recall(accounts: &Accounts, now: Timestamp, token: &Presented) -> Option<Arc<Caller>> {
    let caller = accounts.callers.find(now, token.cache_key())?;
    admit(accounts, &caller, now).ok()?;
    accounts.sightings.note(now, &caller);
    Some(caller)
}

/// Asks the database, and keeps the answer for the next request. It only reads, so the first use of a refreshed pair,
/// which has to be written down, is left to [`finish_first_use`].
pub fn look_up(
    accounts: &Accounts,
    now: Timestamp,
    token: &Presented,
) -> Result<LookedUp, AuthenticateError> {
    let token = identify(accounts, now, token).map_err(refuse)?;
    let generation = accounts.callers.generation();
    let found = accounts.database.read(|conn| find(conn, &token))?;
    let FoundCaller { caller, awaits_first_use } = admitted(accounts, found, now).map_err(refuse)?;
    if awaits_first_use {
        return Ok(LookedUp::FirstUse(FirstUse(token)));
    }
    Ok(LookedUp::Caller(keep(accounts, now, &token, caller, generation)))
}

/// Writes down that the pair is used: from now on the refresh token it came from is spent for good. The token is looked up
/// once more behind that, as a refresh may just have put another pair in its place.
pub fn finish_first_use(
    accounts: &Accounts,
    now: Timestamp,
    first: &FirstUse,
) -> Result<Arc<Caller>, AuthenticateError> {
    let FirstUse(token) = first;
    let generation = accounts.callers.generation();
    let found = accounts.database.write(|conn| {
        sessions::set_pair_used(conn, &token.digest)?;
        find(conn, token)
    })?;
    let found = admitted(accounts, found, now).map_err(refuse)?;
    Ok(keep(accounts, now, token, found.caller, generation))
}

/// What to look `token` up by. A signed one is verified for that.
fn identify(accounts: &Accounts, now: Timestamp, token: &Presented) -> Result<Identified, AuthenticateError> {
    let (cache_key, claims) = match token {
        Presented::Opaque(digest) => (*digest, None),
        Presented::Jwt { text, digest } => (*digest, Some(accounts.keys.verify(now, text)?)),
    };
    let digest = claims.as_ref().map_or(cache_key, |claims| claims.token_digest);
    Ok(Identified { cache_key, digest, claims })
}

/// Whoever holds the token, suspended or expired as they may be. What a signed token says has to be what its session says,
/// and it ends when the first of the two does.
fn find(conn: &mut DatabaseConnection, token: &Identified) -> Result<Option<FoundCaller>, StoreError> {
    let Some(mut found) = sessions::find_caller(conn, &token.digest)? else { return Ok(None) };
    let caller = &mut found.caller;
    if let Some(claims) = &token.claims {
        if (claims.session_id, claims.user_id) != (caller.session_id, caller.user.id) {
            return Ok(None);
        }
        caller.expires_at = caller.expires_at.min(claims.expires_at);
    }
    Ok(Some(found))
}

/// What was found, where it opens anything at `now`.
fn admitted(
    accounts: &Accounts,
    found: Option<FoundCaller>,
    now: Timestamp,
) -> Result<FoundCaller, AuthenticateError> {
    let found = found.ok_or(AuthenticateError::Unknown)?;
    admit(accounts, &found.caller, now)?;
    Ok(found)
}

fn refuse(reason: AuthenticateError) -> AuthenticateError {
    tracing::warn!(target: "auth", %reason, "token refused");
    reason
}

fn keep(
    accounts: &Accounts,
    now: Timestamp,
    token: &Identified,
    caller: Caller,
    generation: Generation,
) -> Arc<Caller> {
    let caller = Arc::new(caller);
    accounts.callers.insert(now, token.cache_key, Arc::clone(&caller), generation);
    accounts.sightings.note(now, &caller);
    caller
}

fn admit(accounts: &Accounts, caller: &Caller, now: Timestamp) -> Result<(), AuthenticateError> {
    if caller.expires_at <= now {
        return Err(AuthenticateError::Expired);
    }
    // Sessions may be older than the rule that asks for proof.
    if accounts.rules.requires_proof(&caller.user) {
        return Err(AuthenticateError::Unverified);
    }
    if caller.user.is_active() { Ok(()) } else { Err(AuthenticateError::Suspended) }
}

impl From<VerifyError> for AuthenticateError {
    fn from(error: VerifyError) -> Self {
        match error {
            VerifyError::Invalid => Self::Unknown,
            VerifyError::Expired => Self::Expired,
            VerifyError::Store(error) => Self::Store(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use vestibule_domain::caller::ClientInfo;
    use vestibule_domain::id::SessionId;
    use vestibule_domain::token::TokenFormat;
    use vestibule_persistence::sessions::{NewPair, NewSession};

    use super::*;
    use crate::house::{DAY, House, RANDOM, at};
    use crate::rules::AccountRules;

    /// A token that came from another system is good for as long as its session, and in no other spelling.
    #[test]
    fn a_token_of_another_system_opens_its_session() {
        let house = House::new(AccountRules::default());
        let tokens = ["0123456789abcdef0123456789abcdef01234567".to_owned(), "0123456789abcdef".repeat(4)];
        for text in tokens {
            let pair = NewPair {
                format: TokenFormat::Opaque,
                token_digest: TokenDigest::of_imported(&text).unwrap(),
                token_expires_at: at(DAY),
                refresh_digest: None,
                refresh_expires_at: at(DAY),
            };
            let (id, client) = (SessionId::new(at(0), &RANDOM), ClientInfo::default());
            let session = NewSession { id, user_id: house.alice, pair, ends_at: at(DAY), client };
            house.accounts.database.write(|conn| sessions::insert(conn, at(0), &session)).unwrap();
            let present = |now, text: &str| {
                let token = Presented::of(text)?;
                authenticate(&house.accounts, at(now), &token).ok()
            };
            assert_eq!(present(1, &text).map(|caller| caller.session_id), Some(id));
            assert!(present(DAY, &text).is_none());
            assert!(
                present(1, &text.to_uppercase()).is_none() && present(1, &text.replace('7', "8")).is_none()
            );
        }
    }
}
