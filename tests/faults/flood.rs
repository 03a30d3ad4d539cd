//! More sign-ins than the machine can hash.

use std::time::{Duration, Instant};

use rustix::process::{Pid, Resource, Rlimit, prlimit};
use serde_json::json;
use tokio::time::sleep;

use super::spread::Spread;
use super::watch::Watch;
use super::{durable, either, started_on, tell};
use crate::harness::database::TestDatabase;
use crate::harness::{Backend, Process, given, run};

const MIB: u64 = 1 << 20;

/// The cost of a fresh installation, and every connection from one address.
const FLOODED: [(&str, &str); 3] =
    [("ARGON2_MEMORY_KIB", "19456"), ("ARGON2_PASSES", "2"), ("MAX_CONNECTIONS_PER_ADDRESS", "0")];

on_both!(a_flood_of_sign_ins_takes_neither_the_memory_nor_the_other_routes);

/// F14, S33: 256 connections that sign in without end, on a server that may have 512 MiB of data.
async fn a_flood_of_sign_ins_takes_neither_the_memory_nor_the_other_routes(backend: Backend) {
    let database = durable(backend);
    let server = started_on(&database, &FLOODED);
    let limit = Some(512 * MIB);
    let process = Pid::from_raw(server.id().cast_signed());
    prlimit(process, Resource::Data, Rlimit { current: limit, maximum: limit }).unwrap();
    let stranger = server.anonymous();
    stranger.post("/api/auth/register", given::registration("alice")).await.assert_status(201);
    let alice = stranger.sign_in("alice").await;
    let idle = memory(&server, "VmRSS");

    let span = either(Duration::from_secs(5), Duration::from_secs(30));
    let warm_up = Duration::from_millis(500);
    let until = Instant::now() + warm_up + span;
    let began_at = Instant::now();
    let crowd: Vec<_> = (0..256).map(|number| tokio::spawn(sign_in_until(&server, number, until))).collect();
    sleep(warm_up).await;
    let pause = Duration::from_millis(3);
    let live = Watch::begin(&server.anonymous(), "/health/live", pause);
    let profile = Watch::begin(&alice, "/api/auth/profile", pause);
    sleep(span).await;
    let (live, profile) = (live.end().await, profile.end().await);
    let mut answers = Vec::new();
    for person in crowd {
        answers.extend(person.await.unwrap());
    }
    let took = began_at.elapsed();
    let peak = memory(&server, "VmHWM");

    live.assert_all(200);
    profile.assert_all(200);
    let checked: Spread =
        answers.iter().filter(|(status, _)| *status == 401).map(|(_, took)| *took).collect();
    let surplus: Spread =
        answers.iter().filter(|(status, _)| *status == 503).map(|(_, took)| *took).collect();
    let rate = u64::try_from(checked.count()).unwrap() * 1000 / u64::try_from(took.as_millis()).unwrap();
    tell(&format!(
        "F14 {backend:?}: 256 connections for {span:?}: {} checked ({rate}/s) in {checked}; {} told to come back in \
         {surplus}; memory {} MiB idle, {} MiB at most; live {}; profile {}",
        checked.count(),
        surplus.count(),
        idle / MIB,
        peak / MIB,
        live.spread(),
        profile.spread(),
    ));
    assert!(checked.count() > 0 && checked.count() + surplus.count() == answers.len());
    assert!(peak < 300 * MIB, "{} MiB", peak / MIB);
    assert!(checked.max().max(surplus.max()) < Duration::from_secs(8), "{checked}; {surplus}");
    let quick = either(Duration::from_millis(500), Duration::from_millis(50));
    assert!(live.spread().percentile(99) < quick, "live {}", live.spread());
    assert!(profile.spread().percentile(99) < quick, "profile {}", profile.spread());
}

/// S33: whoever finds the queue full is told so at once, and need not wait for those in it.
#[test]
fn a_full_queue_refuses_at_once() {
    run(async {
        let database = TestDatabase::new(Backend::Sqlite);
        let slow = [
            ("ARGON2_MEMORY_KIB", "65536"),
            ("ARGON2_PASSES", "3"),
            ("HASH_THREADS", "1"),
            ("HASH_QUEUE", "8"),
        ];
        let server = started_on(&database, &slow);
        let now = Instant::now();
        let crowd: Vec<_> = (0..64).map(|number| tokio::spawn(sign_in_until(&server, number, now))).collect();
        let mut answers = Vec::new();
        for person in crowd {
            answers.extend(person.await.unwrap());
        }
        let refused: Spread =
            answers.iter().filter(|(status, _)| *status == 503).map(|(_, took)| *took).collect();
        let checked: Spread =
            answers.iter().filter(|(status, _)| *status == 401).map(|(_, took)| *took).collect();
        tell(&format!("S33: 64 at once, a queue of 8: refused in {refused}; checked in {checked}"));
        assert_eq!(refused.count() + checked.count(), 64, "{answers:?}");
        // One at its hash and eight behind it; one more where the first was done before the last came.
        assert!((9..=20).contains(&checked.count()), "{checked}");
        assert!(refused.max() < either(Duration::from_secs(1), Duration::from_millis(200)), "{refused}");
    });
}

/// S33: nobody waits in the queue for longer than five seconds.
#[test]
fn a_slow_queue_lets_go_after_its_deadline() {
    run(async {
        let database = TestDatabase::new(Backend::Sqlite);
        let slow = [("ARGON2_MEMORY_KIB", "524288"), ("ARGON2_PASSES", "2"), ("HASH_THREADS", "1")];
        let server = started_on(&database, &slow);
        let now = Instant::now();
        let crowd: Vec<_> = (0..32).map(|number| tokio::spawn(sign_in_until(&server, number, now))).collect();
        let mut answers = Vec::new();
        for person in crowd {
            answers.extend(person.await.unwrap());
        }
        let gone: Spread =
            answers.iter().filter(|(status, _)| *status == 503).map(|(_, took)| *took).collect();
        let checked = answers.iter().filter(|(status, _)| *status == 401).count();
        tell(&format!("S33: 32 at once, a slow hash: {checked} checked, let go after {gone}"));
        assert!(gone.count() > 0 && checked > 0 && gone.count() + checked == 32, "{answers:?}");
        assert!(gone.percentile(0) > Duration::from_millis(4900), "{gone}");
        assert!(gone.max() < Duration::from_secs(6), "{gone}");
        assert!(memory(&server, "VmHWM") < 700 * MIB);
    });
}

/// Signs in with a wrong password, every other time under a name nobody has; at least once. Hands back each answer's
/// status and how long it took.
fn sign_in_until(
    server: &Process,
    number: usize,
    until: Instant,
) -> impl Future<Output = Vec<(u16, Duration)>> + use<> {
    let client = server.anonymous();
    async move {
        let name = if number.is_multiple_of(2) { "alice".to_owned() } else { format!("nobody{number}") };
        let mut answers = Vec::new();
        loop {
            let asked_at = Instant::now();
            let body = json!({ "username": name, "password": "violet harbour 43 lamps" });
            let answer = client.post("/api/auth/login", body).await;
            assert!(matches!(answer.status, 401 | 503), "{}", answer.text);
            answers.push((answer.status, asked_at.elapsed()));
            if Instant::now() >= until {
                return answers;
            }
        }
    }
}

/// What the kernel says of the server's memory, in bytes: `VmRSS` is what it has, `VmHWM` the most it ever had.
fn memory(server: &Process, what: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(what)).unwrap();
    line.trim_start_matches(':').trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
}
