//! The accounts of a FastAPI service move in.

use serde_json::{Value, json};

use super::{House, Moved, Old, PASSWORD};
use crate::accounts::{count, sign_in, stored_hash};
use crate::harness::Backend;

on_both!(
    the_accounts_of_fastapi_users_come_in,
    a_table_somebody_wrote_by_hand_comes_in,
    names_that_look_like_sql_are_names,
    what_is_neither_yes_nor_no_is_told,
);

const KINDS: &str = "
    create schema shop;
    create domain shop.number as bigint;
    create table users (id uuid primary key, username text, password_hash text);
    create table by_text (id varchar(9) primary key, username text, password_hash text);
    create table padded (id char(12) primary key, username text, password_hash bytea);
    create table numeric_keys (id numeric, username text, password_hash text);
    create table shop.\"Leute\" (id shop.number primary key, username varchar(99), password_hash text);
    insert into users select gen_random_uuid(), 'a' || i, '{hash}' from generate_series(1, 25) i;
    insert into by_text select chr(64 + i % 30) || i, 'b' || i, '{hash}' from generate_series(1, 25) i;
    insert into padded select 'k' || i, 'c' || i, '{hash}' from generate_series(1, 25) i;
    insert into numeric_keys select i * 7.5, 'd' || i, '{hash}' from generate_series(1, 25) i;
    insert into shop.\"Leute\" select i, 'e' || i, '{hash}' from generate_series(-12, 12) i";

const SCRIPT: &str = "fastapi_service.py";

/// From the one database into the other.
fn other(backend: Backend) -> Backend {
    match backend {
        Backend::Sqlite => Backend::Postgres,
        Backend::Postgres => Backend::Sqlite,
    }
}

/// S32: with either scheme, under UUIDs, in pieces of three.
async fn the_accounts_of_fastapi_users_come_in(backend: Backend) {
    let (mut house, old) = (House::new(backend), Old::new(other(backend)));
    old.make(SCRIPT, &["users"]);
    let (before, url) = (old.dump(), old.url());
    let words = ["fastapi", "--from", &url, "--batch", "3"];
    house.import(&[&words[..], &["--dry-run"]].concat()).well();
    house.import(&words).well();
    assert_eq!(count(&house.database, "select count(*) from users"), 8);
    house.import(&words).well();
    assert_eq!(count(&house.database, "select count(*) from users"), 8);
    assert_eq!(old.dump(), before);
    house.open();
    for scheme in ["argon2", "bcrypt"] {
        for role in ["plain", "super", "proven"] {
            let address = format!("{scheme}.{role}@example.org");
            let answer = sign_in(&house.process.anonymous(), &address, PASSWORD).await;
            let user = &answer.assert_status(200).body["user"];
            assert_eq!(user["username"], Value::Null);
            assert_eq!(user["is_admin"], json!(role == "super"));
            assert_eq!(user["email_verified"], json!(role == "proven"));
        }
        let idle = format!("{scheme}.idle@example.org");
        sign_in(&house.process.anonymous(), &idle, PASSWORD).await.assert_error(403, "account_suspended");
    }
    let renewed = "select count(*) from users where password_hash like '$argon2id$v=19$m=19456,t=2,p=1$%'";
    assert_eq!(count(&house.database, renewed), 6);
}

async fn a_table_somebody_wrote_by_hand_comes_in(backend: Backend) {
    let (mut house, old) = (House::new(backend), Old::new(other(backend)));
    old.make(SCRIPT, &["by-hand"]);
    let url = old.url();
    let moved = house.import(&["fastapi", "--from", &url]);
    moved.well();
    let told = moved.line("users id 11");
    assert!(told.starts_with("skipped\t") && told.contains("users id 10"), "{told}");
    house.open();
    for name in ["ann", "Bob", "bob@example.org"] {
        let answer = sign_in(&house.process.anonymous(), name, PASSWORD).await;
        assert_eq!(answer.assert_status(200).body["user"]["created_at"], json!("2021-02-03T04:05:06Z"));
    }
    assert!(stored_hash(&house.database, "ann").starts_with("$argon2id$"));
    sign_in(&house.process.anonymous(), "cyd", PASSWORD).await.assert_error(403, "account_suspended");
}

/// S30: and what was never decoded is a hash all the same.
async fn names_that_look_like_sql_are_names(backend: Backend) {
    let (mut house, old) = (House::new(backend), Old::new(other(backend)));
    let [table, key, username, hashed] =
        ["old \"people\"; drop table users; --", "n'o", "login name", "secret;--"];
    old.make(SCRIPT, &["by-hand"]);
    old.make(SCRIPT, &["by-hand", table, key, username, hashed]);
    let (before, url) = (old.dump(), old.url());
    let mut words = vec!["fastapi", "--from", &url, "--user-table", table, "--id-column", key];
    words.extend(["--username-column", username, "--password-column", hashed, "--source-name", "old'; --"]);
    house.import(&words).well();
    house.import(&words).well();
    assert_eq!(count(&house.database, "select count(*) from users"), 3);
    assert_eq!(old.dump(), before);
    house.open();
    sign_in(&house.process.anonymous(), "ann", PASSWORD).await.assert_status(200);
}

/// Nobody comes in active, or as admin, whom the old table does not clearly call so; and nothing is silently made of it.
async fn what_is_neither_yes_nor_no_is_told(backend: Backend) {
    let (mut house, old) = (House::new(backend), Old::new(other(backend)));
    old.make(SCRIPT, &["odd"]);
    let url = old.url();
    let words = ["import", "fastapi", "--from", &url];
    let mut command = house.process.command(&words);
    let tried = Moved::of(command.arg("--dry-run").env("EMAIL_VERIFICATION", "required").output().unwrap());
    assert!(
        tried.well().contains("warning: EMAIL_VERIFICATION is required: who did not prove"),
        "{}",
        tried.said
    );
    let moved = house.import(&words[1..]);
    assert!(moved.well().contains("Accounts: 4 taken"), "{}", moved.said);
    assert!(!moved.said.contains("EMAIL_VERIFICATION"), "{}", moved.said);
    for (place, told) in [
        ("users id 2", "is_active is neither true nor false: the account comes in suspended"),
        ("users id 3", "is_active says nothing: the account comes in suspended"),
        ("users id 4", "is_superuser is neither true nor false; created_at is not a moment that can be read"),
    ] {
        assert_eq!(moved.line(place), format!("reduced\t{place}\t{told}"));
    }
    house.open();
    for (name, is_active) in [("ann", true), ("bob", false), ("cyd", false), ("dan", true)] {
        let answer = sign_in(&house.process.anonymous(), name, PASSWORD).await;
        if is_active {
            assert_eq!(answer.assert_status(200).body["user"]["is_admin"], json!(false), "{name}");
        } else {
            answer.assert_error(403, "account_suspended");
        }
    }
    let made = "select count(*) from users where username = 'dan' and created_at > '2600-01-01'";
    assert_eq!(count(&house.database, made), 0);
}

/// What SQLite's columns hold is shown beside the code that reads them.
#[test]
fn keys_of_every_kind_are_gone_through() {
    let (house, old) = (House::new(Backend::Sqlite), Old::new(Backend::Postgres));
    let hash = "$2b$04$Ca.JOYbJ7oFD5V3a8IKOzOHo0BqwsfXGahWgNKGaFiMXNWEECFnom";
    old.sql(&KINDS.replace("{hash}", hash));
    let url = old.url();
    for table in ["users", "by_text", "padded", "numeric_keys", "shop.Leute"] {
        let moved = house.import(&["fastapi", "--from", &url, "--user-table", table, "--batch", "4"]);
        assert!(moved.well().contains("25 taken, 0 updated"), "{table}: {}", moved.said);
    }
    let whole = format!("select count(*) from users where password_hash = '{hash}'");
    assert_eq!(count(&house.database, &whole), 125);
}
