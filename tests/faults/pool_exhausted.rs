//! Slow queries hold every connection to the database.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::json;
use tokio::time::sleep;

use super::spread::Spread;
use super::watch::Watch;
use super::{either, started_on, tell};
use crate::harness::client::Client;
use crate::harness::database::TestDatabase;
use crate::harness::{given, run};

/// How many people wait at once.
const CROWD: usize = 200;

/// F4: those who need the database are told to come back, everybody else is served, and with the lock the trouble
/// goes. S83: no more connections than the pool's size, whatever the crowd.
#[test]
fn a_table_that_is_locked_stops_only_those_who_need_it() {
    run(async {
        let database = TestDatabase::on_own_postgres();
        let more =
            [("DATABASE_POOL_SIZE", "2"), ("SESSION_CACHE_TTL", "1m"), ("MAX_CONNECTIONS_PER_ADDRESS", "0")];
        let server = started_on(&database, &more);
        let stranger = server.anonymous();
        stranger.post("/api/auth/register", given::registration("alice")).await.assert_status(201);
        let alice = stranger.sign_in("alice").await;
        let unknown_here = stranger.sign_in("alice").await;
        alice.get("/api/auth/profile").await.assert_status(200);

        let lock = database.hold("begin; lock table users in access exclusive mode");
        let live = Watch::begin(&server.anonymous(), "/health/live", Duration::from_millis(5));
        let cached = Watch::begin(&alice.clone(), "/api/auth/profile", Duration::from_millis(5));
        let until = Instant::now() + either(Duration::from_secs(6), Duration::from_secs(20));
        let crowd: Vec<_> =
            (0..CROWD).map(|number| tokio::spawn(insist(server.anonymous(), number, until))).collect();
        sleep(Duration::from_secs(3)).await;
        let connections = "select count(*) from pg_stat_activity where application_name = 'vestibule'";
        assert_eq!(database.sql(connections), "2");
        let mut waits = Vec::new();
        for person in crowd {
            waits.extend(person.await.unwrap());
        }
        let (live, cached) = (live.end().await, cached.end().await);
        drop(lock);
        let released_at = Instant::now();
        unknown_here.get("/api/auth/profile").await.assert_status(200);
        let recovered = released_at.elapsed();
        stranger.sign_in("alice").await;

        live.assert_all(200);
        cached.assert_all(200);
        let waits: Spread = waits.into_iter().collect();
        tell(&format!(
            "F4: {CROWD} people, pool of 2: {} answers, all 503, after {waits}; live {}; cached token {}; \
             first request after the release in {recovered:?}",
            waits.count(),
            live.spread(),
            cached.spread(),
        ));
        let slack = either(Duration::from_secs(2), Duration::from_millis(500));
        assert!(waits.percentile(90) < Duration::from_secs(2) + slack, "in the queue: {waits}");
        assert!(waits.max() < Duration::from_secs(5) + slack, "in the statement: {waits}");
        let quick = either(Duration::from_millis(500), Duration::from_millis(50));
        assert!(live.spread().percentile(99) < quick, "live {}", live.spread());
        assert!(cached.spread().percentile(99) < quick, "cached {}", cached.spread());
        assert!(recovered < Duration::from_secs(2), "{recovered:?}");
    });
}

/// Asks for what needs the locked table, again and again; each answer has to be a 503. Hands back the waits.
async fn insist(client: Client, number: usize, until: Instant) -> Vec<Duration> {
    let mut waits = Vec::new();
    while Instant::now() < until {
        let asked_at = Instant::now();
        let answer = if number.is_multiple_of(2) {
            client
                .post(
                    "/api/auth/login",
                    json!({ "username": "alice", "password": "violet harbour 43 lamps" }),
                )
                .await
        } else {
            let token = format!("{number:064x}");
            client.send(client.request(Method::GET, "/api/auth/profile").bearer_auth(token)).await
        };
        answer.assert_status(503);
        waits.push(asked_at.elapsed());
    }
    waits
}
