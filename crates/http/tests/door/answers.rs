//! What every answer looks like.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use tracing_subscriber::fmt::MakeWriter;
use vestibule_http::Rules;

use crate::harness::{Answer, Server, read_one, rules};

/// Requests that end in each status, and it.
const ALL_SORTS: [(&str, &str, u16); 13] = [
    ("GET /ok", "", 200),
    ("GET /moved", "", 302),
    ("GET /ok", "Authorization: Bearer a\r\nAuthorization: Bearer b\r\n", 400),
    ("POST /unread", "", 401),
    ("OPTIONS /ok", "Origin: https://evil.com\r\nAccess-Control-Request-Method: GET\r\n", 403),
    ("GET /nowhere", "", 404),
    ("DELETE /ok", "", 405),
    ("TRACE /ok", "", 405),
    ("POST /echo", "Content-Length: 3\r\n", 408),
    ("POST /echo", "Content-Length: 70000\r\n", 413),
    ("POST /echo", "Content-Length: 1\r\nContent-Encoding: gzip\r\n", 415),
    ("GET /fails", "", 500),
    ("GET /refused", "", 503),
];

fn is_dressed(answer: &Answer) {
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("cache-control", "no-store"),
    ] {
        assert_eq!(answer.header(name), Some(value), "{name} on {}", answer.status);
    }
    assert!(answer.header("permissions-policy").is_some());
    assert!(answer.header("content-security-policy").unwrap().starts_with("default-src 'none';"));
    assert_eq!(answer.header("x-request-id").map(str::len), Some(32));
    assert_eq!(answer.header("server"), None);
    assert_eq!(answer.header("strict-transport-security"), None);
}

/// S53: no answer leaves without them, errors included.
#[test]
fn every_answer_carries_the_security_headers() {
    let server = Server::start(rules());
    for (request, headers, status) in ALL_SORTS {
        let answer = server.ask(request, headers);
        assert_eq!(answer.status, status, "{request}");
        is_dressed(&answer);
    }
    let panicked = server.ask("GET /panics", "");
    assert_eq!(panicked.status, 500);
    is_dressed(&panicked);
}

/// S59: whatever fails, it fails in the face's form and tells nothing of the inside.
#[test]
fn every_fault_is_in_form() {
    let server = Server::start(rules());
    for (request, headers, status) in ALL_SORTS.into_iter().filter(|sort| sort.2 >= 400 && sort.2 != 401) {
        let answer = server.ask(request, headers);
        let form = format!("in form: {status} {}", answer.header("x-request-id").unwrap());
        assert_eq!((answer.body, request), (form, request));
    }
    let own = server.ask("POST /unread", "");
    assert_eq!(own.body, "who are you?");
    let busy = server.ask("GET /refused", "");
    assert_eq!(busy.header("retry-after"), Some("3"));
}

#[test]
fn what_a_handler_sets_stands() {
    let answer = Server::start(rules()).ask("GET /styled", "");
    assert_eq!(answer.header("cache-control"), Some("max-age=60"));
    assert_eq!(answer.header("content-security-policy"), Some("default-src 'self'"));
    assert_eq!(answer.header("cross-origin-resource-policy"), Some("cross-origin"));
}

/// S53, S85: browsers are told to stay with https where the public address is https, and nowhere else.
#[test]
fn https_is_asked_for_where_it_is_public() {
    let server = Server::start(Rules { public_https: true, ..rules() });
    for request in ["GET /ok", "GET /nowhere", "GET /panics"] {
        let answer = server.ask(request, "");
        assert_eq!(answer.header("strict-transport-security"), Some("max-age=31536000"), "{request}");
    }
}

/// S59: a panic costs one answer, not the process, the worker or the connection.
#[test]
fn a_panic_is_one_answer() {
    let server = Server::start(rules());
    let mut stream = server.connect();
    for _ in 0..3 {
        stream.write_all(b"GET /panics HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
        let answer = read_one(&mut stream);
        assert_eq!(answer.status, 500);
        assert!(!answer.body.contains("inside"));
        stream.write_all(b"GET /ok HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
        assert_eq!(read_one(&mut stream).body, "fine");
    }
}

/// S72: HEAD tells what GET would, without the body, and the connection goes on.
#[test]
fn head_is_get_without_its_body() {
    let server = Server::start(rules());
    for path in ["/ok", "/nowhere", "/panics"] {
        let get = server.ask(&format!("GET {path}"), "");
        let head = server.ask(&format!("HEAD {path}"), "");
        assert_eq!((head.status, head.body.as_str()), (get.status, ""), "{path}");
        assert_eq!(head.header("content-length"), get.header("content-length"));
        assert_eq!(head.header("content-type"), get.header("content-type"));
    }
    let mut stream = server.connect();
    stream.write_all(b"HEAD /ok HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    stream.write_all(b"GET /ok HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
    let text = io::read_to_string(stream).unwrap();
    assert_eq!(text.matches("fine").count(), 1);
    assert_eq!(text.matches("HTTP/1.1 200 OK").count(), 2);
}

/// S72: what nobody serves is refused, with what is served.
#[test]
fn unknown_methods_are_refused() {
    let server = Server::start(rules());
    for request in ["TRACE /ok", "CONNECT localhost:80", "DELETE /ok", "PROPFIND /ok"] {
        let answer = server.ask(request, "");
        assert_eq!(answer.status, 405, "{request}");
        assert!(answer.header("allow").is_some_and(|allow| allow.contains("GET")), "{request}");
    }
}

/// S49, S72: the body that HEAD leaves out never stands where a client would look for the next answer.
#[test]
fn a_pipelined_head_sends_no_body() {
    let server = Server::start(rules());
    for path in ["/slow/100", "/streamed/100"] {
        let mut stream = server.connect();
        let head = format!("HEAD {path} HTTP/1.1\r\nHost: localhost\r\n\r\n");
        let get = "GET /ok HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
        stream.write_all((head + get).as_bytes()).unwrap();
        let text = io::read_to_string(stream).unwrap();
        let (first, second) = text.split_once("\r\n\r\n").unwrap();
        assert!(first.starts_with("HTTP/1.1 200") && second.starts_with("HTTP/1.1 200"), "{text}");
        assert!(second.ends_with("\r\n\r\nfine"), "{text}");
    }
}

#[test]
fn a_request_keeps_its_well_formed_id_and_no_other() {
    let server = Server::start(rules());
    for request in ["GET /ok", "GET /nowhere", "GET /panics"] {
        let answer = server.ask(request, "X-Request-Id: from-the-proxy.1\r\n");
        assert_eq!(answer.header("x-request-id"), Some("from-the-proxy.1"));
        let answer = server.ask(request, "X-Request-Id: not one\r\n");
        assert_eq!(answer.header("x-request-id").map(str::len), Some(32));
    }
    let answer = server.ask("GET /who", "");
    assert!(answer.body.ends_with(answer.header("x-request-id").unwrap()));
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// S57: one line a request, from which no query, header or body can be read and into which nobody can write another.
#[test]
fn the_access_log_says_who_and_what_and_no_secret() {
    let log = Log::default();
    let lines = tracing_subscriber::fmt().with_writer(log.clone()).with_ansi(false).finish();
    tracing::subscriber::set_global_default(lines).unwrap();
    let server = Server::start(Rules { access_log: true, ..rules() });
    let canary = "Authorization: Bearer canary\r\nCookie: canary\r\nX-Request-Id: known-by-this-name\r\n";
    server.ask("GET /who?token=canary", canary);
    server.ask("GET /no\u{1b}where\u{202e}?canary", "X-Request-Id: canary\u{1b}[31m\r\n");
    server.ask("GET /panics?canary", "X-Request-Id: the-one-that-fell\r\n");
    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    let access = text.lines().find(|line| line.contains("known-by-this-name")).unwrap();
    for part in
        ["access: ", "method=GET", "path=\"/who\"", "status=200", "ms=", "client=127.0.0.1", "user=42"]
    {
        assert!(access.contains(part), "{part} in {access}");
    }
    let told = |line: &&str| line.contains("a handler panicked") && line.contains("=the-one-that-fell");
    assert_eq!(text.lines().filter(told).count(), 1);
    let fell = text.lines().find(told).unwrap();
    for part in ["path=\"/panics\"", "the inside of the house", "harness.rs:"] {
        assert!(fell.contains(part), "{part} in {fell}");
    }
    assert!(!text.contains("canary") && !text.contains('\u{1b}') && !text.contains('\u{202e}'), "{text}");
}
