//! The secrets that open a session: a pair is made at a sign-in and anew at each refresh.

use vestibule_domain::id::{SessionId, UserId};
use vestibule_domain::random::Random;
use vestibule_domain::time::Timestamp;
use vestibule_domain::token::{RefreshToken, TokenDigest, TokenFormat, TokenGrant, TokenSecret};
use vestibule_domain::user::User;
use vestibule_persistence::sessions::NewPair;

use crate::accounts::Accounts;
use crate::keys::KeyError;
use crate::sign_in::{AccessToken, SignedIn};

/// What a pair is made for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PairFor {
    /// The session.
    pub(crate) session_id: SessionId,
    /// Whose it is.
    pub(crate) user_id: UserId,
    /// What is handed out.
    pub(crate) grant: TokenGrant,
    /// Nothing of the session lives longer.
    pub(crate) ends_at: Timestamp,
}

/// The secrets, and what is kept of them.
pub(crate) struct Pair {
    /// For the store.
    pub(crate) kept: NewPair,
    token: AccessToken,
    refresh_token: Option<RefreshToken>,
}

impl Pair {
    /// A new pair. Signing may ask the database, so this is not done within a transaction.
    pub(crate) fn new(
        accounts: &Accounts,
        now: Timestamp,
        random: &dyn Random,
        of: PairFor,
    ) -> Result<Self, KeyError> {
        let rules = &accounts.rules;
        let ttl = match of.grant.format() {
            TokenFormat::Opaque => rules.access_token_ttl,
            TokenFormat::Jwt => rules.jwt_ttl,
        };
        let token_expires_at = now.plus(ttl).min(of.ends_at);
        let (token, token_digest) = access_token(accounts, now, random, of, token_expires_at)?;
        let (refresh_token, refresh_expires_at) = match of.grant {
            TokenGrant::Pair(_) => {
                (Some(RefreshToken::new(random)), now.plus(rules.refresh_idle_ttl).min(of.ends_at))
            }
            TokenGrant::AccessAlone(_) => (None, token_expires_at),
        };
        let kept = NewPair {
            format: of.grant.format(),
            token_digest,
            token_expires_at,
            refresh_digest: refresh_token.as_ref().map(RefreshToken::digest),
            refresh_expires_at,
        };
        Ok(Self { kept, token, refresh_token })
    }

    /// The secrets for `user`, whose session `session_id` has this pair from now on.
    pub(crate) fn into_signed_in(self, session_id: SessionId, user: User) -> SignedIn {
        SignedIn {
            token: self.token,
            expires_at: self.kept.token_expires_at,
            refresh_token: self.refresh_token,
            refresh_expires_at: self.kept.refresh_expires_at,
            session_id,
            user,
        }
    }
}

fn access_token(
    accounts: &Accounts,
    now: Timestamp,
    random: &dyn Random,
    of: PairFor,
    expires_at: Timestamp,
) -> Result<(AccessToken, TokenDigest), KeyError> {
    match of.grant.format() {
        TokenFormat::Opaque => {
            let token = TokenSecret::new(random);
            let digest = token.digest();
            Ok((AccessToken::Opaque(token), digest))
        }
        TokenFormat::Jwt => {
            let signed = accounts.keys.sign(now, random, of.user_id, of.session_id, expires_at)?;
            Ok((AccessToken::Jwt(signed.text), signed.token_digest))
        }
    }
}
