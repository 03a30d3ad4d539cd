//! How often background work failed, for the metrics.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Failed turns by the name of their job, since the start. Cheap to clone; all clones count together.
#[derive(Clone, Debug, Default)]
pub(crate) struct JobFailures(Arc<Mutex<BTreeMap<&'static str, u64>>>);

impl JobFailures {
    /// Begins to count for `job`, so that it is told of before it fails.
    pub(super) fn begin(&self, job: &'static str) {
        self.lock().entry(job).or_default();
    }

    /// Counts a turn of `job` that failed.
    pub(super) fn count(&self, job: &'static str) {
        *self.lock().entry(job).or_default() += 1;
    }

    /// How often each job failed.
    pub(crate) fn counts(&self) -> Vec<(&'static str, u64)> {
        self.lock().iter().map(|(job, count)| (*job, *count)).collect()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<&'static str, u64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
