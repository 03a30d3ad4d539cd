//! Doing something once among all nodes.

use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

use vestibule_domain::random::Random;
use vestibule_http::Shell;
use vestibule_persistence::jobs;

use super::trouble::Trouble;

/// A node that dies keeps its job from the others for so long.
pub(super) const LEASE: Duration = Duration::from_mins(1);

/// A job that this node does, until the lease runs out.
#[derive(Clone, Debug)]
pub(super) struct Lease {
    /// The job.
    pub(super) name: &'static str,
    /// Who has it: a name for this one turn.
    pub(super) id: Arc<str>,
}

/// Takes the job `name`, if no node has it or began it within `every`.
pub(super) async fn take(
    shell: &Shell,
    name: &'static str,
    every: Duration,
) -> Result<Option<Lease>, Trouble> {
    let (now, id) = (shell.now(), lease_id(&*shell.random()));
    let lease = Lease { name, id };
    let asked = lease.clone();
    let taken = shell.database_write(move |accounts| {
        accounts.database.write(|conn| jobs::take(conn, now, name, &asked.id, LEASE, every))
    });
    Ok(taken.await??.then_some(lease))
}

/// Gives the job back and notes how it went. Where that fails the lease runs out by itself.
pub(super) async fn give_back(shell: &Shell, lease: Lease, outcome: &Result<(), Trouble>) {
    let now = shell.now();
    let why = outcome.as_ref().err().map(Trouble::told);
    let given = shell.database_write(move |accounts| {
        let outcome = why.as_deref().map_or(Ok(()), Err);
        accounts.database.write(|conn| jobs::give_back(conn, now, lease.name, &lease.id, outcome))
    });
    let trouble = match given.await {
        Ok(Ok(())) => return,
        Ok(Err(error)) => Trouble::from(error),
        Err(refusal) => Trouble::from(refusal),
    };
    tracing::debug!(target: "background", error = trouble.told(), "a job could not be given back");
}

/// A name nobody else has.
pub(super) fn lease_id(random: &dyn Random) -> Arc<str> {
    let mut bytes = [0; 16];
    random.fill(&mut bytes);
    let mut id = String::with_capacity(32);
    for byte in bytes {
        // Writing into a string never fails.
        let _ = write!(id, "{byte:02x}");
    }
    id.into()
}
