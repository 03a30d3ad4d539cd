//! When sessions were last seen in use: noted on the way, written later, at most once a minute a session.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use vestibule_domain::caller::Caller;
use vestibule_domain::id::SessionId;
use vestibule_domain::time::Timestamp;
use vestibule_persistence::{Database, StoreError, sessions};

/// A session's `last_seen_at` may be this much behind.
pub const EVERY: Duration = Duration::from_mins(1);

/// How many sessions one batch writes, in a transaction of its own: few enough that no sign-in waits for it.
pub const BATCH: usize = 500;

/// Sessions kept here; where there are more at once some are noted a little later.
const CAPACITY: usize = 1 << 16;

/// Sessions seen in use and not written yet, and those written a moment ago: a cached caller does not know yet.
#[derive(Default)]
pub struct Sightings {
    seen: Mutex<HashMap<SessionId, Sighting>>,
}

#[derive(Clone, Copy)]
struct Sighting {
    at: Timestamp,
    is_written: bool,
}

impl Sightings {
    /// Notes that `caller` is here, if the last time is [`EVERY`] ago. Waits for nothing.
    pub fn note(&self, now: Timestamp, caller: &Caller) {
        if now.since(caller.last_seen_at) < EVERY {
            return;
        }
        let mut seen = self.lock();
        let is_known = match seen.get(&caller.session_id) {
            Some(last) => now.since(last.at) < EVERY,
            None => seen.len() >= CAPACITY,
        };
        if !is_known {
            seen.insert(caller.session_id, Sighting { at: now, is_written: false });
        }
    }

    /// Writes what was noted until `now`, batch after batch. Answers how many sessions.
    ///
    /// It keeps its thread until all is written; whoever shares that thread with others calls [`flush_batch`] instead.
    ///
    /// [`flush_batch`]: Self::flush_batch
    pub fn flush(&self, database: &Database, now: Timestamp) -> Result<usize, StoreError> {
        let mut written = 0;
        loop {
            let batch = self.flush_batch(database, now)?;
            written += batch;
            if batch < BATCH {
                return Ok(written);
            }
        }
    }

    /// Writes up to [`BATCH`] of them and answers how many; fewer than `BATCH` means that none are left. What cannot be
    /// written stays noted.
    pub fn flush_batch(&self, database: &Database, now: Timestamp) -> Result<usize, StoreError> {
        let batch = self.batch(now);
        if !batch.is_empty() {
            database.write(|conn| sessions::set_last_seen(conn, &batch))?;
        }
        let mut seen = self.lock();
        for (id, at) in &batch {
            if let Some(last) = seen.get_mut(id).filter(|last| last.at == *at) {
                last.is_written = true;
            }
        }
        Ok(batch.len())
    }

    /// Some of what is to be written; what was written long enough ago is forgotten.
    fn batch(&self, now: Timestamp) -> Vec<(SessionId, Timestamp)> {
        let mut seen = self.lock();
        seen.retain(|_, last| !last.is_written || (last.at <= now && now.since(last.at) < EVERY));
        let unwritten = seen.iter().filter(|(_, last)| !last.is_written).map(|(id, last)| (*id, last.at));
        unwritten.take(BATCH).collect()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<SessionId, Sighting>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
