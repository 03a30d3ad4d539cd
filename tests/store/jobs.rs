//! Jobs that one node of many does.

use std::time::Duration;

use vestibule_domain::time::Timestamp;
use vestibule_persistence::jobs::{self, JobState};
use vestibule_persistence::{Database, PoolOptions};

use super::claims::in_parallel;
use super::{Store, later, now, store, store_with};
use crate::harness::Backend;

on_both!(
    one_of_many_takers_gets_the_job,
    a_lease_runs_out_by_the_databases_clock,
    a_job_is_taken_when_it_is_due,
    a_clock_set_back_stops_no_job,
    only_the_holder_keeps_and_gives_back,
    a_job_that_failed_is_due_at_once,
);

const EVERY: Duration = Duration::from_mins(1);
const LEASE: Duration = Duration::from_mins(1);

/// F12: of thirty-two, each with its own connection, over many rounds; the first round makes the row, too.
async fn one_of_many_takers_gets_the_job(backend: Backend) {
    let Store { database, test } = store_with(backend, PoolOptions { size: 32, ..PoolOptions::default() });
    for round in 0..25 {
        let at = later(round * 60);
        let takes = in_parallel(32, |taker| take(&database, at, &format!("node {taker}"), LEASE));
        let winners: Vec<_> =
            takes.iter().enumerate().filter(|(_, won)| **won).map(|(taker, _)| taker).collect();
        let [winner] = winners.as_slice() else { panic!("round {round}: {winners:?}") };
        assert_eq!(test.sql("select lease_id from jobs"), format!("node {winner}"));
        give_back(&database, at, &format!("node {winner}"), Ok(()));
    }
}

/// F1, F12: a node that is killed keeps its job until its lease is over, whatever the clocks of the others say.
async fn a_lease_runs_out_by_the_databases_clock(backend: Backend) {
    let Store { database, test: _test } = store(backend);
    let short = Duration::from_secs(1);
    assert!(take(&database, now(), "killed", short));
    assert!(!take(&database, later(300), "five minutes ahead", LEASE));
    std::thread::sleep(short + Duration::from_millis(200));
    assert!(!take(&database, later(1), "not due yet", LEASE));
    assert!(take(&database, later(60), "another", LEASE));
    let keeps = |lease_id| database.write(|conn| jobs::keep(conn, "sweep", lease_id, LEASE)).unwrap();
    assert_eq!((keeps("killed"), keeps("another")), (false, true), "the killed one was only slow");
}

async fn a_job_is_taken_when_it_is_due(backend: Backend) {
    let Store { database, test: _test } = store(backend);
    assert!(take(&database, now(), "a", LEASE));
    give_back(&database, later(1), "a", Ok(()));
    assert!(!take(&database, later(59), "b", LEASE));
    assert!(take(&database, later(60), "b", LEASE));
    give_back(&database, later(61), "b", Ok(()));
    let state = JobState {
        name: "sweep".to_owned(),
        started_at: Some(later(60)),
        succeeded_at: Some(later(61)),
        last_error: None,
    };
    assert_eq!(database.read(jobs::list).unwrap(), [state]);
}

/// F10: a beginning, or a lease, that lies beyond what can be is not believed. A little difference of clocks is no reason
/// to do a job twice.
async fn a_clock_set_back_stops_no_job(backend: Backend) {
    let Store { database, test } = store(backend);
    assert!(take(&database, later(50_000), "before", LEASE));
    give_back(&database, later(50_000), "before", Ok(()));
    assert!(!take(&database, later(49_999), "a node a second behind", LEASE));
    assert!(take(&database, now(), "after", LEASE));
    test.sql("update jobs set leased_until = '2999-01-01 00:00:00'");
    assert!(take(&database, later(60), "after that", LEASE));
}

async fn only_the_holder_keeps_and_gives_back(backend: Backend) {
    let Store { database, test } = store(backend);
    assert!(take(&database, now(), "holder", LEASE));
    assert!(!database.write(|conn| jobs::keep(conn, "sweep", "stranger", LEASE)).unwrap());
    give_back(&database, later(5), "stranger", Err("not mine to say"));
    assert_eq!(test.sql("select lease_id, last_error from jobs"), "holder|");
    let until = || test.sql("select leased_until from jobs");
    let before = until();
    std::thread::sleep(Duration::from_millis(20));
    assert!(database.write(|conn| jobs::keep(conn, "sweep", "holder", LEASE)).unwrap());
    assert!(until() > before);
}

/// F16
async fn a_job_that_failed_is_due_at_once(backend: Backend) {
    let Store { database, test: _test } = store(backend);
    let state = || database.read(jobs::list).unwrap().remove(0);
    assert!(take(&database, now(), "a", LEASE));
    give_back(&database, now(), "a", Ok(()));
    assert!(take(&database, later(60), "a", LEASE));
    give_back(&database, later(61), "a", Err(&format!("the table\nis gone{}", "!".repeat(1000))));
    let failed = state();
    assert_eq!(failed.succeeded_at, Some(now()), "the last success stays");
    let why = failed.last_error.unwrap();
    assert!(why.starts_with("the tableis gone!") && why.len() == 200, "{why}");
    assert!(take(&database, later(62), "b", LEASE));
    assert!(!take(&database, later(62), "c", LEASE), "once only");
    give_back(&database, later(63), "b", Ok(()));
    assert_eq!((state().last_error, state().succeeded_at), (None, Some(later(63))));
}

fn take(database: &Database, at: Timestamp, lease_id: &str, lease: Duration) -> bool {
    database.write(|conn| jobs::take(conn, at, "sweep", lease_id, lease, EVERY)).unwrap()
}

fn give_back(database: &Database, at: Timestamp, lease_id: &str, outcome: Result<(), &str>) {
    database.write(|conn| jobs::give_back(conn, at, "sweep", lease_id, outcome)).unwrap();
}
