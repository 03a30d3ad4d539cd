//! Refresh tokens: the one that is good, and those that were spent, of every session.
//!
//! A spent one is kept to be known again when it comes a second time, but not for longer than it would have lived unspent:
//! by then it had expired in its owner's hands too, and gets the plain refusal of an expired one. So a session leaves as
//! many rows as it was refreshed within that time, however long it lives.

use chrono::NaiveDateTime;
use diesel::prelude::*;
use vestibule_domain::id::{SessionId, UserId};
use vestibule_domain::time::Timestamp;
use vestibule_domain::token::{TokenDigest, TokenFormat};

use crate::dialect::{DatabaseConnection, load_free, lock_session};
use crate::error::StoreError;
use crate::schema::{refresh_tokens, sessions};
use crate::sessions::{NewPair, parse_id};
use crate::users;

/// What a refresh token is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundRefresh {
    /// The session.
    pub session_id: SessionId,
    /// Whose it is.
    pub user_id: UserId,
    /// The kind of access token it is refreshed to.
    pub format: TokenFormat,
    /// When the refresh token ends by itself.
    pub refresh_expires_at: Timestamp,
    /// Beyond this no refresh goes.
    pub ends_at: Timestamp,
    /// When the session was last in use.
    pub last_seen_at: Timestamp,
    /// Whether it may be spent.
    pub standing: RefreshStanding,
}

/// Whether a refresh token may be spent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefreshStanding {
    /// It was not spent.
    Good,
    /// It was spent, but nobody has used what it was spent for.
    SpentInVain,
    /// It was spent, and its successor used.
    Spent,
}

/// Adds the refresh token of a session's new pair, where it has one.
pub(crate) fn insert(
    conn: &mut DatabaseConnection,
    session_id: SessionId,
    digest: Option<&TokenDigest>,
) -> Result<(), StoreError> {
    let Some(digest) = digest else { return Ok(()) };
    diesel::insert_into(refresh_tokens::table)
        .values((
            refresh_tokens::digest.eq(digest.as_bytes().as_slice()),
            refresh_tokens::session_id.eq(session_id.to_string()),
        ))
        .execute(conn)?;
    Ok(())
}

/// What the token of `digest` is at this moment; nothing is locked, so it may be something else a moment later.
pub fn find(conn: &mut DatabaseConnection, digest: &TokenDigest) -> Result<Option<FoundRefresh>, StoreError> {
    type Times = (NaiveDateTime, NaiveDateTime, NaiveDateTime);
    type Row = (String, i64, String, Times, Option<Vec<u8>>, Option<NaiveDateTime>);
    let row = refresh_tokens::table
        .inner_join(sessions::table)
        .filter(refresh_tokens::digest.eq(digest.as_bytes().as_slice()))
        .select((
            sessions::id,
            sessions::user_id,
            sessions::format,
            (sessions::refresh_expires_at, sessions::ends_at, sessions::last_seen_at),
            sessions::refreshed_from,
            refresh_tokens::spent_at,
        ))
        .first::<Row>(conn)
        .optional()?;
    let Some((id, user_id, format, times, refreshed_from, spent_at)) = row else { return Ok(None) };
    let (refresh_expires_at, ends_at, last_seen_at) = times;
    let refreshed_from = refreshed_from.map(|bytes| read_digest(&id, &bytes)).transpose()?;
    let standing = match spent_at {
        None => RefreshStanding::Good,
        Some(_) if refreshed_from == Some(*digest) => RefreshStanding::SpentInVain,
        Some(_) => RefreshStanding::Spent,
    };
    Ok(Some(FoundRefresh {
        session_id: parse_id(&id)?,
        user_id: users::parse_id(user_id)?,
        format: format.parse().map_err(|_| StoreError::Corrupt { what: "format of session", row: id })?,
        refresh_expires_at: Timestamp::from_naive_utc(refresh_expires_at),
        ends_at: Timestamp::from_naive_utc(ends_at),
        last_seen_at: Timestamp::from_naive_utc(last_seen_at),
        standing,
    }))
}

/// The same, and the session's row stays locked until the transaction ends, so that refreshes of one session follow each
/// other.
///
/// The row is locked, and only then is it read: what was read before the lock may have been spent by whoever held it.
pub fn find_for_refresh(
    conn: &mut DatabaseConnection,
    digest: &TokenDigest,
) -> Result<Option<FoundRefresh>, StoreError> {
    let Some(found) = find(conn, digest)? else { return Ok(None) };
    lock_session(conn, found.session_id.to_string())?;
    find(conn, digest)
}

/// Gives the session of `found` the pair `pair` in the place of its current one, which ends: spent where `digest` was the
/// current refresh token, forgotten where `digest` had been spent in vain. The session is in use by that.
///
/// Its row is written once: see [`lock_session`].
pub fn set_pair(
    conn: &mut DatabaseConnection,
    now: Timestamp,
    found: &FoundRefresh,
    digest: &TokenDigest,
    pair: &NewPair,
) -> Result<(), StoreError> {
    let current = refresh_tokens::table
        .filter(refresh_tokens::session_id.eq(found.session_id.to_string()))
        .filter(refresh_tokens::spent_at.is_null());
    let replaced = match found.standing {
        RefreshStanding::Good => diesel::update(current)
            .filter(refresh_tokens::digest.eq(digest.as_bytes().as_slice()))
            .set(refresh_tokens::spent_at.eq(now.naive_utc()))
            .execute(conn)?,
        RefreshStanding::SpentInVain => {
            // Spent once more: for so much longer it may have to be known again.
            diesel::update(refresh_tokens::table.find(digest.as_bytes().as_slice()))
                .set(refresh_tokens::spent_at.eq(now.naive_utc()))
                .execute(conn)?;
            diesel::delete(current).execute(conn)?
        }
        RefreshStanding::Spent => 0,
    };
    if replaced != 1 {
        return Err(StoreError::Missing);
    }
    diesel::update(sessions::table.find(found.session_id.to_string()))
        .set((
            sessions::token_digest.eq(pair.token_digest.as_bytes().as_slice()),
            sessions::format.eq(pair.format.as_str()),
            sessions::token_expires_at.eq(pair.token_expires_at.naive_utc()),
            sessions::refresh_expires_at.eq(pair.refresh_expires_at.naive_utc()),
            sessions::refreshed_from.eq(digest.as_bytes().as_slice()),
            sessions::last_seen_at.eq(found.last_seen_at.max(now).naive_utc()),
        ))
        .execute(conn)?;
    insert(conn, found.session_id, pair.refresh_digest.as_ref())
}

/// Forgets up to `limit` tokens that were spent at `before` or earlier. Answers how many.
pub fn delete_spent(
    conn: &mut DatabaseConnection,
    before: Timestamp,
    limit: i64,
) -> Result<usize, StoreError> {
    let spent: Vec<Vec<u8>> = load_free!(
        conn,
        refresh_tokens::table
            .filter(refresh_tokens::spent_at.le(before.naive_utc()))
            .order(refresh_tokens::spent_at)
            .limit(limit)
            .select(refresh_tokens::digest)
    )?;
    if spent.is_empty() {
        return Ok(0);
    }
    Ok(diesel::delete(refresh_tokens::table.filter(refresh_tokens::digest.eq_any(spent))).execute(conn)?)
}

fn read_digest(session: &str, bytes: &[u8]) -> Result<TokenDigest, StoreError> {
    let corrupt = |_| StoreError::Corrupt { what: "digest of session", row: session.to_owned() };
    bytes.try_into().map(TokenDigest::from_bytes).map_err(corrupt)
}
