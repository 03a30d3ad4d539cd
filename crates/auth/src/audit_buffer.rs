//! Refusals on their way to the audit trail.
//!
//! What was done is written in the transaction that does it. What was refused has none, and a flood of refusals must not
//! become a flood of writes: they wait here, bounded, and are written together.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use vestibule_domain::audit::{AuditEvent, AuditRecord};
use vestibule_domain::caller::ClientInfo;
use vestibule_domain::time::Timestamp;
use vestibule_persistence::{Database, StoreError, audit};

/// Refusals that wait; beyond this many they are counted only.
pub const CAPACITY: usize = 4096;

/// The buffer. What could not be kept is told by one row that says how many.
#[derive(Default)]
pub struct AuditBuffer {
    waiting: Mutex<Waiting>,
}

#[derive(Default)]
struct Waiting {
    records: VecDeque<AuditRecord>,
    missing: Option<Missing>,
}

/// How many refusals there was no room for, and when the last of them was.
#[derive(Clone, Copy)]
struct Missing {
    count: u64,
    last_at: Timestamp,
}

impl AuditBuffer {
    /// Keeps `record` until the next flush. Waits for nothing.
    pub fn push(&self, record: AuditRecord) {
        self.lock().push(record);
    }

    /// How many refusals wait.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.lock().records.len()
    }

    /// Writes what waits, in one transaction; what cannot be written goes back. Answers how many rows were added.
    ///
    /// Where nobody knows whether the rows were kept they are written again: one told twice is better than one not told.
    pub fn flush(&self, database: &Database) -> Result<usize, StoreError> {
        let Waiting { records, missing } = std::mem::take(&mut *self.lock());
        let mut rows = Vec::from(records);
        rows.extend(missing.map(Missing::told));
        if rows.is_empty() {
            return Ok(0);
        }
        match database.write(|conn| audit::insert_all(conn, &rows)) {
            Ok(()) => Ok(rows.len()),
            Err(error) => {
                rows.truncate(rows.len() - usize::from(missing.is_some()));
                self.lock().put_back(rows, missing);
                Err(error)
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting {
    fn push(&mut self, record: AuditRecord) {
        if self.records.len() < CAPACITY {
            self.records.push_back(record);
        } else {
            self.miss(Missing { count: 1, last_at: record.at });
        }
    }

    fn miss(&mut self, more: Missing) {
        let before = self.missing.unwrap_or(Missing { count: 0, ..more });
        let last_at = before.last_at.max(more.last_at);
        self.missing = Some(Missing { count: before.count.saturating_add(more.count), last_at });
    }

    /// In front of what came since, as far as there is room: the beginning of an attack tells most.
    fn put_back(&mut self, records: Vec<AuditRecord>, missing: Option<Missing>) {
        let later = std::mem::replace(&mut self.records, records.into());
        for record in later {
            self.push(record);
        }
        if let Some(missing) = missing {
            self.miss(missing);
        }
    }
}

impl Missing {
    fn told(self) -> AuditRecord {
        AuditRecord::failure(self.last_at, AuditEvent::TrailOverflowed, &ClientInfo::default())
            .saying(format!("{} refusals more", self.count))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use chrono::DateTime;
    use tempfile::TempDir;
    use vestibule_domain::page::PageSize;
    use vestibule_persistence::audit::AuditFilter;
    use vestibule_persistence::{DatabaseUrl, PoolOptions};

    use super::*;

    fn refusal(second: u64) -> AuditRecord {
        let start = Timestamp::from_datetime(DateTime::from_timestamp(1_700_000_000, 0).unwrap());
        let at = start.plus(Duration::from_secs(second));
        AuditRecord::failure(at, AuditEvent::SignedIn, &ClientInfo::default())
    }

    fn database(folder: &TempDir) -> Database {
        Database::open(&DatabaseUrl::sqlite_file(&folder.path().join("it.db")), PoolOptions::default())
    }

    fn newest(database: &Database) -> (u64, AuditRecord) {
        let (all, one) = (AuditFilter::default(), PageSize::try_from(1).unwrap());
        let page = database.read(|conn| audit::list(conn, &all, None, one)).unwrap();
        (page.total.get(), page.entries.into_iter().next().unwrap().record)
    }

    #[test]
    fn refusals_are_written_together_and_once() {
        let folder = TempDir::new().unwrap();
        let (database, buffer) = (database(&folder), AuditBuffer::default());
        database.migrate().unwrap();
        assert_eq!(buffer.flush(&database).unwrap(), 0);
        (0..1201).for_each(|second| buffer.push(refusal(second)));
        assert_eq!(buffer.flush(&database).unwrap(), 1201);
        assert_eq!(buffer.flush(&database).unwrap(), 0);
        assert_eq!(newest(&database), (1201, refusal(1200)));
    }

    #[test]
    fn what_there_is_no_room_for_is_counted() {
        let folder = TempDir::new().unwrap();
        let (database, buffer) = (database(&folder), AuditBuffer::default());
        database.migrate().unwrap();
        let many = u64::try_from(CAPACITY).unwrap();
        (0..many + 77).for_each(|second| buffer.push(refusal(second)));
        assert_eq!(buffer.flush(&database).unwrap(), CAPACITY + 1);
        let (total, told) = newest(&database);
        assert_eq!(total, many + 1);
        assert_eq!((told.event, told.at), (AuditEvent::TrailOverflowed, refusal(many + 76).at));
        assert_eq!(told.detail.as_deref(), Some("77 refusals more"));
        assert_eq!(buffer.flush(&database).unwrap(), 0);
    }

    #[test]
    fn what_cannot_be_written_stays_in_front_and_within_the_bound() {
        let folder = TempDir::new().unwrap();
        let (database, buffer) = (database(&folder), AuditBuffer::default());
        let many = u64::try_from(CAPACITY).unwrap();
        (0..many - 1).for_each(|second| buffer.push(refusal(second)));
        buffer.flush(&database).unwrap_err();
        (many..many + 10).for_each(|second| buffer.push(refusal(second)));
        buffer.flush(&database).unwrap_err();
        assert_eq!(buffer.waiting(), CAPACITY);
        let front = buffer.lock().records.front().cloned();
        assert_eq!(front, Some(refusal(0)));
        database.migrate().unwrap();
        assert_eq!(buffer.flush(&database).unwrap(), CAPACITY + 1);
        assert_eq!(newest(&database).1.detail.as_deref(), Some("9 refusals more"));
    }

    #[test]
    fn what_comes_while_a_write_fails_is_behind_what_failed() {
        let mut waiting = Waiting::default();
        waiting.push(refusal(2));
        waiting.put_back(vec![refusal(0), refusal(1)], None);
        assert_eq!(waiting.records, [refusal(0), refusal(1), refusal(2)]);
        let full = (0..4096).map(refusal).collect();
        waiting.put_back(full, Some(Missing { count: 5, last_at: refusal(9).at }));
        assert_eq!(waiting.records.len(), CAPACITY);
        assert_eq!(waiting.missing.map(|missing| missing.count), Some(8));
    }
}
