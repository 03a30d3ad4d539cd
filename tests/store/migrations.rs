//! Schema changes: forth, back, and forth again.

use std::fs;
use std::path::{Path, PathBuf};

use vestibule_persistence::migrations::{self, MigrationError, State};
use vestibule_persistence::{Database, PoolOptions};

use super::schemas::{Schema, read_schema};
use super::{Store, store};
use crate::harness::database::TestDatabase;
use crate::harness::{Backend, Process, TestApp, given};

on_both!(
    every_migration_goes_down_and_up_again,
    all_migrations_go_down_and_nothing_is_left,
    migrating_twice_changes_nothing,
    a_schema_from_the_future_is_refused,
    how_a_schema_stands_is_told,
);

#[test]
fn both_databases_have_the_same_steps() {
    let names = |backend| steps(backend).iter().map(|step| name(step)).collect::<Vec<_>>();
    assert_eq!(names(Backend::Sqlite), names(Backend::Postgres));
    assert!(names(Backend::Sqlite).len() >= 4);
    for step in [steps(Backend::Sqlite), steps(Backend::Postgres)].concat() {
        for side in ["up.sql", "down.sql"] {
            let text = fs::read_to_string(step.join(side)).unwrap();
            assert!(!text.trim().is_empty(), "{} {side}", step.display());
        }
    }
}

/// One step after the other is taken back by its own `down.sql`, and after each the way up leads to the same schema.
async fn every_migration_goes_down_and_up_again(backend: Backend) {
    let Store { database, test } = store(backend);
    let (schema, roles) = (read_schema(&test, backend), seeds(&test));
    let steps = steps(backend);
    for taken in 1..=steps.len() {
        let down = |step: &PathBuf| {
            let statements = fs::read_to_string(step.join("down.sql")).unwrap();
            format!(
                "{statements}; delete from __diesel_schema_migrations where version = '{}';",
                version(step)
            )
        };
        test.sql(&steps.iter().rev().take(taken).map(down).collect::<String>());
        assert_eq!(database.check().unwrap(), State::Behind(taken));
        assert_ne!(read_schema(&test, backend), schema, "taking {taken} steps back changed nothing");
        assert_eq!(database.migrate().unwrap(), taken);
        assert_eq!(database.check().unwrap(), State::Current);
        assert_eq!(read_schema(&test, backend), schema);
        assert_eq!(seeds(&test), roles);
    }
}

async fn all_migrations_go_down_and_nothing_is_left(backend: Backend) {
    let Store { database, test } = store(backend);
    let schema = read_schema(&test, backend);
    migrations::revert_all(database.url()).unwrap();
    assert_eq!(read_schema(&test, backend), Schema::default());
    let steps = steps(backend).len();
    assert_eq!(database.check().unwrap(), State::Behind(steps));
    assert_eq!(database.migrate().unwrap(), steps);
    assert_eq!(read_schema(&test, backend), schema);
}

async fn migrating_twice_changes_nothing(backend: Backend) {
    let Store { database, test } = store(backend);
    test.sql("update installation set first_account_at = '2025-01-01 00:00:00'");
    let (schema, row) = (read_schema(&test, backend), test.sql("select * from installation"));
    for _ in 0..3 {
        assert_eq!(database.migrate().unwrap(), 0);
    }
    assert_eq!(read_schema(&test, backend), schema);
    assert_eq!(test.sql("select * from installation"), row);
}

/// F13: an old binary must not start on a schema it does not know, nor touch it.
async fn a_schema_from_the_future_is_refused(backend: Backend) {
    let Store { database, test } = store(backend);
    test.sql("insert into __diesel_schema_migrations (version) values ('29990101000000')");
    let schema = read_schema(&test, backend);
    let refused = database.migrate().unwrap_err();
    assert!(matches!(&refused, MigrationError::Newer(version) if version == "29990101000000"), "{refused}");
    assert_eq!(database.check().unwrap(), State::Ahead("29990101000000".to_owned()));
    let sentence = "the database was migrated by a newer version of vestibule (it has 29990101000000); \
                    start that version, or restore a backup";
    assert_eq!(refused.to_string(), sentence);

    let environment = [("DATABASE_URL", &*test.url()), ("SECRET_KEY", given::SECRET_KEY)];
    for command in ["serve", "migrate"] {
        let output = Process::prepare(&environment).command(&[command]).output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && told.contains(sentence), "{command}: {told}");
    }
    assert_eq!(read_schema(&test, backend), schema);
    let refusal = TestApp::try_start_on(test, &[]).await.err().unwrap();
    assert!(refusal.contains(sentence), "{refusal}");
}

async fn how_a_schema_stands_is_told(backend: Backend) {
    let Store { database, test } = store(backend);
    assert_eq!(database.check().unwrap(), State::Current);
    test.sql("delete from __diesel_schema_migrations where version = (select max(version) from __diesel_schema_migrations)");
    assert_eq!(database.check().unwrap(), State::Behind(1));
    test.sql("drop table __diesel_schema_migrations");
    assert_eq!(database.check().unwrap(), State::Behind(steps(backend).len()));
}

/// A step that fails takes the whole run back.
#[test]
fn a_failed_step_leaves_the_schema_as_it_was() {
    let test = TestDatabase::new(Backend::Sqlite);
    test.sql("create table sessions (mine text)");
    let database = Database::open(&test.url().parse().unwrap(), PoolOptions::default());
    let refused = database.migrate().unwrap_err();
    assert!(matches!(refused, MigrationError::Step(_)), "{refused}");
    assert!(refused.to_string().contains("nothing of it was kept"), "{refused}");
    assert_eq!(
        test.sql("select name from sqlite_master where name in ('users', 'roles', 'sessions')"),
        "sessions"
    );
    test.sql("drop table sessions");
    assert_eq!(database.migrate().unwrap(), steps(Backend::Sqlite).len());
}

fn steps(backend: Backend) -> Vec<PathBuf> {
    let side = if backend == Backend::Sqlite { "sqlite" } else { "postgres" };
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations").join(side);
    let mut steps: Vec<_> = fs::read_dir(folder).unwrap().map(|step| step.unwrap().path()).collect();
    steps.sort();
    steps
}

fn name(step: &Path) -> String {
    step.file_name().unwrap().to_string_lossy().into_owned()
}

/// The moment in the step's name, as diesel keeps it.
fn version(step: &Path) -> String {
    name(step).split('_').next().unwrap().replace('-', "")
}

/// Rows that migrations put in.
fn seeds(test: &TestDatabase) -> String {
    test.sql("select name, description, permissions, built_in from roles order by name")
}
