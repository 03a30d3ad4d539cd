//! What only the database knows.

use std::time::Duration;

use vestibule_http::Shell;
use vestibule_persistence::{StoreError, jobs, outbox};

/// What was found there, for all nodes together.
#[derive(Clone, Debug)]
pub(super) struct Kept {
    /// Mails that have neither left nor been given up, counted up to 10,000.
    pub(super) mails_waiting: u64,
    /// Mails that were given up, counted likewise.
    pub(super) mails_given_up: u64,
    /// How long ago the oldest of those that wait was ordered; zero where none does.
    pub(super) oldest_mail: Duration,
    /// How long ago each job that ever succeeded last did.
    pub(super) jobs: Vec<(String, Duration)>,
}

/// Asks the database. Nothing where it does not answer: the log has the reason already.
pub(super) async fn find(shell: &Shell) -> Option<Kept> {
    let now = shell.now();
    let asked = shell.database(move |accounts| {
        accounts.database.read(|conn| {
            let succeeded = jobs::list(conn)?.into_iter();
            let since = |job: jobs::JobState| job.succeeded_at.map(|at| (job.name, now.since(at)));
            Ok::<_, StoreError>(Kept {
                mails_waiting: outbox::count(conn, Some(false))?.get(),
                mails_given_up: outbox::count(conn, Some(true))?.get(),
                oldest_mail: outbox::find_oldest(conn)?.map_or(Duration::ZERO, |at| now.since(at)),
                jobs: succeeded.filter_map(since).collect(),
            })
        })
    });
    asked.await.ok()?.ok()
}
