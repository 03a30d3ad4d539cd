//! Bodies that are too long, too slow, or read by nobody.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use vestibule_http::Connections;

use crate::harness::{Answer, PACE, Server, read_one, read_to_close, rules};

/// How long actix waits for a client to leave after an answer.
const LINGER: Duration = Duration::from_secs(1);
const SLACK: Duration = Duration::from_millis(900);

fn post(server: &Server, path: &str, headers: &str) -> TcpStream {
    let mut stream = server.connect();
    write!(stream, "POST {path} HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n").unwrap();
    stream
}

/// Feeds `part` every 50 ms from another thread, for as long as anybody takes it.
fn trickle(stream: &TcpStream, part: &'static str) {
    let mut stream = stream.try_clone().unwrap();
    thread::spawn(move || {
        while stream.write_all(part.as_bytes()).is_ok() {
            thread::sleep(Duration::from_millis(50));
        }
    });
}

fn is_cut_off(answer: &Answer, at_least: Duration, at_most: Duration) {
    assert_eq!(answer.status, 408);
    assert_eq!(answer.header("connection"), Some("close"));
    assert!(answer.body.starts_with("in form: 408"));
    assert!(answer.took >= at_least && answer.took < at_most + LINGER + SLACK, "{:?}", answer.took);
}

/// S46: a declared length above the limit is refused before a byte of it is awaited.
#[test]
fn a_declared_length_above_the_limit_is_refused_at_once() {
    let server = Server::start(rules());
    let mut stream = post(&server, "/echo", "Content-Length: 65537\r\n");
    let answer = read_one(&mut stream);
    assert_eq!(answer.status, 413);
    assert!(answer.took < PACE.pause, "{:?}", answer.took);
}

/// S46: the limit counts what comes, whatever was declared, and each route has its own.
#[test]
fn the_limit_holds_byte_by_byte() {
    let server = Server::start(rules());
    let sized = |path: &str, length: usize| {
        let mut stream = post(&server, path, &format!("Content-Length: {length}\r\nConnection: close\r\n"));
        // The server may answer and close before it has read everything.
        let _refused = stream.write_all(&vec![b'x'; length]);
        read_to_close(&mut stream)
    };
    assert_eq!(sized("/echo", 65_536).body, "65536");
    assert_eq!(sized("/echo", 65_537).status, 413);
    assert_eq!(sized("/echo/large", 200_000).body, "200000");
    assert_eq!(sized("/echo/large", 200_001).status, 413);

    let chunked = |chunks: usize| {
        let mut stream = post(&server, "/echo", "Transfer-Encoding: chunked\r\nConnection: close\r\n");
        for _ in 0..chunks {
            let _refused = write!(stream, "400\r\n{}\r\n", "x".repeat(1024));
        }
        let _refused = write!(stream, "0\r\n\r\n");
        read_to_close(&mut stream)
    };
    assert_eq!(chunked(64).body, "65536");
    let answer = chunked(65);
    assert_eq!(answer.status, 413);
    assert!(answer.body.starts_with("in form: 413"));
    assert_eq!(chunked(2000).status, 413);
}

/// S46: what is compressed may be any size, so it is not taken.
#[test]
fn a_compressed_body_is_refused() {
    let server = Server::start(rules());
    for (coding, status) in [("gzip", 415), ("br", 415), ("gzip, identity", 415), ("identity", 200)] {
        let headers = format!("Content-Length: 1\r\nConnection: close\r\nContent-Encoding: {coding}\r\n");
        let mut stream = post(&server, "/echo", &headers);
        stream.write_all(b"x").unwrap();
        assert_eq!(read_to_close(&mut stream).status, status, "{coding}");
    }
}

/// S48: a body that stops is given up after the longest pause.
#[test]
fn a_stalled_body_is_given_up() {
    let server = Server::start(rules());
    for framing in ["Content-Length: 100\r\n", "Transfer-Encoding: chunked\r\n"] {
        let mut stream = post(&server, "/echo", framing);
        stream.write_all(b"5\r\n").unwrap();
        is_cut_off(&read_to_close(&mut stream), PACE.pause, PACE.pause);
    }
}

/// S48: a body that trickles is given up when its grace is used up, however regularly it comes.
#[test]
fn a_trickling_body_is_given_up() {
    let server = Server::start(rules());
    for (framing, part) in
        [("Content-Length: 1000\r\n", "x"), ("Transfer-Encoding: chunked\r\n", "1\r\nx\r\n")]
    {
        let mut stream = post(&server, "/echo", framing);
        trickle(&stream, part);
        is_cut_off(&read_to_close(&mut stream), PACE.grace / 2, PACE.grace);
    }
}

/// S48: who is slow but fast enough is served.
#[test]
fn a_body_at_the_least_rate_is_taken() {
    let server = Server::start(rules());
    let mut stream = post(&server, "/echo", "Content-Length: 3000\r\nConnection: close\r\n");
    for _ in 0..15 {
        thread::sleep(Duration::from_millis(90));
        stream.write_all(&[b'x'; 200]).unwrap();
    }
    assert_eq!(read_to_close(&mut stream).body, "3000");
}

/// S48: a body that no handler reads does not hold its connection, whatever the answer and the framing.
#[test]
fn an_unread_slow_body_does_not_hold_its_connection() {
    let server = Server::start(rules());
    let framings = [("Content-Length: 1000\r\n", "x"), ("Transfer-Encoding: chunked\r\n", "1\r\nx\r\n")];
    for (path, status) in [("/unread", 401), ("/taken", 200), ("/nowhere", 404)] {
        for (framing, part) in framings {
            let mut stream = post(&server, path, framing);
            trickle(&stream, part);
            let answer = read_to_close(&mut stream);
            assert_eq!(answer.status, status);
            assert!(answer.took < LINGER + SLACK, "{path} {framing:?} {:?}", answer.took);
        }
    }
}

/// A body that came whole and was read by nobody costs no connection.
#[test]
fn an_unread_body_that_came_whole_keeps_the_connection() {
    let server = Server::start(rules());
    for (framing, body) in
        [("Content-Length: 5\r\n", "hello"), ("Transfer-Encoding: chunked\r\n", "1\r\nx\r\n0\r\n\r\n")]
    {
        let mut stream = server.connect();
        for path in ["/unread", "/nowhere", "/taken"] {
            // In one piece: had the body not come when the answer is ready, the connection would end, and rightly.
            let whole = format!("POST {path} HTTP/1.1\r\nHost: localhost\r\n{framing}\r\n{body}");
            stream.write_all(whole.as_bytes()).unwrap();
            assert_eq!(read_one(&mut stream).header("connection"), None, "{path} {framing}");
        }
    }
}

/// S48: a second head on a connection has its deadline too, and nobody at work is cut off by it.
#[test]
fn a_slow_second_head_is_given_up() {
    let idle = Duration::from_secs(1);
    let connections = Connections::new(0, rules().proxies).cutting_idle_after(idle).unwrap();
    let server = Server::start_with(rules(), connections);
    let mut held = server.connect();
    held.write_all(b"GET /ok HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    assert_eq!(read_one(&mut held).status, 200);
    held.write_all(b"GET /ok HTTP/1.1\r\nHost: localhost\r\nX-Slow: ").unwrap();
    trickle(&held, "x");

    let mut at_work = server.connect();
    let begun = Instant::now();
    while begun.elapsed() < idle * 2 {
        at_work.write_all(b"GET /slow/1300 HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
        assert_eq!(read_one(&mut at_work).body, "slow");
    }
    let answer = server.ask("GET /streamed/1800", "");
    assert!(answer.body.contains("later"), "{}", answer.body);
    let mut rest = Vec::new();
    let cut_off = held.read_to_end(&mut rest);
    assert!(begun.elapsed() < idle * 5 + SLACK, "{cut_off:?} after {:?}", begun.elapsed());
    assert!(!rest.starts_with(b"HTTP/1.1 200"));
}

/// S48, as the parser of actix has it: a head that does not end is given up after five seconds.
#[test]
fn a_slow_head_is_given_up() {
    let server = Server::start(rules());
    let mut stream = server.connect();
    stream.write_all(b"GET /ok HTTP/1.1\r\nHost: local").unwrap();
    let begun = Instant::now();
    assert_eq!(read_to_close(&mut stream).status, 408);
    assert!(begun.elapsed() < Duration::from_secs(7));
}
