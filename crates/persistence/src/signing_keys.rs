//! The keys that sign tokens, their private halves sealed.

use chrono::NaiveDateTime;
use diesel::prelude::*;
use vestibule_domain::time::Timestamp;

use crate::dialect::DatabaseConnection;
use crate::error::StoreError;
use crate::schema::signing_keys;

/// A key as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredKey {
    /// What it is called.
    pub kid: String,
    /// The public half.
    pub public_key: Vec<u8>,
    /// The private half, sealed under the secret key.
    pub sealed_seed: Vec<u8>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When a newer one took its place.
    pub retired_at: Option<Timestamp>,
}

/// Every key that is kept, the newest first.
pub fn list(conn: &mut DatabaseConnection) -> Result<Vec<StoredKey>, StoreError> {
    type Row = (String, Vec<u8>, Vec<u8>, NaiveDateTime, Option<NaiveDateTime>);
    let newest_first = (signing_keys::created_at.desc(), signing_keys::kid.desc());
    let rows = signing_keys::table
        .select((
            signing_keys::kid,
            signing_keys::public_key,
            signing_keys::sealed_seed,
            signing_keys::created_at,
            signing_keys::retired_at,
        ))
        .order(newest_first)
        .load::<Row>(conn)?;
    let stored = |(kid, public_key, sealed_seed, created_at, retired_at): Row| StoredKey {
        kid,
        public_key,
        sealed_seed,
        created_at: Timestamp::from_naive_utc(created_at),
        retired_at: retired_at.map(Timestamp::from_naive_utc),
    };
    Ok(rows.into_iter().map(stored).collect())
}

/// Adds `key`.
pub fn insert(conn: &mut DatabaseConnection, key: &StoredKey) -> Result<(), StoreError> {
    diesel::insert_into(signing_keys::table)
        .values((
            signing_keys::kid.eq(&key.kid),
            signing_keys::public_key.eq(&key.public_key),
            signing_keys::sealed_seed.eq(&key.sealed_seed),
            signing_keys::created_at.eq(key.created_at.naive_utc()),
            signing_keys::retired_at.eq(key.retired_at.map(Timestamp::naive_utc)),
        ))
        .execute(conn)?;
    Ok(())
}

/// Retires at `now` every key but `kid` that is not retired yet. Answers how many.
pub fn retire_others(conn: &mut DatabaseConnection, now: Timestamp, kid: &str) -> Result<usize, StoreError> {
    let others =
        signing_keys::table.filter(signing_keys::kid.ne(kid)).filter(signing_keys::retired_at.is_null());
    Ok(diesel::update(others).set(signing_keys::retired_at.eq(now.naive_utc())).execute(conn)?)
}

/// Removes the keys retired before `before`. Answers how many.
pub fn delete_retired(conn: &mut DatabaseConnection, before: Timestamp) -> Result<usize, StoreError> {
    let over = signing_keys::table.filter(signing_keys::retired_at.lt(before.naive_utc()));
    Ok(diesel::delete(over).execute(conn)?)
}
