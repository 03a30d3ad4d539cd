//! PostgreSQL is there and does not do what it should: it hangs, refuses to write, or has no connection left.

use std::time::{Duration, Instant};

use serde_json::json;
use tokio::time::sleep;

use super::book::{Entry, What};
use super::load::Load;
use super::watch::Watch;
use super::{either, on, started_on, tell};
use crate::harness::database::TestDatabase;
use crate::harness::{Process, given, run, run_alone};

/// F3: requests end with 503 within the deadline, threads and memory stay as they are, and all heals by itself. S45: an
/// error of the database never turns into another decision.
#[test]
fn a_postgres_that_hangs_is_survived() {
    run_alone(async {
        let database = TestDatabase::on_own_postgres();
        let postgres = database.own_postgres();
        let server = started_on(&database, &[]);
        let load = Load::begin(&server).await;
        let live = Watch::begin(&server.anonymous(), "/health/live", Duration::from_millis(20));
        sleep(Duration::from_secs(1)).await;
        let (threads_before, memory_before) = (status(&server, "Threads"), status(&server, "VmRSS"));

        postgres.pause();
        let hung = either(Duration::from_secs(7), Duration::from_secs(30));
        sleep(hung).await;
        let (threads, memory) = (status(&server, "Threads"), status(&server, "VmRSS"));
        postgres.resume();
        let back_at = Instant::now();
        sleep(Duration::from_secs(3)).await;

        let (live, book) = (live.end().await, load.end().await);
        live.assert_all(200);
        book.assert_right();
        book.assert_answered();
        let all = book.spread(|_| true);
        let healed = book.entries.iter().filter(|entry| entry.succeeded() && entry.ended_at > back_at);
        let healed = healed.map(|entry| entry.ended_at - back_at).min().expect("nothing works again");
        let kept = book.assert_kept(&database, &server).await;
        tell(&format!(
            "F3 hung for {hung:?}: {}; {kept}; {all}; once back, served after {healed:?}; threads {threads_before} to \
             {threads}, memory {memory_before} to {memory} KiB; live {}",
            book.outcomes(),
            live.spread()
        ));
        let hashes = |entry: &Entry| matches!(entry.what, What::Register | What::SignIn);
        let plain = book.spread(|entry| !hashes(entry));
        // A machine that is busy, and for some a hash before the database was asked again.
        assert!(plain.max() < Duration::from_millis(4500), "{plain}");
        assert!(all.max() < Duration::from_secs(6), "{all}");
        assert!(healed < Duration::from_secs(3), "{healed:?}");
        assert!(threads <= threads_before + 2, "{threads_before} became {threads}");
        assert!(memory < memory_before + 32 * 1024, "{memory_before} became {memory} KiB");
        assert!(book.spread(Entry::succeeded).count() > 0);
    });
}

/// A number of the process, from the system's book of it.
fn status(server: &Process, name: &str) -> u64 {
    let book = std::fs::read_to_string(format!("/proc/{}/status", server.id())).unwrap();
    let line = book.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).unwrap();
    line.split_whitespace().next().unwrap().parse().unwrap()
}

/// F3: after a failover to a replica that only reads, reading goes on and writing is told to come back. S45.
#[test]
fn a_postgres_that_only_reads_still_serves_reads() {
    run(async {
        let database = TestDatabase::on_own_postgres();
        let server = started_on(&database, &[]);
        let stranger = server.anonymous();
        stranger.post("/api/auth/register", given::registration("alice")).await.assert_status(201);
        let alice = stranger.sign_in("alice").await;

        database.sql("alter system set default_transaction_read_only = on");
        database.sql("select pg_reload_conf()");
        sleep(Duration::from_millis(500)).await;
        alice.get("/api/auth/profile").await.assert_status(200);
        alice.get("/api/auth/sessions").await.assert_status(200);
        for (path, body) in [
            ("/api/auth/register", given::registration("bob")),
            ("/api/auth/login", given::credentials("alice")),
            ("/api/auth/password/forgot", json!({ "email": given::address("alice") })),
            ("/api/auth/refresh", json!({ "refresh_token": format!("vrt_{}", "0".repeat(64)) })),
        ] {
            let answer = stranger.post(path, body).await;
            // A token that nobody has is looked up, and that is no write.
            let is_read = path.ends_with("refresh") && answer.status == 401;
            assert!(is_read || answer.status == 503, "{path}: {} {}", answer.status, answer.text);
        }
        alice.patch("/api/auth/profile", json!({ "nickname": "Al" })).await.assert_error(503, "unavailable");
        alice.post("/api/auth/logout", json!({})).await.assert_status(503);
        alice.get("/api/auth/profile").await.assert_status(200);

        // These very statements have to be let through, each by itself.
        let mut psql = database.own_postgres().psql("postgres");
        for statement in [
            "set default_transaction_read_only = off",
            "alter system reset default_transaction_read_only",
            "select pg_reload_conf()",
        ] {
            psql.args(["-c", statement]);
        }
        assert!(psql.output().unwrap().status.success());
        sleep(Duration::from_millis(500)).await;
        alice.patch("/api/auth/profile", json!({ "nickname": "Al" })).await.assert_status(200);
    });
}

/// F3: where the database gives out no more connections, that is 503, and it heals.
#[test]
fn a_postgres_without_a_free_connection_is_survived() {
    run(async {
        let database = TestDatabase::on_own_postgres();
        database.sql("create role guest login superuser password 'guest'");
        let mut server = on(&database, &[("DATABASE_URL", &database.url_of("guest", "guest"))]);
        server.spawn();
        server.wait_until_ready();
        let stranger = server.anonymous();
        stranger.post("/api/auth/register", given::registration("alice")).await.assert_status(201);
        let alice = stranger.sign_in("alice").await;

        // Only who is no superuser is counted.
        database.sql(
            "grant all on all tables in schema public to guest; alter role guest nosuperuser connection limit 0;
             select pg_terminate_backend(pid) from pg_stat_activity where usename = 'guest'",
        );
        sleep(Duration::from_millis(1500)).await;
        for _ in 0..8 {
            let begun = Instant::now();
            let answer = alice.get("/api/auth/profile").await;
            answer.assert_error(503, "unavailable");
            assert!(begun.elapsed() < Duration::from_secs(5));
        }
        stranger.get("/health/live").await.assert_status(200);
        stranger.get("/health/ready").await.assert_status(503);

        database.sql("alter role guest connection limit -1");
        let begun = Instant::now();
        while alice.get("/api/auth/profile").await.status != 200 {
            assert!(begun.elapsed() < Duration::from_secs(5), "it does not heal");
            sleep(Duration::from_millis(50)).await;
        }
    });
}

/// F3: a start has nobody waiting for its answer, and waits longer for the database than a request does.
#[test]
fn a_start_waits_for_a_postgres_that_answers_late() {
    run(async {
        let database = TestDatabase::on_own_postgres();
        let mut server = on(&database, &[]);
        database.own_postgres().pause();
        server.spawn();
        sleep(Duration::from_millis(2500)).await;
        assert!(server.is_running(), "{}", server.said());
        database.own_postgres().resume();
        server.wait_until_ready();
    });
}
