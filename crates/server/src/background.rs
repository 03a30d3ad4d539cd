//! What happens without being asked for.

use std::time::Duration;

use vestibule_auth::purge::purge;
use vestibule_http::Shell;

/// How often expired sessions are cleared away: often enough that the table holds little dead weight, and every node
/// may do it.
const PURGE_EVERY: Duration = Duration::from_mins(1);

/// Starts the background work on the current runtime; it ends with it.
pub(crate) fn start(shell: Shell) {
    actix_web::rt::spawn(async move {
        loop {
            tokio::time::sleep(PURGE_EVERY).await;
            purge_once(&shell).await;
        }
    });
}

/// A failure is told and tried again at the next turn.
async fn purge_once(shell: &Shell) {
    let now = shell.now();
    match shell.database_write(move |accounts| purge(&accounts.database, now)).await {
        Ok(Ok(0)) => {}
        Ok(Ok(sessions)) => tracing::info!(target: "background", sessions, "expired sessions removed"),
        Ok(Err(error)) => {
            tracing::warn!(target: "background", %error, "expired sessions could not be removed");
        }
        Err(refusal) => {
            tracing::warn!(target: "background", %refusal, "expired sessions could not be removed");
        }
    }
}
