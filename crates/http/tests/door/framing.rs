//! Requests whose end two readers might see in two places.

use crate::harness::{Server, rules};

const SMUGGLED: &str = "GET /ok HTTP/1.1\r\nHost: localhost\r\n\r\n";

/// S49: none of them is served, and what follows them on the connection is not either.
#[test]
fn ambiguous_framing_is_refused_and_closed() {
    let server = Server::start(rules());
    for headers in [
        "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n",
        "Content-Length: 0\r\nContent-Length: 4\r\n\r\n",
        "Content-Length: 4\r\nContent-Length: 4\r\n\r\nbody",
        "Content-Length: 0, 0\r\n\r\n",
        "Content-Length: +0\r\n\r\n",
        "Content-Length: -1\r\n\r\n",
        "Content-Length: 0x0\r\n\r\n",
        "Content-Length: 1e0\r\n\r\nx",
        "Content-Length: 99999999999999999999\r\n\r\n",
        "Content-Length: \r\n\r\n",
        "Content-Length : 0\r\n\r\n",
        " Content-Length: 0\r\n\r\n",
        "X-Folded: a\r\n b\r\n\r\n",
        "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding:\u{b}chunked\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding\r\n: chunked\r\n\r\n0\r\n\r\n",
        "Bad Name: x\r\n\r\n",
        "Bad\u{0}: x\r\n\r\n",
        "X-Value: a\u{0}b\r\n\r\n",
        ": x\r\n\r\n",
    ] {
        let answer = server.send(&format!("POST /taken HTTP/1.1\r\nHost: localhost\r\n{headers}{SMUGGLED}"));
        assert_eq!((answer.status, headers), (400, headers));
        assert!(!answer.body.contains("fine"), "{headers:?} let another request through");
    }
}

/// S49: a chunk whose length is in doubt ends the body as broken, and the connection.
#[test]
fn an_ambiguous_chunk_is_refused_and_closed() {
    let server = Server::start(rules());
    for chunks in
        ["x\r\n", "-1\r\n", "0x1\r\na\r\n", "1\r\naX\r\n", "ffffffffffffffffff\r\n", "1 1\r\na\r\n", "\r\n"]
    {
        let head = "POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n";
        let answer = server.send(&format!("{head}{chunks}0\r\n\r\n{SMUGGLED}"));
        assert_eq!((answer.status, chunks), (400, chunks));
        assert!(!answer.body.contains("fine"), "{chunks:?} let another request through");
    }
}

/// S46: neither many headers nor long ones get further than the parser.
#[test]
fn too_many_or_too_long_headers_are_refused() {
    let server = Server::start(rules());
    let many = |count| (0..count).fold(String::new(), |lines, number| lines + &format!("X-{number}: y\r\n"));
    assert_eq!(server.ask("GET /ok", &many(90)).status, 200);
    assert!(matches!(server.ask("GET /ok", &many(97)).status, 400 | 431));
    let long = format!("X-Long: {}\r\n", "y".repeat(200_000));
    assert!(matches!(server.ask("GET /ok", &long).status, 400 | 431));
    let path = format!("GET /{}", "y".repeat(200_000));
    assert!(matches!(server.ask(&path, "").status, 400 | 414 | 431));
}
