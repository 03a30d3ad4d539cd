//! The one row of facts about this installation.

use diesel::prelude::*;
use vestibule_domain::time::Timestamp;

use crate::dialect::DatabaseConnection;
use crate::error::StoreError;
use crate::schema::installation::dsl;

/// Notes that there is a first account. `true` for exactly one caller ever: of two transactions the second waits for
/// the row and then finds it filled in.
pub fn claim_first_account(conn: &mut DatabaseConnection, now: Timestamp) -> Result<bool, StoreError> {
    let free = dsl::installation.filter(dsl::first_account_at.is_null());
    let claimed = diesel::update(free).set(dsl::first_account_at.eq(now.naive_utc())).execute(conn)?;
    Ok(claimed == 1)
}

/// Notes that somebody became admin by registering. `true` for exactly one caller ever.
pub fn claim_admin(conn: &mut DatabaseConnection, now: Timestamp) -> Result<bool, StoreError> {
    let free = dsl::installation.filter(dsl::admin_claimed_at.is_null());
    let claimed = diesel::update(free).set(dsl::admin_claimed_at.eq(now.naive_utc())).execute(conn)?;
    Ok(claimed == 1)
}

/// Locks the row until the transaction ends: of several nodes that would all make the first of something, the others wait
/// here, and what they read afterwards is what the first has kept.
pub fn lock(conn: &mut DatabaseConnection) -> Result<(), StoreError> {
    match diesel::update(dsl::installation).set(dsl::id.eq(dsl::id)).execute(conn)? {
        1 => Ok(()),
        _ => Err(StoreError::Missing),
    }
}

/// Whether no account was ever made here.
pub fn is_untouched(conn: &mut DatabaseConnection) -> Result<bool, StoreError> {
    let first: Option<chrono::NaiveDateTime> = dsl::installation.select(dsl::first_account_at).first(conn)?;
    Ok(first.is_none())
}

/// Whether somebody became admin by registering, or may no longer.
pub fn is_admin_claimed(conn: &mut DatabaseConnection) -> Result<bool, StoreError> {
    let claimed: Option<chrono::NaiveDateTime> =
        dsl::installation.select(dsl::admin_claimed_at).first(conn)?;
    Ok(claimed.is_some())
}

/// The check value of the secret key this database was set up with.
pub fn find_key_check(conn: &mut DatabaseConnection) -> Result<Option<Vec<u8>>, StoreError> {
    Ok(dsl::installation.select(dsl::secret_key_check).first(conn)?)
}

/// Keeps the check value of the secret key, unless there is one. `false` where another node was faster.
pub fn set_key_check(conn: &mut DatabaseConnection, check: &[u8]) -> Result<bool, StoreError> {
    let free = dsl::installation.filter(dsl::secret_key_check.is_null());
    Ok(diesel::update(free).set(dsl::secret_key_check.eq(check)).execute(conn)? == 1)
}
