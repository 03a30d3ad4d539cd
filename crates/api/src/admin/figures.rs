//! Figures that were counted a moment ago. Counting reads what may be millions of rows, so one request does it at a time, and
//! the others wait for what it finds.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use actix_web::rt::time::timeout;
use futures_util::lock::Mutex;
use vestibule_auth::accounts::Accounts;
use vestibule_domain::time::Timestamp;
use vestibule_http::{Refusal, Shell};
use vestibule_persistence::statistics::{self, Statistics};

use crate::problem::Problem;

/// Figures of this age are still told.
const FRESH: Duration = Duration::from_secs(5);

/// Who counts has its answer by then; who has waited as long for another's is told to come back.
const WAIT: Duration = Duration::from_secs(4);

/// When to come back.
const SOON: Duration = Duration::from_secs(2);

/// The last figures by the days they span, shared by all workers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Figures(Arc<Mutex<HashMap<u16, Counted>>>);

#[derive(Clone, Debug)]
struct Counted {
    at: Timestamp,
    figures: Arc<Statistics>,
}

impl Figures {
    /// The figures of the last `days` days, at most five seconds old.
    pub(super) async fn find(&self, shell: &Shell, days: u16) -> Result<Arc<Statistics>, Problem> {
        let now = shell.now();
        let Ok(mut last) = timeout(WAIT, Arc::clone(&self.0).lock_owned()).await else {
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
            Ok::<_, Problem>(figures)
        };
        shell.database(counting).await?
    }
}

impl Counted {
    /// Whether they may be told to who asked at `now`. A clock that was set back makes them old.
    fn is_fresh(&self, now: Timestamp) -> bool {
        let age = now.since(self.at).max(self.at.since(now));
        age < FRESH
    }
}
