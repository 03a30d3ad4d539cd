//! Figures that were counted a moment ago. Counting reads what may be millions of rows, so one request does it at a time, and
//! the others wait for what it finds.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::lock::Mutex;
use tokio::time::timeout;
use vestibule_auth::accounts::Accounts;
use vestibule_domain::time::Timestamp;
use vestibule_persistence::StoreError;
use vestibule_persistence::statistics::{self, Statistics};

use crate::refusal::Refusal;
use crate::shell::Shell;
use crate::undone::Undone;

/// Figures of this age are still told.
const FRESH: Duration = Duration::from_secs(5);

/// Who counts has its answer by then; who has waited as long for another's is told to come back.
const WAIT: Duration = Duration::from_secs(4);

/// When to come back.
const SOON: Duration = Duration::from_secs(2);

/// The last figures by the days they span, shared by all workers and both faces.
#[derive(Clone, Debug, Default)]
pub(crate) struct Figures(Arc<Mutex<HashMap<u16, Counted>>>);

#[derive(Clone, Debug)]
struct Counted {
    at: Timestamp,
    figures: Arc<Statistics>,
}

impl Shell {
    /// The figures of the last `days` days, at most five seconds old.
    pub async fn figures(&self, days: u16) -> Result<Arc<Statistics>, Undone<StoreError>> {
        let now = self.now();
        let Ok(mut last) = timeout(WAIT, self.last_figures().0.lock_owned()).await else {
            return Err(Refusal::Overloaded { retry_after: SOON }.into());
        };
        if let Some(counted) = last.get(&days).filter(|counted| counted.is_fresh(now)) {
            return Ok(Arc::clone(&counted.figures));
        }
        // The lock goes with the job, so that a second one does not begin where the caller of the first has gone away.
        let counting = move |accounts: &Accounts| {
            let figures = Arc::new(accounts.database.read(|conn| statistics::find(conn, now, days))?);
            last.retain(|_, counted| counted.is_fresh(now));
            last.insert(days, Counted { at: now, figures: Arc::clone(&figures) });
            Ok(figures)
        };
        self.database(counting).await?.map_err(Undone::Failed)
    }
}

impl Counted {
    /// Whether they may be told to who asked at `now`. A clock that was set back makes them old.
    fn is_fresh(&self, now: Timestamp) -> bool {
        let age = now.since(self.at).max(self.at.since(now));
        age < FRESH
    }
}
