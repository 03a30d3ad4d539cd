//! Telling another service what a token is (RFC 7662).

use vestibule_domain::id::SessionId;
use vestibule_domain::time::Timestamp;
use vestibule_domain::token::{RefreshToken, TokenDigest, TokenFormat};
use vestibule_domain::user::User;
use vestibule_persistence::refresh_tokens::{self, RefreshStanding};
use vestibule_persistence::{StoreError, sessions, users};

use crate::accounts::Accounts;
use crate::authenticate::Presented;
use crate::keys::{Claims, VerifyError};

/// What is told of a token that is good.
#[derive(Clone, Debug)]
pub struct ActiveToken {
    /// Whose it is.
    pub user: User,
    /// The session it belongs to.
    pub session_id: SessionId,
    /// When it ends by itself.
    pub expires_at: Timestamp,
    /// When it was issued, where that is known.
    pub issued_at: Option<Timestamp>,
    /// An access token of this kind; `None` for a refresh token.
    pub format: Option<TokenFormat>,
}

/// What `token` is, of whatever kind; `None` where it opens nothing. Looking is no use: it spends nothing, and a pair that
/// waits for its first use waits on.
pub fn introspect(
    accounts: &Accounts,
    now: Timestamp,
    token: &str,
) -> Result<Option<ActiveToken>, StoreError> {
    let found = if let Ok(token) = token.parse::<RefreshToken>() {
        find_refresh(accounts, &token.digest())?
    } else {
        match Presented::of(token) {
            Some(Presented::Opaque(digest)) => find_access(accounts, &digest)?,
            Some(Presented::Jwt { text, .. }) => find_signed(accounts, now, &text)?,
            None => None,
        }
    };
    let may_act = |user: &User| user.is_active() && !accounts.rules.requires_proof(user);
    Ok(found.filter(|token| token.expires_at > now && may_act(&token.user)))
}

fn find_access(accounts: &Accounts, digest: &TokenDigest) -> Result<Option<ActiveToken>, StoreError> {
    let found = accounts.database.read(|conn| sessions::find_caller(conn, digest))?;
    Ok(found.map(|found| ActiveToken {
        user: found.caller.user,
        session_id: found.caller.session_id,
        expires_at: found.caller.expires_at,
        issued_at: None,
        format: Some(TokenFormat::Opaque),
    }))
}

fn find_signed(accounts: &Accounts, now: Timestamp, text: &str) -> Result<Option<ActiveToken>, StoreError> {
    let claims = match accounts.keys.verify(now, text) {
        Ok(claims) => claims,
        Err(VerifyError::Invalid | VerifyError::Expired) => return Ok(None),
        Err(VerifyError::Store(error)) => return Err(error),
    };
    let is_its_session =
        |found: &ActiveToken| found.session_id == claims.session_id && found.user.id == claims.user_id;
    let found = find_access(accounts, &claims.token_digest)?.filter(is_its_session);
    let Claims { issued_at, expires_at, .. } = claims;
    // The token says when it ends, to the second; its session knows no better.
    Ok(found.map(|found| ActiveToken {
        expires_at: expires_at.min(found.expires_at),
        issued_at: Some(issued_at),
        format: Some(TokenFormat::Jwt),
        ..found
    }))
}

fn find_refresh(accounts: &Accounts, digest: &TokenDigest) -> Result<Option<ActiveToken>, StoreError> {
    accounts.database.read(|conn| {
        let Some(found) = refresh_tokens::find(conn, digest)? else { return Ok(None) };
        if found.standing != RefreshStanding::Good {
            return Ok(None);
        }
        // An account may go between the two queries, and its sessions with it.
        Ok(users::find(conn, found.user_id)?.map(|user| ActiveToken {
            user,
            session_id: found.session_id,
            expires_at: found.refresh_expires_at,
            issued_at: None,
            format: None,
        }))
    })
}
