//! A second batch of accounts, written beside the one before.
//!
//! PostgreSQL writes a batch on one core. So while one is kept, the next is written on a connection of its own, and its
//! transaction waits until the first is kept: batches are kept in their order, as without that, and what an early end leaves is
//! the same. Where the second cannot be written, it is dropped, and kept afterwards like any other.

use std::collections::HashSet;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::{Scope, ScopedJoinHandle};
use std::time::Duration;

use vestibule_domain::id::UserId;
use vestibule_domain::role::RoleName;
use vestibule_persistence::StoreError;
use vestibule_persistence::imports::{self, Position};

use super::lookup::Before;
use super::users::Fetched;
use super::{Outcome, Run, RunError, batch};
use crate::convert::{Candidate, Converted, SignInKeys};

/// Connections that are in use then: one for each batch, and one that sorts.
const CONNECTIONS: u32 = 3;

/// For so long a batch that is written waits for the one before. What locks the one may be held by somebody who waits for the
/// other, which no database can see: then this lets go.
const PATIENCE: Duration = Duration::from_secs(10);

/// A batch that is being written, in a transaction that waits for the one before.
pub(super) struct Ahead<'scope> {
    news: Receiver<News>,
    orders: SyncSender<Order>,
    writing: ScopedJoinHandle<'scope, Result<(), RunError>>,
}

/// How far the batch is.
enum News {
    /// Everything is written; this it comes to.
    Written(Outcome),
    /// The run stands behind it, once it is kept.
    Placed,
}

/// What is to be done with it.
enum Order {
    /// The one before is kept: the run goes from here to there.
    Place { from: Position, to: Position },
    /// It is to be kept.
    Keep,
}

impl Run<'_> {
    /// Whether `second` may be written while `first` is: where none of its rows could have to wait for one of `first`, or be
    /// decided by it. For whoever waited for the second would wait for itself.
    pub(super) fn may_write_beside(&self, first: &Fetched, second: &Fetched) -> bool {
        // The first account of all is the business of one transaction.
        let is_plain_sailing = self.looks_for_nothing() && self.summary.taken > 0 && !self.writes_alone;
        is_plain_sailing
            && self.to.database.writers() >= CONNECTIONS
            // Hashing takes its time, and is done while no transaction waits.
            && candidates(first).chain(candidates(second)).all(|candidate| candidate.plain.is_none())
            && !candidates(second).any(is_admin)
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
        let ((news, hears), (orders, obeys)) = (sync_channel(1), sync_channel(1));
        let mut view = self.view();
        view.before = Before::NotLookedFor;
        view.numbers = numbers.to_vec();
        let now = self.to.clock.now().max(self.started_at);
        let (database, started_at) = (self.to.database.clone(), self.started_at);
        let writing = scope.spawn(move || {
            database.write(|conn| {
                let mut outcome = Outcome::default();
                batch::keep(conn, &view, now, &batch.rows, &mut outcome)?;
                // Nobody listens where the one before was not kept.
                news.send(News::Written(outcome)).map_err(|_| StoreError::Missing)?;
                let Order::Place { from, to } = obeys.recv_timeout(PATIENCE).map_err(too_late)? else {
                    return Err(StoreError::Missing.into());
                };
                if !imports::set_position(conn, &view.source, started_at, &from, &to)? {
                    return Err(RunError::Elsewhere);
                }
                news.send(News::Placed).map_err(|_| StoreError::Missing)?;
                obeys.recv().map_err(|_| StoreError::Missing)?;
                Ok(())
            })
        });
        Ahead { news: hears, orders, writing }
    }

    /// Keeps what was written of the batch that ends in `last_key`, once the one before it is kept. Answers whether it was; if
    /// not, nothing is left of it.
    pub(super) fn keep_ahead(&mut self, ahead: Ahead<'_>, last_key: Option<&str>) -> Result<bool, RunError> {
        let Ahead { news, orders, writing } = ahead;
        let Ok(News::Written(outcome)) = news.recv() else { return self.was_kept(writing) };
        let summary = self.summary.plus(&outcome.summary);
        let next = self.behind(last_key, &summary);
        let place = Order::Place { from: self.position.clone(), to: next.clone() };
        if orders.send(place).is_err() || news.recv().is_err() {
            return self.was_kept(writing);
        }
        if !outcome.findings.is_empty() {
            self.audience.findings(&outcome.findings)?;
        }
        // Where it is gone it says why.
        let _ = orders.send(Order::Keep);
        let is_kept = self.was_kept(writing)?;
        if is_kept {
            (self.position, self.summary) = (next, summary);
        }
        Ok(is_kept)
    }

    /// Whether the batch was kept; not where somebody signed up meanwhile with a name of it, and not where there was no
    /// connection or no time for it: then no other is written like that.
    fn was_kept(&mut self, writing: ScopedJoinHandle<'_, Result<(), RunError>>) -> Result<bool, RunError> {
        match writing.join() {
            Ok(Ok(())) => Ok(true),
            Ok(Err(RunError::Store(StoreError::Taken(_) | StoreError::Missing))) => Ok(false),
            Ok(Err(RunError::Store(StoreError::Unavailable(error)))) => {
                tracing::debug!(target: "import", %error, "batches are written one after the other from now on");
                self.writes_alone = true;
                Ok(false)
            }
            Ok(Err(error)) => Err(error),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    }
}

fn too_late(error: RecvTimeoutError) -> StoreError {
    match error {
        RecvTimeoutError::Timeout => StoreError::Unavailable(Box::new(error)),
        RecvTimeoutError::Disconnected => StoreError::Missing,
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
