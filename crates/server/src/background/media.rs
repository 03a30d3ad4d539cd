//! Collecting pictures that nobody shows, once among all nodes: what an upload left that was cut off, what could not be
//! removed when it was replaced, what an account had that was deleted.

use vestibule_domain::avatar::AvatarName;
use vestibule_http::Shell;
use vestibule_media::AvatarError;
use vestibule_persistence::{StoreError, jobs};

use super::leases::{self, LEASE, Lease};
use super::purge::{RECENT, Turn};
use super::trouble::Trouble;

/// What it is called.
pub(crate) const JOB: &str = "purge.media";

/// How many pictures at a time: few enough that a slow store is done with them before its caller stops waiting.
const BATCH: i64 = 10;

/// Removes the pictures that nobody shows, unless another node does or just did.
pub(super) async fn collect(shell: Shell, turn: Turn) -> Result<(), Trouble> {
    drop(turn.hold()?);
    let Some(lease) = leases::take(&shell, JOB, RECENT).await? else { return Ok(()) };
    let outcome = collect_in_batches(&shell, &turn, &lease).await;
    leases::give_back(&shell, lease, &outcome).await;
    outcome
}

async fn collect_in_batches(shell: &Shell, turn: &Turn, lease: &Lease) -> Result<(), Trouble> {
    let mut removed = 0;
    loop {
        let Some(names) = next_batch(shell, lease).await? else { break };
        let count = names.len();
        remove(shell, turn, names).await?;
        removed += count;
        if i64::try_from(count).is_ok_and(|count| count < BATCH) || shell.is_stopping() {
            break;
        }
    }
    if removed > 0 {
        tracing::info!(target: "background", job = JOB, removed, "leftovers removed");
    }
    Ok(())
}

/// Pictures to be removed; `None` where another node has the job by now.
async fn next_batch(shell: &Shell, lease: &Lease) -> Result<Option<Vec<AvatarName>>, Trouble> {
    let (avatars, now, lease) = (shell.avatars().clone(), shell.now(), lease.clone());
    let listing = shell.database_write(move |accounts| {
        let is_ours = accounts.database.write(|conn| jobs::keep(conn, lease.name, &lease.id, LEASE))?;
        is_ours.then(|| avatars.unused(now, BATCH)).transpose()
    });
    let listed: Result<_, StoreError> = listing.await?;
    Ok(listed?)
}

/// Removes the files first: what is forgotten is never looked for again.
async fn remove(shell: &Shell, turn: &Turn, names: Vec<AvatarName>) -> Result<(), Trouble> {
    let (held, now) = (turn.hold()?, shell.now());
    let removing = shell.files(move |avatars| {
        let _held = held;
        avatars.remove_files(now, &names)?;
        Ok::<_, AvatarError>(names)
    });
    let names = removing.await??;
    if names.is_empty() {
        return Ok(());
    }
    let avatars = shell.avatars().clone();
    shell.database_write(move |_| avatars.forget(&names)).await??;
    Ok(())
}
