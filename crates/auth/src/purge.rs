//! Clearing away what ran out.

use vestibule_domain::time::Timestamp;
use vestibule_persistence::{Database, StoreError, sessions};

/// How many rows one batch removes, in a transaction of its own: few enough that no sign-in waits for it.
pub const BATCH: u16 = 500;

/// Removes the sessions that ran out before `now`, batch after batch. Safe on several nodes at once and when killed: it
/// removes only what nobody can use any more. Answers how many.
///
/// It keeps its thread until all are gone; whoever shares that thread with others calls [`purge_batch`] instead.
pub fn purge(database: &Database, now: Timestamp) -> Result<usize, StoreError> {
    let mut removed = 0;
    loop {
        let batch = purge_batch(database, now)?;
        removed += batch;
        if batch < usize::from(BATCH) {
            return Ok(removed);
        }
    }
}

/// Removes up to [`BATCH`] of those sessions and answers how many; fewer than `BATCH` means that none are left.
pub fn purge_batch(database: &Database, now: Timestamp) -> Result<usize, StoreError> {
    database.write(|conn| sessions::delete_expired(conn, now, i64::from(BATCH)))
}
