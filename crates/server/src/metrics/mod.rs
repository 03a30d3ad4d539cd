//! The figures of this node, for Prometheus and what reads like it.
//!
//! What is counted is counted where it happens, in memory; here it is gathered when somebody asks. Labels hold names of the
//! program's own (routes, queues, jobs) and nothing that anybody sent.

mod database;
mod exposition;
mod process;
mod serving;

use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::Instant;
use vestibule_domain::time::Timestamp;
use vestibule_http::{Shell, Traffic, panics};

use self::database::Kept;
use self::exposition::Sheet;
use crate::background::JobFailures;

pub(crate) use self::serving::{Desk, configure, listen};

/// Figures of the database of this age are still told: whoever asks without pause does not keep it busy.
const FRESH: Duration = Duration::from_secs(2);

/// A database that takes longer to count is one whose figures are left out.
const PATIENCE: Duration = Duration::from_secs(3);

/// Where the figures come from.
pub(crate) struct Metrics {
    shell: Shell,
    traffic: Traffic,
    failures: JobFailures,
    started_at: Timestamp,
    kept: Mutex<Option<(Instant, Option<Kept>)>>,
}

impl Metrics {
    /// The figures of a server that starts now.
    pub(crate) fn new(shell: Shell, traffic: Traffic, failures: JobFailures) -> Self {
        let started_at = shell.now();
        Self { shell, traffic, failures, started_at, kept: Mutex::default() }
    }

    /// All figures as they are. What the database has to be asked for is left out while it is away.
    async fn gather(&self) -> Sheet {
        let accounts = self.shell.accounts();
        Sheet {
            started_at: self.started_at,
            resident_bytes: process::resident_bytes(),
            panics: panics(),
            under_way: self.traffic.under_way(),
            routes: self.traffic.figures(),
            queues: self.shell.queues(),
            connections: accounts.database.connections(),
            pool_size: accounts.database.pool_size(),
            callers: accounts.callers.figures(),
            failures: self.failures.counts(),
            kept: self.kept().await,
        }
    }

    /// One request asks the database at a time, and the others take what it found.
    async fn kept(&self) -> Option<Kept> {
        let mut last = self.kept.lock().await;
        if let Some((_, kept)) = last.as_ref().filter(|(at, _)| at.elapsed() < FRESH) {
            return kept.clone();
        }
        let found = tokio::time::timeout(PATIENCE, database::find(&self.shell)).await.ok().flatten();
        *last = Some((Instant::now(), found.clone()));
        found
    }
}
