//! From one database into another, whole.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::json;
use vestibule_persistence::copy::{LEFT_OUT, tables};

use super::Moved;
use super::lived_in::{lived_in, run, server, stop};
use crate::accounts::{count, quoted, sign_in};
use crate::harness::database::TestDatabase;
use crate::harness::{Backend, Process, given};

on_both!(
    everybody_goes_on_in_the_other_database,
    there_and_back_nothing_changes,
    what_is_changed_on_the_way_in_is_noticed_and_not_kept,
    a_target_that_holds_anything_is_refused,
);

fn other(backend: Backend) -> Backend {
    if backend == Backend::Sqlite { Backend::Postgres } else { Backend::Sqlite }
}

fn copy(from: &Process, to: &TestDatabase) -> Moved {
    Moved::of(from.command(&["copy", "--to", &to.url()]).output().unwrap())
}

/// The rows and the digest of each table, as the command prints them.
fn figures(said: &str) -> BTreeMap<String, (i64, String)> {
    let row = |line: &str| {
        let words: Vec<_> = line.split_whitespace().collect();
        let [table, rows, digest] = words[..] else { return None };
        let is_row = line.starts_with("  ") && digest.len() == 64;
        is_row.then(|| (table.to_owned(), (rows.parse().unwrap(), digest.to_owned())))
    };
    said.lines().filter_map(row).collect()
}

/// F18: with the same tokens, passwords and keys, and numbers that nobody had before.
async fn everybody_goes_on_in_the_other_database(backend: Backend) {
    let (from, to) = (TestDatabase::new(backend), TestDatabase::new(other(backend)));
    let (house, alice, signed, refresh) = lived_in(&from, backend).await;
    let before = from.dump();
    let moved = copy(&house, &to);
    let figures = figures(moved.well());
    let listed: BTreeSet<_> = tables().iter().map(|table| table.name().to_owned()).collect();
    assert_eq!(figures.keys().cloned().collect::<BTreeSet<_>>(), listed);
    for (table, (rows, _)) in &figures {
        assert_eq!(*rows, count(&from, &format!("select count(*) from {table}")), "{table}");
        assert!(*rows > 0 || table == "mail_tokens", "{table} was not lived in");
    }
    assert!(moved.said.contains("Start there with the same SECRET_KEY."), "{}", moved.said);
    assert!(moved.said.contains("Pictures are files and were not copied: MEDIA_URL=/"), "{}", moved.said);
    assert!(!moved.said.contains(given::SECRET_KEY));
    if backend == Backend::Sqlite {
        assert!(from.dump() == before, "the source was written to");
    }
    let told = to.sql("select event, outcome from audit_events order by id desc limit 1");
    assert_eq!(told, "data.copied|success");
    let knots = |database: &TestDatabase| {
        [
            "select message from contact_messages",
            "select content from posts",
            "select source_key from imported_rows order by target_id",
        ]
        .map(|question| database.sql(question))
    };
    assert_eq!(knots(&from), knots(&to));

    let mut new = server(&to);
    run(&mut new);
    let here = new.anonymous();
    for token in [&alice, &signed].map(|client| client.token.clone().unwrap()) {
        let profile = here.with_token(&token).get("/api/auth/profile").await;
        assert_eq!(
            profile.assert_status(200).body["profile"]["metadata"]["a"],
            json!("\t\\N\n\u{7f}\u{1f40e}")
        );
    }
    here.post("/api/auth/refresh", json!({ "refresh_token": refresh })).await.assert_status(200);
    here.sign_in("keeper").await.get("/api/admin/audit").await.assert_status(200);
    sign_in(&here, "bob", given::PASSWORD).await.assert_status(403);
    let made = here.post("/api/auth/register", given::registration("dora")).await;
    assert_eq!(made.assert_status(201).body["user"]["id"], json!(5), "a number is given out once");
    assert_eq!(made.body["user"]["is_admin"], json!(false));
    to.sql(&format!(
        "insert into posts (title, slug, content, created_at, updated_at) values ({0}, {0}, {0}, {1}, {1})",
        quoted("two"),
        quoted("2025-01-02 03:04:05")
    ));
    assert_eq!(to.sql("select max(id) from posts"), "2");
}

async fn there_and_back_nothing_changes(backend: Backend) {
    let [one, two, three] = [backend, other(backend), backend].map(TestDatabase::new);
    let (house, ..) = lived_in(&one, backend).await;
    let there = figures(copy(&house, &two).well());
    // The copy tells its own trail, which is one row more.
    two.sql("delete from audit_events where event = 'data.copied'");
    let back = figures(copy(&server(&two), &three).well());
    assert_eq!(there, back);
    assert_eq!(knot_of(&one), knot_of(&three));
}

/// Moments as they are stored, to the last digit.
fn knot_of(database: &TestDatabase) -> [String; 3] {
    [
        "select created_at, updated_at from posts",
        "select imported_at from imported_rows",
        "select created_at, last_login_at from users order by id",
    ]
    .map(|question| database.sql(question))
}

/// Counted and digested on both sides, in the transaction that is then dropped.
async fn what_is_changed_on_the_way_in_is_noticed_and_not_kept(backend: Backend) {
    let (from, to) = (TestDatabase::new(backend), TestDatabase::new(other(backend)));
    let (house, ..) = lived_in(&from, backend).await;
    let new = server(&to);
    assert!(new.command(&["migrate"]).output().unwrap().status.success());
    let spoil = |what: &str| match other(backend) {
        Backend::Postgres => vec![
            format!("create function spoil() returns trigger language plpgsql as $$ begin {what} end $$"),
            "create trigger spoil after insert on posts for each row execute function spoil()".to_owned(),
        ],
        // The harness takes statements apart at each semicolon.
        Backend::Sqlite => vec![format!("create trigger spoil after insert on posts begin {what} end")],
    };
    let is_sqlite = other(backend) == Backend::Sqlite;
    let unspoil = if is_sqlite { "drop trigger spoil" } else { "drop function spoil cascade" };
    for (what, table) in [
        ("update users set nickname = 'changed' where username = 'alice'", "users"),
        ("delete from media_files", "media_files"),
    ] {
        if is_sqlite {
            sqlite_script(&to, &spoil(&format!("{what};"))[0]);
        } else {
            for statement in spoil(&format!("{what}; return null;")) {
                to.sql(&statement);
            }
        }
        let said = copy(&house, &to).refused(1).to_owned();
        assert!(said.contains(&format!("the table {table} did not come in as it was sent")), "{said}");
        assert_eq!(to.sql("select count(*) from users"), "0");
        assert_eq!(to.sql("select count(*) from roles"), "3");
        to.sql(unspoil);
    }
    copy(&house, &to).well();
}

/// One statement that holds semicolons.
fn sqlite_script(database: &TestDatabase, statement: &str) {
    let file = database.url();
    let file = file.strip_prefix("sqlite://").unwrap();
    let script = "import sqlite3, sys; sqlite3.connect(sys.argv[1]).executescript(sys.argv[2])";
    let done = std::process::Command::new("python3").args(["-c", script, file, statement]).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

async fn a_target_that_holds_anything_is_refused(backend: Backend) {
    let (from, to) = (TestDatabase::new(backend), TestDatabase::new(other(backend)));
    let (house, ..) = lived_in(&from, backend).await;
    let said =
        Moved::of(house.command(&["copy", "--to", &from.url()]).output().unwrap()).refused(1).to_owned();
    assert!(said.contains("--to: is the database that is copied"), "{said}");
    let said = Moved::of(house.command(&["copy", "--to", "mysql://canary@x/y"]).output().unwrap());
    assert!(
        said.refused(2).contains("--to: must begin with") && !said.said.contains("canary"),
        "{}",
        said.said
    );

    // A server that was started and never used stands in nobody's way.
    let mut new = server(&to);
    run(&mut new);
    stop(&mut new);
    to.sql("insert into contact_messages (name, email, subject, message, created_at) values ('a', 'b', 'c', 'd', '2025-01-01 00:00:00')");
    let said = copy(&house, &to).refused(1).to_owned();
    assert!(
        said.ends_with(
            "there is something in it already (contact_messages); a copy goes into a new database only"
        ),
        "{said}"
    );
    assert_eq!(to.sql("select count(*) from users"), "0");
    to.sql("delete from contact_messages");
    copy(&house, &to).well();
    let said = copy(&house, &to).refused(1).to_owned();
    assert!(said.contains("there is something in it already (accounts were made in it)"), "{said}");

    // A database of an earlier release is only read, so it is not brought up to date either.
    let [old, fresh] = [backend, other(backend)].map(TestDatabase::new);
    let house = server(&old);
    assert!(house.command(&["migrate"]).output().unwrap().status.success());
    old.sql("delete from __diesel_schema_migrations where version = (select max(version) from __diesel_schema_migrations)");
    let said = copy(&house, &fresh).refused(1).to_owned();
    assert!(said.contains("is not up to date (1 steps are missing); first: vestibule migrate"), "{said}");
    let nowhere = Process::prepare(&[]);
    let said = copy(&nowhere, &fresh).refused(2).to_owned();
    assert!(said.contains("DATA_DIR: there is no database at"), "{said}");
    assert!(!nowhere.folder().join("data").exists());
}

/// F1: killed in the middle it leaves nothing, and the next one finds nothing in its way.
#[test]
fn a_copy_that_is_killed_leaves_the_target_empty() {
    crate::harness::run(async {
        let (from, to) = (TestDatabase::new(Backend::Sqlite), TestDatabase::new(Backend::Postgres));
        let (house, ..) = lived_in(&from, Backend::Sqlite).await;
        // Others may read that table, and nobody may write to it: there the copy stops, with the accounts behind it.
        let held = to.hold("begin; lock table comments in share mode");
        let mut child = house.command(&["copy", "--to", &to.url()]);
        let mut child = child.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let waiting = "select count(*) from pg_stat_activity where datname = current_database() \
                       and wait_event_type = 'Lock' and query like 'COPY%comments%'";
        let begun = Instant::now();
        while to.sql(waiting) != "1" {
            assert!(child.try_wait().unwrap().is_none() && begun.elapsed() < Duration::from_mins(1));
            std::thread::sleep(Duration::from_millis(20));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        drop(held);
        for table in tables() {
            let rows = count(&to, &format!("select count(*) from {}", table.name()));
            let seeded = match table.name() {
                "installation" => 1,
                "roles" => 3,
                _ => 0,
            };
            assert_eq!(rows, seeded, "{}", table.name());
        }
        let moved = copy(&house, &to);
        assert_eq!(figures(moved.well())["users"].0, 3);
    });
}

/// The default installation has its key in a file, and no database was named.
#[test]
fn a_default_installation_is_told_where_its_key_is() {
    crate::harness::run(async {
        let to = TestDatabase::new(Backend::Postgres);
        let mut house = Process::prepare(&[
            ("RATE_LIMITS", "off"),
            ("ARGON2_MEMORY_KIB", "7168"),
            ("ARGON2_PASSES", "5"),
        ]);
        run(&mut house);
        house.anonymous().post("/api/auth/register", given::registration("alice")).await.assert_status(201);
        stop(&mut house);
        let moved = copy(&house, &to);
        let data = fs::canonicalize(house.folder()).unwrap().join("data");
        let told = format!(
            "Start there with the same secret key: SECRET_KEY_FILE={}",
            data.join("secret.key").display()
        );
        assert!(moved.well().contains(&told), "{}", moved.said);
        let key = data.join("secret.key");
        let url = to.url();
        let mut new = Process::prepare(&[
            ("DATABASE_URL", &url),
            ("SECRET_KEY_FILE", key.to_str().unwrap()),
            ("RATE_LIMITS", "off"),
        ]);
        run(&mut new);
        assert_eq!(new.anonymous().sign_in("alice").await.user["is_admin"], json!(true));
    });
}

/// A table that is added and not copied would be lost without a word.
#[test]
fn every_table_of_the_schema_is_copied_in_the_order_of_its_key() {
    let page = include_str!("../../crates/persistence/src/schema.rs");
    let all: BTreeSet<_> = page
        .split("diesel::table! {")
        .skip(1)
        .map(|block| block.split_whitespace().next().unwrap())
        .collect();
    let copied: BTreeSet<_> = tables().iter().map(vestibule_persistence::copy::Table::name).collect();
    assert!(all.len() > 15 && copied.is_disjoint(&LEFT_OUT.into()));
    assert_eq!(copied.union(&LEFT_OUT.into()).copied().collect::<BTreeSet<_>>(), all);
    let database = TestDatabase::new(Backend::Postgres);
    for table in tables() {
        let key = database.sql(&format!(
            "select string_agg(a.attname, ',' order by k.n) from pg_constraint c, unnest(c.conkey) with ordinality k(attnum, n), \
             pg_attribute a where c.contype = 'p' and c.conrelid = '{0}'::regclass and a.attrelid = c.conrelid \
             and a.attnum = k.attnum",
            table.name()
        ));
        assert_eq!(table.key().collect::<Vec<_>>().join(","), key, "{}", table.name());
    }
}
