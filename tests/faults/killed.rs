//! The server is killed.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use tokio::time::sleep;

use super::book::Book;
use super::load::Load;
use super::spread::Spread;
use super::{durable, either, some_time, started_on, tell, witness};
use crate::harness::database::TestDatabase;
use crate::harness::{Backend, Mood, Smtp, given};

on_both!(what_was_acknowledged_outlives_kill_9);

/// F1, S44: at random moments under load, and the next start needs nobody's help.
async fn what_was_acknowledged_outlives_kill_9(backend: Backend) {
    let database = durable(backend);
    let smtp = Smtp::start(Mood::Accept);
    let mut server = started_on(&database, &[("SMTP_URL", &smtp.url())]);
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
    let mailed = assert_mailed(&book, &database, &smtp, rounds).await;
    tell(&format!(
        "F1 {backend:?}: {rounds} kills; {}; {kept}; {mailed}; start to ready {starts}",
        book.outcomes()
    ));
}

/// Each acknowledged account got its mail, and again only where a kill came between its leaving and the note of that.
async fn assert_mailed(book: &Book, database: &TestDatabase, smtp: &Smtp, kills: usize) -> String {
    witness::emptied(database).await;
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for to in smtp.received().into_iter().flat_map(|mail| mail.to) {
        *counts.entry(to).or_default() += 1;
    }
    let acknowledged = book.accounts.iter().filter(|(_, acknowledged)| **acknowledged);
    let lost = acknowledged.filter(|(name, _)| !counts.contains_key(&given::address(name))).count();
    let (most, all) = (counts.values().max().copied().unwrap_or_default(), counts.values().sum::<usize>());
    let duplicates = all - counts.len();
    assert_eq!(lost, 0, "mails lost");
    assert!(most <= 1 + kills, "{most} mails to one");
    format!("mails {}, lost {lost}, duplicates {duplicates}, at most {most} to one", counts.len())
}
