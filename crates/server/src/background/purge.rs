//! Clearing away what is left over, once among all nodes.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use vestibule_auth::purge::{BATCH, Leftovers, purge_batch};
use vestibule_domain::time::Timestamp;
use vestibule_http::Shell;
use vestibule_persistence::{StoreError, jobs};

use super::leases::{self, LEASE, Lease};
use super::trouble::Trouble;

/// How often: so often that no table holds much dead weight.
pub(super) const EVERY: Duration = Duration::from_mins(1);

/// A turn that began less than this ago was this minute's: shorter than [`EVERY`], or a timer that fires a moment early
/// would cost a whole one.
pub(super) const RECENT: Duration = Duration::from_secs(45);

/// Whether a batch is under way, which may be later than its caller waits for.
#[derive(Clone, Default)]
pub(super) struct Turn(Arc<AtomicBool>);

/// Held by the batch; free again when that has ended, or was given up, or panicked.
pub(super) struct Held(Arc<AtomicBool>);

impl Turn {
    pub(super) fn hold(&self) -> Result<Held, Trouble> {
        if self.0.swap(true, Ordering::AcqRel) { Err(Trouble::Hangs) } else { Ok(Held(Arc::clone(&self.0))) }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

/// Clears away what is there of `what`, unless another node does or just did.
pub(super) async fn clear(
    shell: Shell,
    turn: Turn,
    what: Leftovers,
    audit_retention: Duration,
) -> Result<(), Trouble> {
    drop(turn.hold()?);
    let Some(lease) = leases::take(&shell, what.job_name(), RECENT).await? else { return Ok(()) };
    let outcome = clear_in_batches(&shell, &turn, &lease, what, audit_retention).await;
    leases::give_back(&shell, lease, &outcome).await;
    outcome
}

/// Each batch is a job of its own: between two of them others may write.
async fn clear_in_batches(
    shell: &Shell,
    turn: &Turn,
    lease: &Lease,
    what: Leftovers,
    audit_retention: Duration,
) -> Result<(), Trouble> {
    let now = shell.now();
    let (mut removed, mut is_done) = (0, false);
    while !is_done && !shell.is_stopping() {
        let batch = next_batch(shell, turn.hold()?, lease, now, what, audit_retention).await?;
        removed += batch.unwrap_or_default();
        is_done = batch.is_none_or(|batch| batch < usize::from(BATCH));
    }
    if removed > 0 {
        tracing::info!(target: "background", job = lease.name, removed, "leftovers removed");
    }
    Ok(())
}

/// How many one batch removed; `None` where another node has the job by now.
async fn next_batch(
    shell: &Shell,
    held: Held,
    lease: &Lease,
    now: Timestamp,
    what: Leftovers,
    audit_retention: Duration,
) -> Result<Option<usize>, Trouble> {
    let lease = lease.clone();
    let batch = shell.database_write(move |accounts| {
        let _held = held;
        let is_ours = accounts.database.write(|conn| jobs::keep(conn, lease.name, &lease.id, LEASE))?;
        let batch = is_ours.then(|| purge_batch(accounts, now, what, audit_retention));
        batch.transpose()
    });
    let batch: Result<_, StoreError> = batch.await?;
    Ok(batch?)
}
