//! Accounts.

use std::collections::HashMap;

use vestibule_domain::role::RoleName;

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
        let of = source.count(Step::Users)?;
        let hasher = self.to.hasher.clone();
        let converter = Converter { hasher: &hasher, roles, now: self.to.clock.now() };
        let mut rows = Rows { source, after: self.position.last_key.clone(), batch: self.options.batch };
        let read = || {
            let fetched = rows.next()?;
            Ok(fetched.map(|(rows, last_key)| Fetched {
                rows: rows.into_iter().map(|row| converter.convert(row)).collect(),
                last_key,
            }))
        };
        let mut done = 0;
        // A dry run writes little, and into what is thrown away.
        let database = self.to.rehearsal.is_none().then(|| self.to.database.clone());
        let mut write = |sorter: &Sorter, mut fetched: Fetched| {
            self.hash(&mut fetched.rows)?;
            let last_key = fetched.last_key.take();
            let now = self.to.clock.now().max(self.started_at);
            let mut view = self.view();
            let before = view.before;
            if self.is_first && before == Before::Compared {
                view.before = Before::NotLookedFor;
            }
            self.keep(last_key.as_deref(), &mut |conn, outcome| {
                let kept = batch::keep(conn, &view, now, &fetched.rows, outcome);
                // Where it is tried again, something was there.
                view.before = before;
                kept
            })?;
            sorter.tell();
            done += u64::try_from(fetched.rows.len()).unwrap_or(0);
            self.audience.progress(Phase::Users.name(), done, of);
            Ok(())
        };
        sorter::beside(database.as_ref(), |sorter| feed(read, |fetched| write(sorter, fetched)))
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
