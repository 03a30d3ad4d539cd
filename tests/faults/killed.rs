//! The server is killed.

use std::time::{Duration, Instant};

use tokio::time::sleep;

use super::load::Load;
use super::spread::Spread;
use super::{durable, either, some_time, started_on, tell};
use crate::harness::Backend;

on_both!(what_was_acknowledged_outlives_kill_9);

/// F1: at random moments under load, and the next start needs nobody's help.
async fn what_was_acknowledged_outlives_kill_9(backend: Backend) {
    let database = durable(backend);
    let mut server = started_on(&database, &[]);
    let load = Load::begin(&server).await;
    let rounds = either(3, 50);
    let mut starts = Vec::new();
    for _ in 0..rounds {
        sleep(Duration::from_millis(200) + some_time(Duration::from_secs(1))).await;
        server.kill();
        let begun = Instant::now();
        server.spawn();
        server.wait_until_ready();
        starts.push(begun.elapsed());
    }
    sleep(Duration::from_millis(500)).await;
    let book = load.end().await;
    book.assert_right();
    if backend == Backend::Sqlite {
        assert_eq!(database.sql("pragma integrity_check"), "ok");
        assert_eq!(database.sql("pragma foreign_key_check"), "");
    }
    let kept = book.assert_kept(&database, &server).await;
    let starts: Spread = starts.into_iter().collect();
    tell(&format!("F1 {backend:?}: {rounds} kills; {}; {kept}; start to ready {starts}", book.outcomes()));
}
