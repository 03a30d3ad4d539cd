//! Clearing away what ran out.

use vestibule_domain::time::Timestamp;
use vestibule_persistence::{Database, StoreError, sessions};

/// How many rows one transaction removes: few enough that no sign-in waits for it.
const BATCH: i64 = 500;

/// Removes the sessions that ran out before `now`. Safe on several nodes at once and when killed: it removes only what
/// nobody can use any more. Answers how many.
pub fn purge(database: &Database, now: Timestamp) -> Result<usize, StoreError> {
    let mut removed = 0;
    loop {
        let batch = database.write(|conn| sessions::delete_expired(conn, now, BATCH))?;
        removed += batch;
        if i64::try_from(batch).unwrap_or(i64::MAX) < BATCH {
            return Ok(removed);
        }
    }
}
