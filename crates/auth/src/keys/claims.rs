//! What a token says, written and judged.

use std::time::Duration;

use vestibule_domain::id::{SessionId, UserId};
use vestibule_domain::random::Random;
use vestibule_domain::time::Timestamp;
use vestibule_domain::token::TokenDigest;

use super::jws::Payload;
use super::{Claims, VerifyError};

/// How far ahead of ours the clock of the node that signed may be (RFC 7519, 4.1.6, names no span; 4.1.4 speaks of a small
/// one). A node that is ahead by more is not believed until it is right. `exp` gets no such grace: its holder was told when
/// the token ends, and its session ends it then.
const AHEAD: Duration = Duration::from_mins(1);

/// `client_id`, which RFC 9068 (2.2) asks for: who got the token is this very program, by a sign-in of its own.
const CLIENT_ID: &str = "vestibule";

/// The bytes of a `jti`.
const ID_LEN: usize = 16;

/// By whom, for whom and for how long tokens are signed.
pub(super) struct Terms {
    /// `iss`, and `aud`.
    pub(super) issuer: String,
    /// The longest life of a token.
    pub(super) jwt_ttl: Duration,
}

/// What a token is asked for with; both times are cut to whole seconds.
#[derive(Clone, Copy)]
pub(super) struct Claimed {
    pub(super) user_id: UserId,
    pub(super) session_id: SessionId,
    pub(super) issued_at: Timestamp,
    pub(super) expires_at: Timestamp,
}

/// What the token says that `claimed` asks for, by its `jti` too: 128 bits that were not there before.
pub(super) fn write(terms: &Terms, random: &dyn Random, claimed: Claimed) -> (String, TokenDigest) {
    let mut id = [0; ID_LEN];
    random.fill(&mut id);
    let jti = base16ct::lower::encode_string(&id);
    let payload = serde_json::json!(Payload {
        iss: &terms.issuer,
        aud: &terms.issuer,
        sub: &claimed.user_id.to_string(),
        sid: &claimed.session_id.to_string(),
        client_id: CLIENT_ID,
        iat: claimed.issued_at.unix_seconds(),
        exp: claimed.expires_at.unix_seconds(),
        jti: &jti,
    });
    (payload.to_string(), digest(&jti))
}

/// What the `payload` of a token that we signed says at `now`.
pub(super) fn read(terms: &Terms, now: Timestamp, payload: &[u8]) -> Result<Claims, VerifyError> {
    let payload = Payload::parse(payload).ok_or(VerifyError::Invalid)?;
    let claims = parse(&payload).ok_or(VerifyError::Invalid)?;
    let is_for_us = payload.iss == terms.issuer && payload.aud == terms.issuer;
    // A second more: the two ends are cut to whole seconds each by itself.
    let longest = terms.jwt_ttl.saturating_add(Duration::from_secs(1));
    let is_plausible = claims.issued_at <= now.plus(AHEAD)
        && claims.issued_at <= claims.expires_at
        && claims.expires_at.since(claims.issued_at) <= longest;
    if !is_for_us || payload.client_id != CLIENT_ID || !is_plausible {
        return Err(VerifyError::Invalid);
    }
    if claims.expires_at <= now { Err(VerifyError::Expired) } else { Ok(claims) }
}

fn parse(payload: &Payload<'_>) -> Option<Claims> {
    let user_id = UserId::try_from(payload.sub.parse::<i64>().ok()?).ok()?;
    let is_id = payload.jti.len() == 2 * ID_LEN && base16ct::lower::decode_vec(payload.jti).is_ok();
    let is_canonical = user_id.to_string() == payload.sub;
    (is_id && is_canonical).then_some(())?;
    Some(Claims {
        user_id,
        session_id: payload.sid.parse().ok()?,
        issued_at: Timestamp::from_unix_seconds(payload.iat)?,
        expires_at: Timestamp::from_unix_seconds(payload.exp)?,
        token_digest: digest(payload.jti),
    })
}

/// What the session keeps. The label keeps it apart from an opaque token of the same characters.
fn digest(jti: &str) -> TokenDigest {
    TokenDigest::labelled(b"vestibule/jti/1", &[jti.as_bytes()])
}
