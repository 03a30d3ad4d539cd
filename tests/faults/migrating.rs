//! Starts that are cut short, that meet each other, and that meet the future.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::{durable, either, on, tell};
use crate::harness::database::TestDatabase;
use crate::harness::{Backend, Process};

on_both!(
    a_start_killed_at_any_moment_is_made_good_by_the_next,
    nodes_that_start_together_agree,
    a_schema_of_the_future_is_refused,
);

/// The steps that were taken, in the order of their names.
const STEPS: &str = "select version from __diesel_schema_migrations order by version";

/// F13: killed after any number of milliseconds on an empty database.
async fn a_start_killed_at_any_moment_is_made_good_by_the_next(backend: Backend) {
    let whole = fresh(backend, &durable(backend));
    let mut reference = on(&whole, &[]);
    let begun = Instant::now();
    reference.spawn();
    reference.wait_until_ready();
    let start = begun.elapsed();
    let (steps, shape) = (whole.sql(STEPS), shape(&whole, backend));
    drop(reference);

    let rounds = either(12, 100);
    let own = durable(backend);
    let mut left = BTreeMap::<&str, usize>::new();
    for round in 0..rounds {
        let database = fresh(backend, &own);
        let mut server = on(&database, &[]);
        server.spawn();
        std::thread::sleep(start * round / rounds);
        server.kill();
        let state = if is_empty(&database, backend) { "nothing" } else { "everything" };
        *left.entry(state).or_default() += 1;
        assert!(state == "nothing" || database.sql(STEPS) == steps, "by half: {}", database.sql(STEPS));
        server.spawn();
        server.wait_until_ready();
        assert_eq!(database.sql(STEPS), steps, "round {round}");
        assert_eq!(self::shape(&database, backend), shape, "round {round}");
    }
    tell(&format!(
        "F13 {backend:?}: {rounds} kills within {start:?}; left {left:?}; next start ok {rounds}, broken 0"
    ));
}

/// F13: four processes on one empty database at one moment: one migrates, all serve.
async fn nodes_that_start_together_agree(backend: Backend) {
    let rounds = either(1, 10);
    let own = durable(backend);
    let mut slowest = Duration::ZERO;
    for _ in 0..rounds {
        let database = fresh(backend, &own);
        let mut nodes: Vec<Process> = (0..4).map(|_| on(&database, &[])).collect();
        nodes.iter_mut().for_each(Process::spawn);
        let begun = Instant::now();
        for node in &mut nodes {
            node.wait_until_ready();
        }
        slowest = slowest.max(begun.elapsed());
        let steps = database.sql(STEPS);
        assert_eq!(steps.lines().count(), folders(backend), "{steps}");
        assert_eq!(database.sql("select count(*) from installation"), "1");
        assert_eq!(database.sql("select count(*) from roles"), "3");
    }
    tell(&format!("F13 {backend:?}: 4 starts at once, {rounds} times: all ready within {slowest:?}"));
}

/// F12, F13, S84: a program older than the schema says so in one line and touches nothing; one that runs already goes on,
/// for a release only adds to what the one before it knows.
async fn a_schema_of_the_future_is_refused(backend: Backend) {
    let own = durable(backend);
    let database = fresh(backend, &own);
    let mut server = on(&database, &[]);
    server.spawn();
    server.wait_until_ready();
    let future = "insert into __diesel_schema_migrations (version) values ('99991231235959')";
    database.sql(future);
    server.anonymous().get("/health/ready").await.assert_status(200);
    server.anonymous().get("/health/live").await.assert_status(200);
    server.kill();

    let before = database.sql(STEPS);
    let refused = server.command(&[]).output().unwrap();
    assert_eq!(refused.status.code(), Some(1));
    let said = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(said.trim_end().lines().count(), 1, "{said}");
    assert!(said.contains("newer version") && said.contains("99991231235959"), "{said}");
    assert_eq!(database.sql(STEPS), before);
}

/// An empty database: a file of its own, or one more on the PostgreSQL of `own`.
fn fresh(backend: Backend, own: &TestDatabase) -> TestDatabase {
    match backend {
        Backend::Sqlite => TestDatabase::new(Backend::Sqlite),
        Backend::Postgres => own.sister(),
    }
}

fn is_empty(database: &TestDatabase, backend: Backend) -> bool {
    let tables = match backend {
        Backend::Sqlite => "select count(*) from sqlite_schema",
        Backend::Postgres => "select count(*) from information_schema.tables where table_schema = 'public'",
    };
    database.sql(tables) == "0"
}

/// All tables, columns and indexes in words.
fn shape(database: &TestDatabase, backend: Backend) -> String {
    database.sql(match backend {
        Backend::Sqlite => "select type, name, sql from sqlite_schema order by type, name",
        Backend::Postgres => {
            "select table_name, column_name, data_type, is_nullable, column_default from information_schema.columns
             where table_schema = 'public'
             union all select tablename, indexname, indexdef, '', '' from pg_indexes where schemaname = 'public'
             order by 1, 2"
        }
    })
}

/// How many steps there are.
fn folders(backend: Backend) -> usize {
    let side = match backend {
        Backend::Sqlite => "sqlite",
        Backend::Postgres => "postgres",
    };
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../migrations/");
    std::fs::read_dir(format!("{folder}{side}")).unwrap().count()
}
