//! Somebody who asks one question again and again, and notes when it was answered how.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use reqwest::Method;
use tokio::task::JoinHandle;

use super::spread::Spread;
use crate::harness::client::Client;

/// What a question came to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Glance {
    /// When it was asked.
    pub(super) asked_at: Instant,
    /// How long the answer took.
    pub(super) took: Duration,
    /// The answer's status; none where there was no answer.
    pub(super) status: Option<u16>,
}

/// A running watch.
pub(super) struct Watch {
    stop: Arc<AtomicBool>,
    task: JoinHandle<Vec<Glance>>,
}

impl Watch {
    /// Asks for `path` as `client`, on one connection, `pause` after each answer.
    pub(super) fn begin(client: &Client, path: &'static str, pause: Duration) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let (client, told) = (client.clone(), stop.clone());
        let task = tokio::spawn(async move {
            let mut glances = Vec::new();
            while !told.load(Ordering::Relaxed) {
                let asked_at = Instant::now();
                let answer = client.request(Method::GET, path).send().await;
                let status = answer.ok().map(|answer| answer.status().as_u16());
                glances.push(Glance { asked_at, took: asked_at.elapsed(), status });
                tokio::time::sleep(pause).await;
            }
            glances
        });
        Self { stop, task }
    }

    /// Ends the watch and hands back all it saw.
    pub(super) async fn end(self) -> Glances {
        self.stop.store(true, Ordering::Relaxed);
        Glances(self.task.await.unwrap())
    }
}

/// All that was seen.
pub(super) struct Glances(pub(super) Vec<Glance>);

impl Glances {
    /// The first that was asked after `moment` and answered with `status`, measured from that moment.
    pub(super) fn first(&self, status: u16, moment: Instant) -> Option<Duration> {
        let found = self.0.iter().find(|glance| glance.asked_at >= moment && glance.status == Some(status));
        found.map(|glance| glance.asked_at + glance.took - moment)
    }

    /// Fails the test unless every answer had this status.
    #[track_caller]
    pub(super) fn assert_all(&self, status: u16) {
        let other = self.0.iter().find(|glance| glance.status != Some(status));
        assert!(other.is_none(), "not {status}: {other:?}");
        assert!(!self.0.is_empty(), "nothing was asked");
    }

    /// How long the answers took.
    pub(super) fn spread(&self) -> Spread {
        self.0.iter().map(|glance| glance.took).collect()
    }
}
