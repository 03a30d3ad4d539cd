//! Another program holds the SQLite file.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::time::sleep;

use super::book::{Entry, Outcome, What};
use super::load::Load;
use super::spread::Spread;
use super::watch::{Glances, Watch};
use super::{either, some_time, started_on, tell};
use crate::harness::client::Client;
use crate::harness::database::TestDatabase;
use crate::harness::{Backend, given, run};

const MIB: u64 = 1 << 20;

/// F8: writes wait and are then told to come back, reads go on, and nothing fails at once.
#[test]
fn another_writer_holds_up_writes_and_no_reads() {
    run(held_up("begin immediate"));
}

/// F8: the same where the other program asks for the file alone, which in write-ahead mode keeps no reader out.
#[test]
fn another_exclusive_writer_holds_up_writes_and_no_reads() {
    run(held_up("begin exclusive"));
}

async fn held_up(begin: &str) {
    let database = TestDatabase::new(Backend::Sqlite);
    // Without the cache every look asks the database.
    let server = started_on(&database, &[("SESSION_CACHE_TTL", "0")]);
    let load = Load::begin(&server).await;
    let reader = server.anonymous().sign_in("person0").await;
    sleep(Duration::from_millis(500)).await;
    let lock = database.hold(begin);
    let locked_at = Instant::now();
    let readers: Vec<_> =
        (0..4).map(|_| Watch::begin(&reader, "/api/auth/profile", Duration::from_millis(20))).collect();
    sleep(either(Duration::from_secs(7), Duration::from_secs(10))).await;
    let mut glances = Glances(Vec::new());
    for reader in readers {
        glances.0.extend(reader.end().await.0);
    }
    let free_at = Instant::now();
    drop(lock);
    sleep(Duration::from_secs(2)).await;
    let book = load.end().await;
    book.assert_right();
    book.assert_answered();

    let writes = |entry: &&Entry| entry.what != What::Look && entry.succeeded();
    let early = book
        .entries
        .iter()
        .filter(writes)
        .filter(|entry| entry.began_at > locked_at && entry.ended_at < free_at);
    let early = early.count();
    let written = book.entries.iter().filter(writes).filter(|entry| entry.ended_at > free_at);
    let recovered = written.map(|entry| entry.ended_at - free_at).min().expect("nothing was written again");
    let refused = book.spread(|entry| entry.outcome == Outcome::Status(503));
    let answered = glances.0.iter().filter(|glance| glance.status == Some(200)).count();
    let kept = book.assert_kept(&database, &server).await;
    tell(&format!(
        "F8 {begin}: {}; {kept}; told to come back in {refused}; reads answered {answered} of {}, {}; \
         first write {recovered:?} after the release",
        book.outcomes(),
        glances.0.len(),
        glances.spread(),
    ));
    assert_eq!(early, 0, "the lock did not hold");
    assert!(refused.count() > 0, "nobody was told to come back");
    assert!(refused.percentile(0) > Duration::from_secs(1), "refused at once: {refused}");
    assert!(refused.max() < Duration::from_secs(8), "{refused}");
    assert!(recovered < Duration::from_secs(2), "{recovered:?}");
    glances.assert_all(200);
    assert!(glances.spread().percentile(99) < Duration::from_secs(1), "{}", glances.spread());
}

/// F8: while somebody reads for long, the write-ahead log grows; afterwards it is cut back to 64 MiB.
#[test]
fn the_write_ahead_log_is_cut_back_after_a_long_reader() {
    run(async {
        let database = TestDatabase::new(Backend::Sqlite);
        let server = started_on(&database, &[]);
        let stranger = server.anonymous();
        let mut people = Vec::new();
        for number in 0..8 {
            let name = format!("writer{number}");
            stranger.post("/api/auth/register", given::registration(&name)).await.assert_status(201);
            people.push(stranger.sign_in(&name).await);
        }
        let reader = database.hold("begin; select count(*) from users");
        let until = Instant::now() + either(Duration::from_secs(2), Duration::from_mins(2));
        let mut writes = Vec::new();
        while Instant::now() < until {
            writes.extend(write_much(&people).await);
        }
        let grown = log_size(&database);
        if grown < 80 * MIB {
            // The rest of the growth comes from the other program, which is quicker.
            database
                .sql("create table ballast (bytes blob); insert into ballast values (zeroblob(83886080))");
        }
        let most = log_size(&database);
        assert!(most > 80 * MIB, "the log does not grow: {most} bytes");
        drop(reader);
        // The first write after a finished checkpoint begins the log anew, and so cuts it.
        let freed_at = Instant::now();
        while log_size(&database) > 64 * MIB {
            write_much(&people).await;
            assert!(freed_at.elapsed() < Duration::from_secs(20), "{} bytes of log", log_size(&database));
        }
        let cut = freed_at.elapsed();
        let refused = writes.iter().filter(|(status, _)| *status == 503).count();
        tell(&format!(
            "F8 log: beside a reader {} writes of 16 KiB in {}, {} more told to come back, made {} MiB of log; of {} MiB \
             {} are left {cut:?} after the reader has gone",
            writes.len() - refused,
            writes.iter().map(|(_, took)| *took).collect::<Spread>(),
            refused,
            grown / MIB,
            most / MIB,
            log_size(&database) / MIB,
        ));
        for person in &people {
            person.get("/api/auth/profile").await.assert_status(200);
        }
        assert_eq!(database.sql("pragma integrity_check"), "ok");
    });
}

/// Everybody writes ten times, each time something else; hands back each answer's status, 200 or 503, and how long it
/// took.
async fn write_much(people: &[Client]) -> Vec<(u16, Duration)> {
    let write = |person: &Client| {
        let person = person.clone();
        tokio::spawn(async move {
            let mut answers = Vec::new();
            for round in 0..10 {
                let letter =
                    char::from(b'a' + u8::try_from(some_time(Duration::from_secs(26)).as_secs()).unwrap());
                let note = format!("{round}{}", letter.to_string().repeat(16_000));
                let change = json!({ "metadata": { "note": note } });
                let asked_at = Instant::now();
                let answer = person.patch("/api/auth/profile", change).await;
                assert!(matches!(answer.status, 200 | 503), "{}", answer.text);
                answers.push((answer.status, asked_at.elapsed()));
            }
            answers
        })
    };
    let writing: Vec<_> = people.iter().map(write).collect();
    let mut answers = Vec::new();
    for person in writing {
        answers.extend(person.await.unwrap());
    }
    answers
}

fn log_size(database: &TestDatabase) -> u64 {
    let url = database.url();
    let file = PathBuf::from(format!("{}-wal", url.trim_start_matches("sqlite://")));
    file.metadata().unwrap().len()
}
