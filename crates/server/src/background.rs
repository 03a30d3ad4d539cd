//! What happens without being asked for.

use std::sync::Arc;
use std::time::Duration;

use vestibule_auth::purge::{BATCH, purge_batch};
use vestibule_domain::time::Timestamp;
use vestibule_http::Shell;

/// How often expired sessions are cleared away: often enough that the table holds little dead weight, and every node
/// may do it.
const PURGE_EVERY: Duration = Duration::from_mins(1);

/// A batch keeps a clone until it has ended or was given up, which may be later than its caller waits for.
type Turn = Arc<()>;

/// Starts the background work on the current runtime; it ends with it.
pub(crate) fn start(shell: Shell) {
    actix_web::rt::spawn(async move {
        let turn = Turn::default();
        loop {
            tokio::time::sleep(PURGE_EVERY).await;
            purge(&shell, &turn).await;
        }
    });
}

/// Clears away what is there, each batch a job of its own: between two of them others may write. A failure is told and
/// tried again at the next turn.
async fn purge(shell: &Shell, turn: &Turn) {
    if Arc::strong_count(turn) > 1 {
        tracing::debug!(target: "background", "a batch of the last purge has not ended yet");
        return;
    }
    let now = shell.now();
    let (mut sessions, mut is_done) = (0, false);
    while !is_done && !shell.is_stopping() {
        match purge_next(shell, turn.clone(), now).await {
            Ok(batch) => {
                sessions += batch;
                is_done = batch < usize::from(BATCH);
            }
            Err(error) => {
                tracing::warn!(target: "background", error, "expired sessions could not be removed");
                is_done = true;
            }
        }
    }
    if sessions > 0 {
        tracing::info!(target: "background", sessions, "expired sessions removed");
    }
}

/// One batch, or in words why there is no answer from it.
async fn purge_next(shell: &Shell, turn: Turn, now: Timestamp) -> Result<usize, String> {
    let batch = shell.database_write(move |accounts| {
        let outcome = purge_batch(&accounts.database, now);
        drop(turn);
        outcome
    });
    batch.await.map_err(|refusal| refusal.to_string())?.map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests;
