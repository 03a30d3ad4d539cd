//! The server is told to stop.

use std::io::{Read as _, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tokio::time::sleep;

use super::book::{Entry, Outcome};
use super::load::Load;
use super::spread::Spread;
use super::{either, on, started_on, tell};
use crate::harness::database::TestDatabase;
use crate::harness::{Backend, Process, given, raw, run};

/// How often the balancer asks for readiness.
const EVERY: Duration = Duration::from_millis(50);

on_both!(no_request_fails_behind_a_balancer_when_the_server_stops);

/// F11: readiness is withdrawn first, and then nothing is dropped that was begun.
async fn no_request_fails_behind_a_balancer_when_the_server_stops(backend: Backend) {
    // Nothing crashes here, so nothing waits for the disk.
    let database = TestDatabase::new(backend);
    let mut server = started_on(&database, &[("SHUTDOWN_GRACE", "500ms")]);
    let load = Load::begin(&server).await;
    let balancer = tokio::spawn(balance(server.anonymous(), load.door()));
    let rounds = either(3, 20);
    let (mut stops, mut told) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        sleep(Duration::from_secs(1)).await;
        let told_at = Instant::now();
        server.terminate();
        let status = server.wait();
        stops.push(told_at.elapsed());
        told.push(told_at);
        assert!(status.success(), "{status}: {}", server.said());
        server.spawn();
        server.wait_until_ready();
    }
    sleep(Duration::from_millis(500)).await;
    balancer.abort();
    load.door().store(true, Ordering::Relaxed);
    let book = load.end().await;
    book.assert_right();
    let failed = book.entries.iter().filter(|entry| !entry.succeeded() && entry.outcome != Outcome::Refused);
    let when = |entry: &Entry| {
        let after = told.iter().filter_map(|told_at| entry.ended_at.checked_duration_since(*told_at)).min();
        format!(
            "{:?} {:?} after {:?}, ended {after:?} after a signal",
            entry.what,
            entry.outcome,
            entry.took()
        )
    };
    let failed: Vec<String> = failed.map(when).collect();
    assert!(failed.is_empty(), "{failed:#?} of {}; stops {stops:?}", book.outcomes());
    let kept = book.assert_kept(&database, &server).await;
    let stops: Spread = stops.into_iter().collect();
    tell(&format!(
        "F11 {backend:?}: {rounds} stops; {}; {kept}; grace 500 ms, told to gone {stops}",
        book.outcomes()
    ));
    assert!(stops.max() < Duration::from_secs(5), "{stops}");
}

/// Lets requests through while the server says that it is ready.
async fn balance(client: crate::harness::client::Client, door: Arc<AtomicBool>) {
    loop {
        let request = client.request(reqwest::Method::GET, "/health/ready").header("connection", "close");
        let request = request.timeout(4 * EVERY);
        let ready = request.send().await.is_ok_and(|answer| answer.status() == 200);
        door.store(ready, Ordering::Relaxed);
        sleep(EVERY).await;
    }
}

/// F11: from the signal on readiness is 503, requests are still answered during the grace, and each answer tells its
/// client to take its next request elsewhere.
#[test]
fn during_the_grace_requests_are_answered_and_connections_closed() {
    let database = TestDatabase::new(Backend::Sqlite);
    let mut server = started_on(&database, &[("SHUTDOWN_GRACE", "2s")]);
    let ask = |path: &str| format!("GET {path} HTTP/1.1\r\nHost: {}\r\n\r\n", server.address());
    let mut kept_alive = raw::connect(server.address()).unwrap();
    kept_alive.write_all(ask("/health/live").as_bytes()).unwrap();
    let mut first = [0_u8; 4096];
    let length = kept_alive.read(&mut first).unwrap();
    let first = String::from_utf8_lossy(&first[..length]).to_ascii_lowercase();
    assert!(first.starts_with("http/1.1 200") && !first.contains("connection: close"), "{first}");
    let begun = Instant::now();
    server.terminate();
    std::thread::sleep(Duration::from_millis(300));

    let ready = raw::Request::bytes(server.address(), ask("/health/ready")).send().unwrap();
    ready.assert_error(503, "unavailable");
    assert_eq!(ready.header("connection"), Some("close"));
    kept_alive.write_all(ask("/health/live").as_bytes()).unwrap();
    let answer = raw::read_answer(&mut kept_alive).unwrap();
    assert_eq!(answer.assert_status(200).header("connection"), Some("close"));
    assert!(begun.elapsed() < Duration::from_secs(2), "answered only after the grace");
    assert!(server.wait().success(), "{}", server.said());
}

/// F11: without any grace too, what was begun is finished, and the process ends with it and not with its time-out.
#[test]
fn what_was_begun_is_finished() {
    let database = TestDatabase::new(Backend::Sqlite);
    let mut server = started_on(&database, &[("ARGON2_MEMORY_KIB", "32768")]);
    let idle = raw::connect(server.address()).unwrap();
    let sign_up = |number: usize| {
        let body = given::registration(&format!("late{number}"));
        raw::Request::json(server.address(), "POST", "/api/auth/register", None, &body)
    };
    let requests: Vec<raw::Request> = (0..12).map(sign_up).collect();
    let begun = Instant::now();
    let (answers, status) = std::thread::scope(|scope| {
        let asking = scope.spawn(|| raw::at_once(&requests));
        // The first of them are at their hash, which takes longer than this.
        std::thread::sleep(Duration::from_millis(200));
        assert!(!asking.is_finished(), "everything was done before the stop");
        server.terminate();
        (asking.join().unwrap(), server.wait())
    });
    let took = begun.elapsed();
    for answer in answers {
        answer.unwrap().assert_status(201);
    }
    drop(idle);
    assert!(status.success(), "{status}: {}", server.said());
    assert_eq!(database.sql("select count(*) from users"), "12");
    tell(&format!("F11: 12 sign-ups begun before the signal finished, {took:?} in all"));
    assert!(took < Duration::from_secs(20), "the stop waited for its time-out: {took:?}");
}

/// F11: either signal stops, and a second one of either does not wait for the grace.
#[test]
fn a_second_signal_ends_the_server_at_once() {
    let database = TestDatabase::new(Backend::Sqlite);
    let signals: [fn(&Process); 2] = [Process::terminate, Process::interrupt];
    for (first, second) in [(0, 0), (1, 1), (0, 1)] {
        let mut server = started_on(&database, &[("SHUTDOWN_GRACE", "1m")]);
        signals[first](&server);
        std::thread::sleep(Duration::from_millis(300));
        assert!(server.is_running(), "the grace was not kept: {}", server.said());
        let begun = Instant::now();
        signals[second](&server);
        assert!(server.wait().success(), "{}", server.said());
        assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    }
}

/// F11: a server told to stop while it is still starting does so.
#[test]
fn a_signal_during_the_start_is_obeyed() {
    run(async {
        let database = TestDatabase::new(Backend::Sqlite);
        let mut server = on(&database, &[]);
        server.spawn();
        sleep(Duration::from_millis(50)).await;
        server.terminate();
        // Before it listens for signals the system ends it; from then on it ends by itself.
        let status = server.wait();
        let by_signal = std::os::unix::process::ExitStatusExt::signal(&status) == Some(15);
        assert!(status.success() || by_signal, "{status}: {}", server.said());
        assert_eq!(database.sql("pragma integrity_check"), "ok");
    });
}
