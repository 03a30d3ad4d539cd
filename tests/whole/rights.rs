//! What the built-in roles allow after an upgrade.

use std::fs;
use std::path::{Path, PathBuf};

use vestibule_persistence::{Database, PoolOptions};

use crate::harness::database::TestDatabase;
use crate::harness::{Backend, TestApp};

on_both!(an_upgrade_leaves_the_rights_of_a_fresh_installation, an_upgrade_leaves_the_rights_people_gave);

/// The step that makes the roles.
const ROLES: &str = "create_roles";

/// S102: from whatever step an installation comes, its built-in roles then hold what those of a new one hold: nothing that
/// was taken away stays, and nothing is missing.
async fn an_upgrade_leaves_the_rights_of_a_fresh_installation(backend: Backend) {
    let (database, test) = fresh(backend);
    let fresh = rights(&test);
    assert!(fresh.contains("admin") && fresh.contains("editor") && fresh.contains("member"), "{fresh}");
    let steps = steps(backend);
    let first = steps.iter().position(|step| name(step).ends_with(ROLES)).unwrap();
    // Back to each earlier step, and as that release left its roles: `down.sql` takes back what its `up.sql` gave.
    for taken in 1..steps.len() - first {
        go_back(&test, &steps, taken);
        assert_eq!(database.migrate().unwrap(), taken);
        assert_eq!(rights(&test), fresh, "after {taken} steps back");
    }
    // Not to have the rights in the rows alone, but in what the program makes of them.
    let app = TestApp::start_on(test, &[]).await;
    let told = app.admin().await.get("/api/roles").await;
    for role in told.body["data"].as_array().unwrap() {
        let mut permissions: Vec<_> =
            role["permissions"].as_array().unwrap().iter().map(|p| p.as_str().unwrap()).collect();
        permissions.sort_unstable();
        let line = format!("{}|{}", role["name"].as_str().unwrap(), permissions.join(" "));
        assert!(fresh.lines().any(|known| known == line), "{line} is not among {fresh}");
    }
}

/// S102: a role that people made, and that they changed since, is theirs.
async fn an_upgrade_leaves_the_rights_people_gave(backend: Backend) {
    let (database, test) = fresh(backend);
    test.sql(
        "insert into roles (name, description, permissions, built_in) values ('auditor', 'Reads', 'audit.read', false)",
    );
    let before = rights(&test);
    let steps = steps(backend);
    let first = steps.iter().position(|step| name(step).ends_with(ROLES)).unwrap();
    let taken = steps.len() - first - 1;
    go_back(&test, &steps, taken);
    assert_eq!(database.migrate().unwrap(), taken);
    assert_eq!(rights(&test), before);
    assert!(before.contains("auditor|audit.read"), "{before}");
}

fn fresh(backend: Backend) -> (Database, TestDatabase) {
    let test = TestDatabase::new(backend);
    let database = Database::open(&test.url().parse().unwrap(), PoolOptions::default());
    database.migrate().unwrap();
    (database, test)
}

/// A line a role: its name, and what it allows in the order of the alphabet.
fn rights(test: &TestDatabase) -> String {
    let rows = test.sql("select name, permissions from roles order by name");
    let line = |row: &str| {
        let (name, permissions) = row.split_once('|').unwrap();
        let mut permissions: Vec<_> = permissions.split_whitespace().collect();
        permissions.sort_unstable();
        format!("{name}|{}", permissions.join(" "))
    };
    rows.lines().map(line).collect::<Vec<_>>().join("\n")
}

fn go_back(test: &TestDatabase, steps: &[PathBuf], taken: usize) {
    let down = |step: &PathBuf| {
        let statements = fs::read_to_string(step.join("down.sql")).unwrap();
        let version = name(step).split('_').next().unwrap().replace('-', "");
        format!("{statements}; delete from __diesel_schema_migrations where version = '{version}';")
    };
    test.sql(&steps.iter().rev().take(taken).map(down).collect::<String>());
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
