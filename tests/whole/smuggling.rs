//! Requests whose end two readers may see in two places (request smuggling), sent through a real nginx.
//!
//! What nginx handed on and what the server answered is written down by each of them; the two lists must be one.

use std::fs;
use std::io::{Read as _, Write as _};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::deployed::{self, Nginx};
use crate::harness::{Process, raw, run};
use crate::protocol::framing;

/// The lines by which one reader finds chunks where another finds none.
const CHUNKED: &[&str] = &[
    "Transfer-Encoding: chunked",
    "Transfer-Encoding:\tchunked",
    "Transfer-Encoding: chunked ",
    "Transfer-Encoding : chunked",
    "Transfer-Encoding\t: chunked",
    " Transfer-Encoding: chunked",
    "TRANSFER-ENCODING: CHUNKED",
    "Transfer-Encoding: xchunked",
    "Transfer-Encoding: \x0bchunked",
    "Transfer-Encoding: \"chunked\"",
    "Transfer-Encoding: chunked, identity",
    "Transfer-Encoding: identity, chunked",
    "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked",
    "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
    "Transfer-Encoding:\r\n chunked",
    "Transfer_Encoding: chunked",
    "X-Folded: a\r\n\tTransfer-Encoding: chunked",
    "X-Cr: a\rTransfer-Encoding: chunked",
    "X-Lf: a\nTransfer-Encoding: chunked",
    "Connection: Transfer-Encoding\r\nTransfer-Encoding: chunked",
    "Connection: Content-Length",
    "Content_Length: 2",
    "Content-Length\0: 2",
];

fn login(framing: &str, body: &str) -> String {
    format!(
        "POST /api/auth/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n{framing}\r\n\r\n{body}"
    )
}

fn hidden(number: usize) -> String {
    format!("GET /hidden/{number} HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: hidden-{number}\r\n\r\n")
}

/// Everything a stranger might hide a request in, with the one to hide behind it or inside it.
fn attacks() -> Vec<String> {
    let behind = framing::ambiguous().into_iter().map(|(_, request)| request);
    let plain = [
        login("Content-Length: 2", "{}"),
        login("Transfer-Encoding: chunked", "1\r\n{\r\n1\r\n}\r\n0\r\n\r\n"),
        login("Transfer-Encoding: chunked", "2;a=b\r\n{}\r\n0\r\nX-Trailer: Content-Length: 40\r\n\r\n"),
    ];
    let mut attacks: Vec<_> = behind.chain(plain).collect();
    for (number, attack) in attacks.iter_mut().enumerate() {
        attack.push_str(&hidden(number));
    }
    for chunked in CHUNKED {
        // Whoever believes the length finds a body; whoever believes the chunks finds the end of one, and a request.
        let body = format!("0\r\n\r\n{}", hidden(attacks.len()));
        attacks.push(login(&format!("Content-Length: {}\r\n{chunked}", body.len()), &body));
        let body = format!("0\r\n\r\n{}", hidden(attacks.len()));
        attacks.push(login(&format!("{chunked}\r\nContent-Length: {}", body.len()), &body));
        // The other way round.
        let inside = hidden(attacks.len());
        let (size, body) = (format!("{:x}\r\n", inside.len()), format!("{inside}\r\n0\r\n\r\n"));
        attacks
            .push(login(&format!("Content-Length: {}\r\n{chunked}", size.len()), &format!("{size}{body}")));
    }
    attacks
}

/// Sends everything, and reads until nginx closes or nothing more is to be expected.
fn exchange(nginx: &Nginx, bytes: &str) -> String {
    let mut socket = raw::connect(nginx.address).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(1))).unwrap();
    let _refused = socket.write_all(bytes.as_bytes());
    let (mut said, mut chunk) = (Vec::new(), [0; 4096]);
    while let Ok(count @ 1..) = socket.read(&mut chunk) {
        said.extend_from_slice(&chunk[..count]);
    }
    String::from_utf8_lossy(&said).into_owned()
}

/// What nginx handed on: status, method and path of each.
fn handed_on(nginx: &Nginx) -> Vec<String> {
    let log = fs::read(nginx.folder().join("requests")).unwrap();
    let log = String::from_utf8_lossy(&log);
    let is_meant = |line: &&str| !line.starts_with('-') && !line.ends_with(" /health/ready");
    let mut lines: Vec<_> = log.lines().filter(is_meant).map(str::to_owned).collect();
    lines.sort();
    lines
}

/// What the server answered.
fn answered(node: &Process) -> Vec<String> {
    let said = node.said();
    let entries = said.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let entries = entries.filter(|entry| entry["target"] == "access" && entry["path"] != "/health/ready");
    let line = |entry: Value| {
        let word = |name: &str| entry[name].as_str().unwrap_or_default().to_owned();
        format!("{} {} {}", entry["status"], word("method"), word("path"))
    };
    let mut lines: Vec<_> = entries.map(line).collect();
    lines.sort();
    lines
}

/// S49: nginx and the server never disagree about where a request ends, and nobody gets an answer to what another sent.
#[test]
fn nobody_hides_a_request_in_another() {
    run(async {
        let node = deployed::node(&[("LOG_FORMAT", "json")]);
        let nginx = Nginx::before(&node);
        let attacks = attacks();
        assert!(attacks.len() >= 100, "{}", attacks.len());
        let last = "GET /last HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
        for (number, attack) in attacks.iter().enumerate() {
            exchange(&nginx, &format!("{attack}{last}"));
            // Somebody else, by a connection to the server that nginx keeps for all.
            let name = format!("guest-{number}");
            let guest = format!(
                "GET /guest/{number} HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: {name}\r\nConnection: close\r\n\r\n"
            );
            let answer = raw::Request::bytes(nginx.address, guest).send().unwrap();
            assert_eq!(
                (answer.status, answer.header("x-request-id")),
                (404, Some(&*name)),
                "after {attack:?}"
            );
        }
        let begun = Instant::now();
        while handed_on(&nginx) != answered(&node) && begun.elapsed() < Duration::from_secs(10) {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let (handed_on, answered) = (handed_on(&nginx), answered(&node));
        assert_eq!(handed_on, answered);
        // Bodies did get through, and so did requests that stood behind one openly: else this would show nothing.
        let count = |word: &str| answered.iter().filter(|line| line.contains(word)).count();
        assert!(count("POST /api/auth/login") >= 10 && count("GET /hidden/") >= 3, "{answered:#?}");
        assert_eq!(count("GET /guest/"), attacks.len());
    });
}
