//! A second batch of accounts, written beside the one before.
//!
//! PostgreSQL writes a batch on one core. So while one is kept, the next is written on a connection of its own, and its
//! transaction waits until the first is kept: batches are kept in their order, as without that, and what an early end leaves is
//! the same. Whatever goes wrong with the second, it is dropped and kept afterwards like any other.

use std::collections::HashSet;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{Scope, ScopedJoinHandle};

use vestibule_domain::id::UserId;
use vestibule_domain::role::RoleName;
use vestibule_domain::time::Timestamp;
use vestibule_persistence::imports::{self, Position};
use vestibule_persistence::{Database, StoreError};

use super::lookup::{Before, View};
use super::users::Fetched;
use super::{Outcome, Run, RunError, batch};
use crate::convert::{Candidate, Converted, SignInKeys};

/// Connections that are in use then: one for each batch, and one that sorts.
const CONNECTIONS: u32 = 3;

/// A batch that is being written, in a transaction that waits for the one before.
pub(super) struct Ahead<'scope> {
    written: Receiver<Outcome>,
    go: SyncSender<Step>,
    writing: ScopedJoinHandle<'scope, Result<(), RunError>>,
}

/// From where to where the run goes with a batch.
struct Step {
    from: Position,
    to: Position,
}

impl Run<'_> {
    /// Whether `second` may be written while `first` is: where none of its rows could have to wait for one of `first`, or be
    /// decided by it. For whoever waited for the second would wait for itself.
    pub(super) fn may_write_beside(&self, first: &Fetched, second: &Fetched) -> bool {
        // The first account of all is the business of one transaction.
        let is_plain_sailing = self.looks_for_nothing() && self.summary.taken > 0;
        is_plain_sailing
            && self.to.database.writers() >= CONNECTIONS
            && candidates(second).all(|candidate| candidate.plain.is_none() && !is_admin(candidate))
            && has_nothing_in_common(first, second)
    }

    /// Whether rows are taken to be new, since nothing of this source was here when the run began.
    pub(super) fn looks_for_nothing(&self) -> bool {
        self.is_first && !self.takes_rest()
    }

    /// Begins to write `batch` on a thread of `scope`; its accounts get `numbers`.
    pub(super) fn write_beside<'scope>(
        &self,
        scope: &'scope Scope<'scope, '_>,
        batch: &'scope Fetched,
        numbers: &[UserId],
    ) -> Ahead<'scope> {
        let ((written, receiver), (go, told)) = (sync_channel(1), sync_channel(1));
        let mut view = self.view();
        view.before = Before::NotLookedFor;
        view.numbers = numbers.to_vec();
        let now = self.to.clock.now().max(self.started_at);
        let (database, started_at) = (self.to.database.clone(), self.started_at);
        let writing = scope.spawn(move || write(&database, &view, started_at, now, batch, &written, &told));
        Ahead { written: receiver, go, writing }
    }

    /// Keeps what was written of the batch that ends in `last_key`, once the one before it is kept. Answers whether it was; if
    /// not, nothing is left of it.
    pub(super) fn keep_ahead(&mut self, ahead: Ahead<'_>, last_key: Option<&str>) -> Result<bool, RunError> {
        let Ahead { written, go, writing } = ahead;
        let Ok(outcome) = written.recv() else { return kept(writing) };
        let summary = self.summary.plus(&outcome.summary);
        let next = self.behind(last_key, &summary);
        if !outcome.findings.is_empty() {
            self.audience.findings(&outcome.findings)?;
        }
        // Where it is gone it says why.
        let _ = go.send(Step { from: self.position.clone(), to: next.clone() });
        let is_kept = kept(writing)?;
        if is_kept {
            (self.position, self.summary) = (next, summary);
        }
        Ok(is_kept)
    }
}

fn write(
    database: &Database,
    view: &View,
    started_at: Timestamp,
    now: Timestamp,
    fetched: &Fetched,
    written: &SyncSender<Outcome>,
    go: &Receiver<Step>,
) -> Result<(), RunError> {
    database.write(|conn| {
        let mut outcome = Outcome::default();
        batch::keep(conn, view, now, &fetched.rows, &mut outcome)?;
        // Nobody listens where the one before was not kept.
        let step = written.send(outcome).ok().and_then(|()| go.recv().ok()).ok_or(StoreError::Missing)?;
        if imports::set_position(conn, &view.source, started_at, &step.from, &step.to)? {
            Ok(())
        } else {
            Err(RunError::Elsewhere)
        }
    })
}

/// Whether the batch was kept; not where somebody signed up meanwhile with a name of it.
fn kept(writing: ScopedJoinHandle<'_, Result<(), RunError>>) -> Result<bool, RunError> {
    match writing.join() {
        Ok(Ok(())) => Ok(true),
        Ok(Err(RunError::Store(StoreError::Taken(_) | StoreError::Missing))) => Ok(false),
        Ok(Err(error)) => Err(error),
        Err(panic) => std::panic::resume_unwind(panic),
    }
}

fn candidates(fetched: &Fetched) -> impl Iterator<Item = &Candidate> {
    fetched.rows.iter().filter_map(|row| match row {
        Converted::Account(candidate) => Some(&**candidate),
        Converted::Refused { .. } => None,
    })
}

fn is_admin(candidate: &Candidate) -> bool {
    candidate.user.roles.iter().any(|role| role.as_str() == RoleName::ADMIN)
}

/// Whether no key of the one is a key of the other: neither of a row, nor of what somebody could type to sign in.
fn has_nothing_in_common(first: &Fetched, second: &Fetched) -> bool {
    let rows: HashSet<&str> = candidates(first).map(|candidate| candidate.key.as_str()).collect();
    let keys_of_first: HashSet<String> = candidates(first).flat_map(keys).collect();
    !candidates(second).any(|candidate| {
        rows.contains(candidate.key.as_str()) || keys(candidate).any(|key| keys_of_first.contains(&key))
    })
}

fn keys(candidate: &Candidate) -> impl Iterator<Item = String> + use<> {
    let keys = SignInKeys::of(&candidate.user);
    keys.names.into_iter().chain(keys.addresses)
}
