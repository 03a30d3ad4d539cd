//! Two nodes behind a balancer: one is killed, both are renewed, and nobody outside notices.

use std::time::{Duration, Instant};

use serde_json::json;
use tokio::time::sleep;

use super::book::Entry;
use super::load::Load;
use super::spread::Spread;
use super::{either, on, some_time, tell, witness};
use crate::harness::client::Client;
use crate::harness::database::TestDatabase;
use crate::harness::{Backend, Balancer, Mood, Process, Redis, Smtp, run, run_alone};

/// How long a node believes what it read (`SESSION_CACHE_TTL`), and what a busy machine adds.
const LAG: Duration = Duration::from_millis(1200);

/// What the balancer needs to see that a node is there, or is not.
const NOTICED: Duration = Duration::from_millis(400);

/// Two nodes that are one installation, not started yet, on a schema that is there.
fn nodes(database: &TestDatabase, more: &[(&str, &str)]) -> [Process; 2] {
    let mut settings = vec![("PUBLIC_URL", "http://localhost"), ("TRUSTED_PROXIES", "127.0.0.1")];
    settings.extend(more);
    let nodes = [on(database, &settings), on(database, &settings)];
    assert!(nodes[0].command(&["migrate"]).output().unwrap().status.success());
    nodes
}

fn start(nodes: &mut [Process; 2]) -> Balancer {
    for node in &mut *nodes {
        node.spawn();
        node.wait_until_ready();
    }
    Balancer::before(&[&nodes[0], &nodes[1]])
}

/// F12, F1: nodes are killed in turn. Requests fail that were under way then, and no other; every mail goes, and again
/// only where a kill came between its leaving and the note of that; each job is one node's.
#[test]
fn a_killed_node_takes_what_it_had_in_hand_and_no_more() {
    run(async {
        let (smtp, database) = (Smtp::start(Mood::Accept), TestDatabase::on_own_postgres());
        let mut nodes = nodes(&database, &[("SMTP_URL", &smtp.url())]);
        witness::watch(&database);
        let balancer = start(&mut nodes);
        let load = Load::begin_behind(&balancer, LAG).await;
        let (rounds, mut kills) = (either(4, 50), Vec::new());
        for round in 0..rounds {
            let lost = balancer.lost().len();
            sleep(some_time(Duration::from_millis(800))).await;
            let node = &mut nodes[round % 2];
            let begun = Instant::now();
            node.kill();
            kills.push((begun, Instant::now()));
            node.spawn();
            node.wait_until_ready();
            sleep(NOTICED).await;
            let killed = format!("node{}", round % 2);
            assert!(balancer.lost()[lost..].iter().all(|name| *name == killed), "another lost requests, too");
        }
        let book = load.end().await;

        book.assert_right();
        let failed: Vec<_> = book.entries.iter().filter(|entry| !entry.succeeded()).collect();
        let in_hand = |entry: &Entry| {
            kills.iter().any(|(begun, gone)| entry.began_at <= *gone && entry.ended_at >= *begun)
        };
        let others: Vec<_> = failed.iter().filter(|entry| !in_hand(entry)).collect();
        assert!(others.is_empty(), "{others:#?} of {}", book.outcomes());
        let kept = book.assert_kept(&database, &nodes[0]).await;
        let (in_hand, lost) = (failed.len(), balancer.lost().len());
        assert!(lost >= in_hand, "{lost} were lost by the nodes, and {in_hand} failed");
        tell(&format!(
            "F12: {rounds} kills of one of two nodes; {}; failed in the killed node's hands {in_hand}, elsewhere 0; {kept}",
            book.outcomes(),
        ));
        assert_mails_and_jobs(&database, &smtp, rounds).await;
    });
}

async fn assert_mails_and_jobs(database: &TestDatabase, smtp: &Smtp, kills: usize) {
    witness::emptied(database).await;
    let mails = witness::mails(database, &smtp.received());
    let (begun, doubled) = witness::jobs(database);
    let soon = witness::jobs_within(database, 40);
    tell(&format!(
        "F12, F1: {} mails ordered, lost {}, without an order {}, duplicates {} at {kills} kills, at most {} of one; {begun} jobs \
         begun, by two nodes at once {doubled}, again within 40 s {soon}",
        mails.ordered, mails.lost, mails.strange, mails.duplicates, mails.most
    ));
    assert_eq!((mails.lost, mails.strange, doubled, soon), (0, 0, 0, 0));
    // A node has four mails under way at most.
    assert!(mails.most <= 1 + kills && mails.duplicates <= 4 * kills, "{}, {}", mails.most, mails.duplicates);
}

/// F11, F12: nodes are renewed one after the other, and a schema that a newer release has added to disturbs none.
#[test]
fn a_rolling_restart_fails_no_request() {
    run(async {
        let database = TestDatabase::new(Backend::Postgres);
        let mut nodes = nodes(&database, &[("SHUTDOWN_GRACE", "500ms")]);
        let balancer = start(&mut nodes);
        let load = Load::begin_behind(&balancer, LAG).await;
        let rounds = either(2, 20);
        for round in 0..2 * rounds {
            sleep(NOTICED).await;
            let node = &mut nodes[round % 2];
            node.terminate();
            let status = node.wait();
            assert!(status.success(), "{status}: {}", node.said());
            node.spawn();
            node.wait_until_ready();
        }
        sleep(NOTICED).await;
        database.sql("insert into __diesel_schema_migrations (version) values ('99991231235959')");
        sleep(2 * NOTICED).await;
        let book = load.end().await;
        for node in &nodes {
            node.anonymous().get("/health/ready").await.assert_status(200);
        }
        book.assert_right();
        let failed: Vec<_> = book.entries.iter().filter(|entry| !entry.succeeded()).collect();
        assert!(failed.is_empty(), "{failed:#?} of {}", book.outcomes());
        let kept = book.assert_kept(&database, &nodes[0]).await;
        tell(&format!(
            "F12: {rounds} rolling restarts of two nodes, the schema ahead at the last; {}; failed 0; {kept}",
            book.outcomes(),
        ));
    });
}

/// F12: a sign-in is good on the other node at once, and a sign-out is known there within a second.
#[test]
fn what_one_node_decides_the_other_knows() {
    run_alone(async {
        let database = TestDatabase::new(Backend::Postgres);
        let mut nodes = nodes(&database, &[]);
        let _balancer = start(&mut nodes);
        let [first, second] = nodes.each_ref().map(Process::anonymous);
        first
            .post("/api/auth/register", crate::harness::given::registration("alice"))
            .await
            .assert_status(201);
        let mut delays = Vec::new();
        for round in 0..either(6, 60) {
            let (here, there) = if round % 2 == 0 { (&first, &second) } else { (&second, &first) };
            let alice = here.sign_in("alice").await;
            let alice_there = there.with_token(alice.token.as_ref().unwrap());
            alice_there.get("/api/auth/profile").await.assert_status(200);
            // At any moment in the life of what the other node keeps.
            sleep(some_time(Duration::from_secs(1))).await;
            alice_there.get("/api/auth/profile").await.assert_status(200);
            alice.post("/api/auth/logout", json!({})).await.assert_status(200);
            let begun = Instant::now();
            alice.get("/api/auth/profile").await.assert_status(401);
            while alice_there.get("/api/auth/profile").await.status != 401 {
                assert!(begun.elapsed() < Duration::from_secs(5), "the other node never hears of it");
                sleep(Duration::from_millis(5)).await;
            }
            delays.push(begun.elapsed());
        }
        let delays: Spread = delays.into_iter().collect();
        tell(&format!(
            "F12: signed in, good on the other node at once; signed out, dead there after {delays}"
        ));
        assert!(delays.max() < LAG, "{delays}");
    });
}

/// F12, S35: behind a balancer one has as many tries as with one node.
#[test]
fn limits_are_counted_for_both_nodes_together() {
    run(async {
        let (redis, database) = (Redis::start(), TestDatabase::new(Backend::Postgres));
        let redis_url = redis.url();
        let limits = [("RATE_LIMITS", "on"), ("LIMIT_SIGN_IN_PER_ADDRESS", "20/1h")];
        let mut nodes = nodes(&database, &[&limits[..], &[("REDIS_URL", &redis_url)]].concat());
        let balancer = start(&mut nodes);
        let stranger = balancer.anonymous();
        let try_one = async |client: &Client, number: usize| {
            let body = json!({ "username": format!("nobody{number}"), "password": "not the one at all" });
            client.post("/api/auth/login", body).await.status
        };
        let mut statuses = Vec::new();
        for number in 0..40 {
            statuses.push(try_one(&stranger, number).await);
        }
        let tried = statuses.iter().filter(|status| **status == 401).count();
        let refused = statuses.iter().filter(|status| **status == 429).count();
        tell(&format!(
            "F12: of 40 sign-ins over two nodes with one Redis {tried} tried, {refused} refused; 20 an hour allowed"
        ));
        assert_eq!((tried, refused), (20, 20), "{statuses:?}");
        for node in &nodes {
            assert_eq!(try_one(&node.anonymous(), 0).await, 429);
        }
    });
}
