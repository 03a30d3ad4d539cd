//! The server is killed while a picture is changed.

use std::process::Command;
use std::time::{Duration, Instant};

use super::{Pictures, fetch, files_below, path_of, upload};
use crate::faults::{durable, started_on};
use crate::harness::database::TestDatabase;
use crate::harness::{Backend, given};

on_both!(what_a_kill_leaves_behind_is_collected);

/// Makes whoever shows a picture wait within their transaction, as a busy disk might.
fn stall(backend: Backend, database: &TestDatabase) {
    match backend {
        Backend::Sqlite => script(
            database,
            "create view endless (x) as with recursive n (x) as \
             (select 1 union all select x + 1 from n limit 2000000000) select x from n; \
             create trigger stalled before update of avatar on users begin select count(*) from endless; end",
        ),
        Backend::Postgres => {
            let function = "create function stall() returns trigger language plpgsql as \
                            $$ begin perform pg_sleep(60); return new; end $$";
            database.sql(function);
            database.sql("create trigger stalled before update of avatar on users for each row execute function stall()");
        }
    }
}

fn go_on(backend: Backend, database: &TestDatabase) {
    match backend {
        Backend::Sqlite => script(database, "drop trigger stalled; drop view endless"),
        Backend::Postgres => drop(database.sql("drop trigger stalled on users")),
    }
}

/// Statements that hold others, and their semicolons.
fn script(database: &TestDatabase, statements: &str) {
    let program = "import sqlite3, sys; sqlite3.connect(sys.argv[1]).executescript(sys.argv[2])";
    let url = database.url();
    let file = url.strip_prefix("sqlite://").unwrap();
    assert!(Command::new("python3").args(["-c", program, file, statements]).status().unwrap().success());
}

/// F1: between the files and the commit: the old picture is shown, and the new files go when they are old enough.
async fn what_a_kill_leaves_behind_is_collected(backend: Backend) {
    let (database, pictures) = (durable(backend), Pictures::make(&["plain.png", "green.png"]));
    let mut server = started_on(&database, &[]);
    let stranger = server.anonymous();
    stranger.post("/api/auth/register", given::registration("alice")).await.assert_status(201);
    let alice = stranger.sign_in("alice").await;
    let path = path_of(upload(&alice, pictures.bytes("plain.png")).await.assert_status(200));
    let media = server.folder().join("data/media");
    assert_eq!(files_below(&media).len(), 2);

    stall(backend, &database);
    let request = alice
        .request(reqwest::Method::PUT, super::AVATAR)
        .multipart(super::form(pictures.bytes("green.png")));
    let cut = tokio::spawn(request.send());
    until("both files are put", || {
        files_below(&media).iter().filter(|file| !file.to_string_lossy().contains('#')).count() == 4
    })
    .await;
    server.kill();
    assert!(cut.await.unwrap().is_err(), "nobody was told that it was done");
    std::fs::write(media.join("avatars/cut-512.webp#1"), "half").unwrap();

    go_on(backend, &database);
    server.spawn();
    server.wait_until_ready();
    assert_eq!(path_of(&alice.get("/api/auth/profile").await), path);
    assert_eq!(fetch(&stranger, &path, &[]).await.status, 200);
    assert_eq!(database.sql("select count(*) from media_files"), "2");
    server.kill();

    // An hour later, as far as the note goes and the file.
    let an_hour_ago = match backend {
        Backend::Sqlite => "update media_files set created_at = datetime('now', '-61 minutes')",
        Backend::Postgres => {
            "update media_files set created_at = (now() at time zone 'utc') - interval '61 minutes'"
        }
    };
    database.sql(an_hour_ago);
    database.sql("delete from jobs where name = 'purge.media'");
    let begun = std::fs::File::options().append(true).open(media.join("avatars/cut-512.webp#1")).unwrap();
    begun.set_modified(begun.metadata().unwrap().modified().unwrap() - Duration::from_mins(61)).unwrap();
    server.spawn();
    server.wait_until_ready();
    until("the leftovers are collected", || files_below(&media).len() == 2).await;
    until("and forgotten", || database.sql("select count(*) from media_files") == "1").await;
    assert_eq!(fetch(&stranger, &path, &[]).await.status, 200);
    upload(&alice, pictures.bytes("green.png")).await.assert_status(200);
}

async fn until(what: &str, holds: impl Fn() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < Duration::from_secs(30), "not within 30 s: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
