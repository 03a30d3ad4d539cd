//! How long a body may be.

use std::fs;
use std::io::Write as _;
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use super::operations::{self, Operation};
use crate::harness::{Backend, Process, TestApp, raw, run};

/// What an operation takes. A post has 64 KiB, of which each byte may take six; a message or a comment 10,000 characters, of which
/// each may take twelve.
fn limit(path: &str) -> usize {
    match path {
        _ if path.starts_with("/api/posts") => 448 * 1024,
        _ if path.starts_with("/api/contact") || path.starts_with("/api/comments") => 182 * 1024,
        _ => 64 * 1024,
    }
}

fn head(method: &str, path: &str, token: &str, framing: &str) -> String {
    format!(
        "{method} {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: application/json\r\nConnection: close\r\n{framing}\r\n\r\n"
    )
}

/// S46: a length that is declared is refused before the body is sent.
#[test]
fn a_declared_length_above_the_limit_is_refused_at_once() {
    run(async {
        let app = TestApp::start(Backend::Sqlite).await;
        let token = app.admin().await.token.unwrap();
        // Side by side: actix waits a second for a client that has more to say.
        side_by_side(operations::with_json(), |operation| {
            let limit = limit(&operation.path);
            for length in [limit as u64 + 1, 1 << 40, u64::MAX] {
                let framing = format!("Content-Length: {length}");
                let head = head(operation.method.as_str(), &operation.path, &token, &framing);
                let begun = Instant::now();
                let answer = raw::Request::bytes(app.address(), head).send().unwrap();
                answer.assert_invariants(&operation.method, &operation.path);
                answer.assert_error(413, "body_too_large");
                assert!(answer.text.contains(&format!("{limit} bytes")), "{}", answer.text);
                assert!(begun.elapsed() < Duration::from_millis(2500), "{length}: {:?}", begun.elapsed());
            }
        });
    });
}

/// Does `what` for all of them, sixteen at a time.
fn side_by_side(all: Vec<Operation>, what: impl Fn(Operation) + Sync) {
    let left = Mutex::new(all);
    let next = || left.lock().unwrap().pop();
    thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| {
                while let Some(operation) = next() {
                    what(operation);
                }
            });
        }
    });
}

/// S46: what comes in pieces is counted while it comes.
#[test]
fn a_body_in_pieces_is_counted_while_it_comes() {
    run(async {
        let app = TestApp::start(Backend::Sqlite).await;
        let token = app.admin().await.token.unwrap();
        side_by_side(operations::with_json(), |operation| {
            let head = head(operation.method.as_str(), &operation.path, &token, "Transfer-Encoding: chunked");
            let mut socket = raw::connect(app.address()).unwrap();
            socket.write_all(head.as_bytes()).unwrap();
            let chunk = format!("400\r\n{}\r\n", " ".repeat(1024));
            for _ in 0..limit(&operation.path) / 1024 {
                socket.write_all(chunk.as_bytes()).unwrap();
            }
            // One byte more. The end never comes.
            socket.write_all(b"1\r\n \r\n").unwrap();
            let answer = raw::read_answer(&mut socket).unwrap();
            answer.assert_invariants(&operation.method, &operation.path);
            answer.assert_error(413, "body_too_large");
        });
    });
}

/// S46: the limit itself is taken.
#[test]
fn a_body_of_the_limit_is_read() {
    run(async {
        let app = TestApp::start(Backend::Sqlite).await;
        let keeper = app.admin().await;
        for operation in operations::with_json() {
            let limit = limit(&operation.path);
            let answer = operation.call(&keeper, " ".repeat(limit - 1) + "1").await;
            answer.assert_error(422, "invalid_fields");
            operation.call(&keeper, " ".repeat(limit) + "1").await.assert_error(413, "body_too_large");
        }
    });
}

/// S46: bodies without end cost no memory.
#[test]
fn endless_bodies_cost_no_memory() {
    let server = Process::start(&[]);
    let memory = || {
        let status = fs::read_to_string(format!("/proc/{}/status", server.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap().to_owned();
        line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap()
    };
    let pour = || {
        let mut socket = raw::connect(server.address()).unwrap();
        let head = head("POST", "/api/auth/login", "x", "Transfer-Encoding: chunked");
        socket.write_all(head.as_bytes()).unwrap();
        let chunk = format!("100000\r\n{}\r\n", " ".repeat(1 << 20));
        // Until the server hangs up.
        let begun = Instant::now();
        let poured =
            std::iter::repeat_with(|| socket.write_all(chunk.as_bytes())).take_while(Result::is_ok).count();
        assert!(begun.elapsed() < Duration::from_secs(4), "{:?}", begun.elapsed());
        poured
    };
    pour();
    let before = memory();
    let poured: usize = (0..3).map(|_| pour()).sum();
    let grown = memory().saturating_sub(before);
    assert!(grown < 16 * 1024, "{grown} KiB for {poured} MiB");
}
