//! What every node does for itself: writing together what was noted one by one.

use vestibule_auth::sightings::BATCH;
use vestibule_http::Shell;

use super::trouble::Trouble;

/// Writes the refusals that wait. Where none do the database is left in peace.
pub(super) async fn flush_refusals(shell: Shell) -> Result<(), Trouble> {
    if shell.accounts().refusals.waiting() == 0 {
        return Ok(());
    }
    shell.database_write(|accounts| accounts.refusals.flush(&accounts.database)).await??;
    Ok(())
}

/// Writes which sessions were seen, each batch a job of its own: between two of them others may write.
pub(super) async fn flush_sightings(shell: Shell) -> Result<(), Trouble> {
    let now = shell.now();
    loop {
        let batch = shell
            .database_write(move |accounts| accounts.sightings.flush_batch(&accounts.database, now))
            .await??;
        if batch < BATCH {
            return Ok(());
        }
    }
}
