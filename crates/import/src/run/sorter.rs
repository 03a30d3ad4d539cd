//! Sorting into the search index what batches left, beside the writing of the next.

use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::{self, Scope};

use vestibule_persistence::{Database, imports};

/// Tells that a batch was kept.
pub(super) struct Sorter(Option<SyncSender<()>>);

impl Sorter {
    /// One with a thread and a connection of its own, which ends when this is dropped; or where there is nothing to sort, none.
    pub(super) fn start<'scope>(
        scope: &'scope Scope<'scope, '_>,
        database: Option<&'scope Database>,
    ) -> Self {
        Self(database.map(|database| {
            let (sender, receiver) = sync_channel(1);
            scope.spawn(move || {
                for () in receiver {
                    // Whatever is not sorted in now is at the end of the run.
                    if let Err(error) = database.read(imports::sort_in) {
                        tracing::debug!(target: "import", %error, "the search index is sorted later");
                    }
                }
            });
            sender
        }))
    }

    /// There is more to sort. Where it still sorts it finds that afterwards.
    pub(super) fn tell(&self) {
        if let Some(sender) = &self.0 {
            // Told already.
            let _ = sender.try_send(());
        }
    }
}

/// Runs `work` with a sorter for `database`.
pub(super) fn beside<T>(database: Option<&Database>, work: impl FnOnce(&Sorter) -> T) -> T {
    thread::scope(|scope| work(&Sorter::start(scope, database)))
}
