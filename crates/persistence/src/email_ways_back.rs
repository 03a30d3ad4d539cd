//! The ways back to an address that was changed.

use chrono::NaiveDateTime;
use diesel::prelude::*;
use vestibule_domain::email::{EmailAddress, EmailKey};
use vestibule_domain::id::UserId;
use vestibule_domain::time::Timestamp;
use vestibule_domain::token::TokenDigest;

use crate::dialect::DatabaseConnection;
use crate::error::StoreError;
use crate::schema::{email_ways_back, outbox};

/// A way that was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WayBack {
    /// Where it leads.
    pub old_email: EmailAddress,
    /// When that had been proven, if it had been when the change was asked for.
    pub old_verified_at: Option<Timestamp>,
    /// When the change was asked for that it takes back.
    pub asked_at: Timestamp,
}

/// Opens the way back `way` for whoever holds the token of `digest`. `asked_at` in it is when the change was asked for,
/// however late its mail leaves: which change came first must not hang on how fast somebody's mail server is.
pub fn insert(
    conn: &mut DatabaseConnection,
    user_id: UserId,
    digest: &TokenDigest,
    way: &WayBack,
    expires_at: Timestamp,
) -> Result<(), StoreError> {
    diesel::insert_into(email_ways_back::table)
        .values((
            email_ways_back::digest.eq(digest.as_bytes().as_slice()),
            email_ways_back::user_id.eq(user_id.get()),
            email_ways_back::old_email.eq(way.old_email.as_str()),
            email_ways_back::old_verified_at.eq(way.old_verified_at.map(Timestamp::naive_utc)),
            email_ways_back::created_at.eq(way.asked_at.naive_utc()),
            email_ways_back::expires_at.eq(expires_at.naive_utc()),
        ))
        .execute(conn)?;
    Ok(())
}

/// The way of `digest`, if it is open at `now`. Nothing is locked: whether it is still open, [`take`] decides.
pub fn find(
    conn: &mut DatabaseConnection,
    now: Timestamp,
    user_id: UserId,
    digest: &TokenDigest,
) -> Result<Option<WayBack>, StoreError> {
    let open = email_ways_back::table
        .find(digest.as_bytes().as_slice())
        .filter(email_ways_back::user_id.eq(user_id.get()))
        .filter(email_ways_back::expires_at.gt(now.naive_utc()));
    let found: Option<Row> = open.select(COLUMNS).first(conn).optional()?;
    found.map(|row| read(user_id, row)).transpose()
}

/// Takes the way of `digest`, if it is open at `now`, and closes with it every way to be had from a change asked for at the
/// same time or later, whether or not its mail has left: a thief's own mail server may take its time. `None` where it is
/// closed, or somebody took it before.
///
/// The earlier ones stay: who stole an account and changed its address twice must not be able to close its owner's way
/// back by taking the thief's own.
///
/// Called with the account's row locked, as a notice is written: one under way has opened its way before, or finds its
/// order gone.
pub fn take(
    conn: &mut DatabaseConnection,
    now: Timestamp,
    user_id: UserId,
    digest: &TokenDigest,
) -> Result<Option<WayBack>, StoreError> {
    let open = email_ways_back::table
        .find(digest.as_bytes().as_slice())
        .filter(email_ways_back::user_id.eq(user_id.get()))
        .filter(email_ways_back::expires_at.gt(now.naive_utc()));
    let taken: Option<Row> = diesel::delete(open).returning(COLUMNS).get_result(conn).optional()?;
    let Some(row) = taken else { return Ok(None) };
    let way = read(user_id, row)?;
    let asked_at = way.asked_at.naive_utc();
    let unsent = outbox::table
        .filter(outbox::user_id.eq(user_id.get()))
        .filter(outbox::kind.eq("email_change_notice"))
        .filter(outbox::created_at.ge(asked_at));
    let later = email_ways_back::table
        .filter(email_ways_back::user_id.eq(user_id.get()))
        .filter(email_ways_back::created_at.ge(asked_at));
    diesel::delete(later).execute(conn)?;
    diesel::delete(unsent).execute(conn)?;
    Ok(Some(way))
}

type Row = (String, Option<NaiveDateTime>, NaiveDateTime);

const COLUMNS: (email_ways_back::old_email, email_ways_back::old_verified_at, email_ways_back::created_at) =
    (email_ways_back::old_email, email_ways_back::old_verified_at, email_ways_back::created_at);

fn read(user_id: UserId, (old_email, old_verified_at, asked_at): Row) -> Result<WayBack, StoreError> {
    let corrupt = |_| StoreError::Corrupt { what: "old email", row: user_id.to_string() };
    Ok(WayBack {
        old_email: old_email.parse().map_err(corrupt)?,
        old_verified_at: old_verified_at.map(Timestamp::from_naive_utc),
        asked_at: Timestamp::from_naive_utc(asked_at),
    })
}

/// Closes the ways of `user_id` that lead to `email`: whoever has proven to read its mail needs none.
pub fn delete_to(
    conn: &mut DatabaseConnection,
    user_id: UserId,
    email: &EmailKey,
) -> Result<usize, StoreError> {
    let of_user = email_ways_back::user_id.eq(user_id.get());
    let ways: Vec<(Vec<u8>, String)> = email_ways_back::table
        .filter(of_user)
        .select((email_ways_back::digest, email_ways_back::old_email))
        .load(conn)?;
    let leads_there = |old: &str| old.parse::<EmailAddress>().is_ok_and(|old| old.key() == *email);
    let leading = ways.into_iter().filter(|(_, old)| leads_there(old)).map(|(digest, _)| digest);
    let leading: Vec<_> = leading.collect();
    Ok(diesel::delete(email_ways_back::table.filter(email_ways_back::digest.eq_any(leading)))
        .execute(conn)?)
}

/// Closes every way of `user_id`, those included whose mails have not left. Called with the account's row locked, as
/// [`take`] is.
pub fn delete_of_user(conn: &mut DatabaseConnection, user_id: UserId) -> Result<(), StoreError> {
    let ways = email_ways_back::table.filter(email_ways_back::user_id.eq(user_id.get()));
    let unsent = outbox::table
        .filter(outbox::user_id.eq(user_id.get()))
        .filter(outbox::kind.eq("email_change_notice"));
    diesel::delete(ways).execute(conn)?;
    diesel::delete(unsent).execute(conn)?;
    Ok(())
}

/// Closes every way of everybody. Answers how many.
pub fn delete_all(conn: &mut DatabaseConnection) -> Result<usize, StoreError> {
    Ok(diesel::delete(email_ways_back::table).execute(conn)?)
}

/// Removes up to `limit` ways that closed before `now`. Answers how many went.
pub fn delete_expired(
    conn: &mut DatabaseConnection,
    now: Timestamp,
    limit: i64,
) -> Result<usize, StoreError> {
    let expired = email_ways_back::table
        .filter(email_ways_back::expires_at.le(now.naive_utc()))
        .order(email_ways_back::expires_at)
        .limit(limit)
        .select(email_ways_back::digest)
        .load::<Vec<u8>>(conn)?;
    if expired.is_empty() {
        return Ok(0);
    }
    Ok(diesel::delete(email_ways_back::table.filter(email_ways_back::digest.eq_any(expired)))
        .execute(conn)?)
}
