//! Accounts.

use std::collections::HashMap;
use std::thread;

use vestibule_domain::id::UserId;
use vestibule_domain::role::RoleName;
use vestibule_persistence::imports;

use super::batch;
use super::feed::feed;
use super::lookup::Before;
use super::sorter::{self, Sorter};
use super::{Phase, Run, RunError};
use crate::convert::{Converted, Converter, MAX_KEY_BYTES};
use crate::source::{Source, SourceError, SourcePassword, SourceUser, Step};

/// Accounts in a transaction where their passwords are to be hashed: some seconds of work, which is what a run that is killed
/// has to do again.
const PLAIN_BATCH: usize = 200;

/// Accounts through the doors.
pub(super) struct Fetched {
    pub(super) rows: Vec<Converted>,
    /// The key of the last row of them that can be kept.
    pub(super) last_key: Option<String>,
}

impl Run<'_> {
    pub(super) fn take_users(
        &mut self,
        source: &mut dyn Source,
        roles: &HashMap<String, RoleName>,
    ) -> Result<(), RunError> {
        let to = self.to;
        let of = source.count(Step::Users)?;
        let hasher = to.hasher.clone();
        let converter = Converter { hasher: &hasher, roles, now: to.clock.now() };
        let mut rows = Rows { source, after: self.position.last_key.clone(), batch: self.options.batch };
        let fetch = |rows: &mut Rows<'_>| {
            let fetched = rows.next()?;
            Ok::<_, SourceError>(fetched.map(|(rows, last_key)| Fetched {
                rows: rows.into_iter().map(|row| converter.convert(row)).collect(),
                last_key,
            }))
        };
        // The very first is alone. What came before the source failed is kept, and it is not asked again.
        let mut has_failed = false;
        let read = || {
            if has_failed {
                return Ok(None);
            }
            let is_alone = rows.after.is_none();
            let Some(first) = fetch(&mut rows)? else { return Ok(None) };
            let second = if is_alone { Ok(None) } else { fetch(&mut rows) };
            has_failed = second.is_err();
            Ok(Some((first, second)))
        };
        let mut done = 0;
        // A dry run writes little, and into what is thrown away.
        let database = to.rehearsal.is_none().then(|| to.database.clone());
        let mut write = |sorter: &Sorter, first: Fetched, second: Option<Fetched>| {
            let count = |fetched: &Fetched| u64::try_from(fetched.rows.len()).unwrap_or(0);
            done += count(&first) + second.as_ref().map_or(0, count);
            self.keep_users(first, second)?;
            sorter.tell();
            self.audience.progress(Phase::Users.name(), done, of);
            Ok::<_, RunError>(())
        };
        sorter::beside(database.as_ref(), |sorter| {
            feed(read, |(first, second)| match second {
                Ok(second) => write(sorter, first, second),
                Err(error) => write(sorter, first, None).and(Err(error.into())),
            })?;
            // While the last of it is sorted in.
            Ok(to.database.read(imports::count)?)
        })
    }

    /// Keeps the accounts of two batches, the second written while the first is, where they may be.
    fn keep_users(&mut self, first: Fetched, second: Option<Fetched>) -> Result<(), RunError> {
        let Some(second) = second else { return self.keep_batch(first, Vec::new()) };
        if !self.may_write_beside(&first, &second) {
            self.keep_batch(first, Vec::new())?;
            return self.keep_batch(second, Vec::new());
        }
        let count = first.rows.len() + second.rows.len();
        let mut numbers = self.to.database.read(|conn| imports::reserve_user_ids(conn, count))?;
        let of_second = numbers.split_off(first.rows.len());
        let is_kept = thread::scope(|scope| {
            let ahead = self.write_beside(scope, &second, &of_second);
            self.keep_batch(first, numbers)?;
            self.keep_ahead(ahead, second.last_key.as_deref())
        })?;
        if is_kept { Ok(()) } else { self.keep_batch(second, of_second) }
    }

    fn keep_batch(&mut self, mut fetched: Fetched, numbers: Vec<UserId>) -> Result<(), RunError> {
        self.hash(&mut fetched.rows)?;
        let now = self.to.clock.now().max(self.started_at);
        let mut view = self.view();
        view.numbers = numbers;
        let before = view.before;
        if self.looks_for_nothing() {
            view.before = Before::NotLookedFor;
        }
        self.keep(fetched.last_key.as_deref(), &mut |conn, outcome| {
            let kept = batch::keep(conn, &view, now, &fetched.rows, outcome);
            // Where it is tried again, something was there.
            view.before = before;
            kept
        })
    }
}

/// A batch, and the key of the last row of it that can be kept.
type Batch = (Vec<SourceUser>, Option<String>);

/// The accounts of a source, batch after batch.
pub(super) struct Rows<'a> {
    pub(super) source: &'a mut dyn Source,
    pub(super) after: Option<String>,
    pub(super) batch: usize,
}

impl Rows<'_> {
    pub(super) fn next(&mut self) -> Result<Option<Batch>, SourceError> {
        let first = self.after.is_none();
        let limit = if first { self.batch.min(PLAIN_BATCH) } else { self.batch };
        let rows = self.source.users_after(self.after.as_deref(), limit)?;
        let Some(last) = rows.last() else { return Ok(None) };
        self.after = Some(last.key.clone());
        if rows.iter().any(|row| matches!(row.password, SourcePassword::Plain(_))) {
            self.batch = self.batch.min(PLAIN_BATCH);
        }
        let last_key = last_key(rows.iter().map(|row| &row.key));
        Ok(Some((rows, last_key)))
    }
}

/// The last of `keys` that the database can keep.
pub(super) fn last_key<'a>(keys: impl DoubleEndedIterator<Item = &'a String>) -> Option<String> {
    keys.rev().find(|key| can_be_kept(key)).cloned()
}

/// Whether the database can keep `key`.
pub(super) fn can_be_kept(key: &str) -> bool {
    !key.contains('\0') && key.len() <= MAX_KEY_BYTES
}
