//! Requests whose end two readers may see in two places (request smuggling), sent directly.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::SocketAddr;

use crate::harness::{Backend, TestApp, raw, run};

/// What nobody but an attacker would see answered.
const SMUGGLED: &str = "GET /health/live HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: smuggled\r\n\r\n";

/// A well-formed request, after which the server closes.
const LAST: &str = "GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

/// The head of a sign-in with `framing`, whose every line ends in CRLF.
fn login(framing: &str) -> String {
    format!(
        "POST /api/auth/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n{framing}\r\n"
    )
}

/// Sends everything and reads until the server closes or resets the connection.
fn exchange(address: SocketAddr, bytes: &str) -> String {
    let mut socket = raw::connect(address).unwrap();
    // The server may have hung up before it was all sent.
    let _refused = socket.write_all(bytes.as_bytes());
    let mut said = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        match socket.read(&mut chunk) {
            Ok(count) if count > 0 => said.extend_from_slice(&chunk[..count]),
            Err(error) if error.kind() == ErrorKind::WouldBlock => panic!("left open after {bytes:?}"),
            Ok(_) | Err(_) => return String::from_utf8_lossy(&said).into_owned(),
        }
    }
}

fn statuses(said: &str) -> Vec<&str> {
    said.match_indices("HTTP/1.1 ").map(|(start, _)| &said[start + 9..start + 12]).collect()
}

/// What is refused as a whole: what it is, and the bytes, behind which the smuggled request follows.
pub(crate) fn ambiguous() -> Vec<(&'static str, String)> {
    let chunked = "Transfer-Encoding: chunked\r\n";
    let body = |framing: &str, body: &str| login(framing) + body;
    vec![
        ("a length and chunks", body(&format!("Content-Length: 2\r\n{chunked}"), "0\r\n\r\n")),
        ("chunks and a length", body(&format!("{chunked}Content-Length: 2\r\n"), "0\r\n\r\n")),
        ("a length of nothing and chunks", body(&format!("Content-Length: 0\r\n{chunked}"), "0\r\n\r\n")),
        ("two lengths", body("Content-Length: 2\r\nContent-Length: 40\r\n", "{}")),
        ("the same length twice", body("Content-Length: 2\r\nContent-Length: 2\r\n", "{}")),
        ("a list of lengths", body("Content-Length: 2, 40\r\n", "{}")),
        ("a list of one length", body("Content-Length: 2, 2\r\n", "{}")),
        ("a length with a plus", body("Content-Length: +2\r\n", "{}")),
        ("a length with a minus", body("Content-Length: -2\r\n", "{}")),
        ("a length in hexadecimal", body("Content-Length: 0x2\r\n", "{}")),
        ("a length with a blank inside", body("Content-Length: 2 0\r\n", "{}")),
        ("a length with a letter", body("Content-Length: 2a\r\n", "{}")),
        ("no length after its name", body("Content-Length:\r\n", "{}")),
        ("a length beyond 64 bits", body("Content-Length: 99999999999999999999\r\n", "{}")),
        ("a blank before the colon", body("Content-Length : 2\r\n", "{}")),
        ("a tab before the colon", body("Transfer-Encoding\t: chunked\r\n", "0\r\n\r\n")),
        ("a blank before chunks' colon", body("Transfer-Encoding : chunked\r\n", "0\r\n\r\n")),
        ("an unknown coding", body("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n")),
        ("a quoted coding", body("Transfer-Encoding: \"chunked\"\r\n", "0\r\n\r\n")),
        ("a coding after chunks", body("Transfer-Encoding: chunked, identity\r\n", "0\r\n\r\n")),
        ("chunks in chunks", body("Transfer-Encoding: chunked, chunked\r\n", "0\r\n\r\n")),
        ("chunks and identity", body(&format!("{chunked}Transfer-Encoding: identity\r\n"), "0\r\n\r\n")),
        ("chunks twice", body(&format!("{chunked}{chunked}"), "0\r\n\r\n")),
        ("a control character before the coding", body("Transfer-Encoding: \x0bchunked\r\n", "0\r\n\r\n")),
        ("a folded line", body("X-Folded: a\r\n Transfer-Encoding: chunked\r\n", "0\r\n\r\n")),
        ("a folded length", body("Content-Length:\r\n 2\r\n", "{}")),
        ("a NUL in a name", body("Content-Length\0: 2\r\n", "{}")),
        ("a NUL in a value", body("Content-Length: 2\r\nX-Nul: a\0b\r\n", "{}")),
        ("a CR in a value", body("Content-Length: 2\r\nX-Cr: a\rContent-Length: 40\r\n", "{}")),
        ("a name in brackets", body("Content-Length: 2\r\n[x]: y\r\n", "{}")),
        ("a line without a colon", body("Content-Length: 2\r\nnonsense\r\n", "{}")),
        ("chunks in HTTP/1.0", body(chunked, "0\r\n\r\n").replacen("HTTP/1.1", "HTTP/1.0", 1)),
        ("a chunk's size with 0x", body(chunked, "0x2\r\n{}\r\n0\r\n\r\n")),
        ("a chunk's size with a minus", body(chunked, "-2\r\n{}\r\n0\r\n\r\n")),
        ("a chunk's size with a plus", body(chunked, "+2\r\n{}\r\n0\r\n\r\n")),
        ("a chunk's size beyond 64 bits", body(chunked, "10000000000000002\r\n{}\r\n0\r\n\r\n")),
        ("a chunk longer than its size", body(chunked, "2\r\n{}{}\r\n0\r\n\r\n")),
        ("a chunk's size ended by a line feed", body(chunked, "2\n{}\r\n0\r\n\r\n")),
        ("a chunk ended by a line feed", body(chunked, "2\r\n{}\n0\r\n\r\n")),
        ("a line feed in a chunk's extension", body(chunked, "2;x\n{}\r\n0\r\n\r\n")),
        ("no chunk's size", body(chunked, "\r\n{}\r\n0\r\n\r\n")),
        ("a request line of two blanks", "GET  /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n".to_owned()),
        ("another protocol", "GET /health/live HTTPS/1.1\r\nHost: localhost\r\n\r\n".to_owned()),
        ("a version to come", "GET /health/live HTTP/1.2\r\nHost: localhost\r\n\r\n".to_owned()),
        ("two hosts", "GET /openapi.json HTTP/1.1\r\nHost: localhost\r\nHost: evil.com\r\n\r\n".to_owned()),
    ]
}

/// S49: what two readers may understand in two ways is refused, and nothing behind it is read.
#[test]
fn an_ambiguous_request_is_refused_and_its_connection_closed() {
    run(async {
        let app = TestApp::start(Backend::Sqlite).await;
        let corpus = ambiguous();
        assert!(corpus.len() >= 25);
        let mut passed = Vec::new();
        for (name, request) in corpus {
            let said = exchange(app.address(), &(request + SMUGGLED));
            if statuses(&said) != ["400"] || said.contains("smuggled") {
                passed.push(format!("{name}: {:?}", statuses(&said)));
            }
        }
        assert!(passed.is_empty(), "{passed:#?}");
    });
}

/// S49: what can be understood in one way only is answered once, and what follows it once.
#[test]
fn an_unambiguous_request_is_answered_once() {
    let bodies = [
        ("a length", login("Content-Length: 2\r\n") + "{}"),
        ("a length with blanks around it", login("Content-Length: \t 2 \r\n") + "{}"),
        ("chunks", login("Transfer-Encoding: chunked\r\n") + "1\r\n{\r\n1\r\n}\r\n0\r\n\r\n"),
        ("chunks in capitals", login("TRANSFER-ENCODING: Chunked\r\n") + "2\r\n{}\r\n0\r\n\r\n"),
        ("a chunk's extension", login("Transfer-Encoding: chunked\r\n") + "2;a=b\r\n{}\r\n0\r\n\r\n"),
        ("zeros before a chunk's size", login("Transfer-Encoding: chunked\r\n") + "0002\r\n{}\r\n0\r\n\r\n"),
    ];
    run(async {
        let app = TestApp::start(Backend::Sqlite).await;
        for (name, request) in bodies {
            let said = exchange(app.address(), &(request + LAST));
            assert_eq!(statuses(&said), ["422", "200"], "{name}: {said}");
        }
        let unread = "DELETE /api/auth/profile HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}";
        let said = exchange(app.address(), &(unread.to_owned() + LAST));
        assert_eq!(statuses(&said), ["405", "200"], "{said}");
    });
}

/// S49: nothing speaks another protocol on a connection that began in the clear.
#[test]
fn a_connection_does_not_change_its_protocol() {
    let upgrades = [
        "GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade, HTTP2-Settings, close\r\n\
         Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n",
        "GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
    ];
    run(async {
        let app = TestApp::start(Backend::Sqlite).await;
        for upgrade in upgrades {
            let said = exchange(app.address(), &(upgrade.to_owned() + LAST));
            assert!(!statuses(&said).contains(&"101"), "{said}");
        }
        let said = exchange(app.address(), "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
        assert!(statuses(&said).iter().all(|status| *status == "400"), "{said}");
    });
}

/// S46: a head that is too long or has too many lines is refused.
#[test]
fn a_head_is_bounded() {
    run(async {
        let app = TestApp::start(Backend::Sqlite).await;
        let ask = |path: &str, headers: &str| {
            let request =
                format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}\r\n");
            exchange(app.address(), &request)
        };
        let lines = |count: usize| (0..count).map(|n| format!("X-{n}: y\r\n")).collect::<Vec<_>>().concat();
        assert_eq!(statuses(&ask("/health/live", &lines(90))), ["200"]);
        assert_eq!(statuses(&ask("/health/live", &lines(97))), ["431"]);
        let long = |length: usize| format!("X-Long: {}\r\n", "y".repeat(length));
        assert_eq!(statuses(&ask("/health/live", &long(100_000))), ["200"]);
        assert_eq!(statuses(&ask("/health/live", &long(200_000))), ["431"]);
        let path = |length: usize| format!("/api/{}", "x".repeat(length));
        assert_eq!(statuses(&ask(&path(8000), "")), ["404"]);
        assert_eq!(statuses(&ask(&path(200_000), "")), ["431"]);
    });
}
