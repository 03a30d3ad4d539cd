//! Who may come in, and who a caller is taken for.

use std::io::Write;
use std::time::Duration;

use vestibule_http::{Connections, Rules};

use crate::harness::{Server, read_one, read_to_close, rules};

/// S07: a request for another host is refused before any handler, however it is named.
#[test]
fn only_our_hosts_are_served() {
    let server = Server::start(rules());
    let ask = |target: &str, hosts: &str| {
        server.send(&format!("GET {target} HTTP/1.1\r\n{hosts}Connection: close\r\n\r\n")).status
    };
    assert_eq!(ask("/ok", "Host: localhost:8080\r\n"), 200);
    assert_eq!(ask("/ok", "Host: app.example.org\r\n"), 200);
    assert_eq!(ask("http://localhost/ok", "Host: localhost\r\n"), 200);
    for (target, hosts) in [
        ("/ok", "Host: evil.com\r\n"),
        ("/ok", "Host: localhost.evil.com\r\n"),
        ("/ok", "Host: localhost@evil.com\r\n"),
        ("/ok", "Host: evil.com:80@localhost\r\n"),
        ("/ok", "Host: evilexample.org\r\n"),
        ("/ok", "Host: \r\n"),
        ("/ok", "Host: localhost\r\nHost: localhost\r\n"),
        ("/ok", "Host: localhost\r\nHost: evil.com\r\n"),
        ("/ok", ""),
        ("/ok", "X-Forwarded-Host: localhost\r\nHost: evil.com\r\n"),
        ("http://evil.com/ok", "Host: localhost\r\n"),
        ("http://localhost/ok", "Host: evil.com\r\n"),
        ("http://localhost@evil.com/ok", "Host: localhost\r\n"),
    ] {
        assert_eq!(ask(target, hosts), 400, "{target} {hosts:?}");
    }
}

#[test]
fn health_is_told_to_whoever_asks() {
    let server = Server::start(rules());
    let answer = server.send("GET /health/live HTTP/1.1\r\nHost: 10.0.0.7:8080\r\nConnection: close\r\n\r\n");
    assert_eq!(answer.body, "alive");
}

/// S73: two credentials are none.
#[test]
fn a_repeated_authorization_is_refused() {
    let server = Server::start(rules());
    assert_eq!(server.ask("GET /ok", "Authorization: Bearer a\r\nAuthorization: Bearer a\r\n").status, 400);
    assert_eq!(server.ask("GET /ok", "Authorization: Bearer a\r\n").status, 200);
}

const UNLISTED: [&str; 8] = [
    "https://evil.com",
    "null",
    "http://app.example.org",
    "https://app.example.org.evil.com",
    "https://evilapp.example.org",
    "https://APP.example.org",
    "https://app.example.org:8443",
    "*",
];

/// S50: what is not listed as a whole gets nothing, on any answer, and no preflight.
#[test]
fn only_listed_origins_may_call_from_a_browser() {
    let server = Server::start(Rules { origins: "https://app.example.org".parse().unwrap(), ..rules() });
    let preflight = |origin: &str| {
        server.ask("OPTIONS /ok", &format!("Origin: {origin}\r\nAccess-Control-Request-Method: PUT\r\n"))
    };
    for origin in UNLISTED {
        for request in ["GET /ok", "GET /nowhere", "GET /panics"] {
            let answer = server.ask(request, &format!("Origin: {origin}\r\n"));
            assert_eq!(answer.header("access-control-allow-origin"), None, "{origin}");
            assert_eq!(answer.header("vary"), Some("origin"));
        }
        let answer = preflight(origin);
        assert_eq!(answer.status, 403, "{origin}");
        assert!(answer.headers.iter().all(|(name, _)| !name.starts_with("access-control")));
        assert!(answer.body.starts_with("in form: 403"));
    }
    for request in ["GET /ok", "GET /nowhere", "GET /panics", "DELETE /ok"] {
        let answer = server.ask(request, "Origin: https://app.example.org\r\n");
        assert_eq!(answer.header("access-control-allow-origin"), Some("https://app.example.org"));
        assert!(answer.header("access-control-expose-headers").unwrap().contains("X-Request-Id"));
        assert_eq!(answer.header("access-control-allow-credentials"), None);
    }
    let allowed = preflight("https://app.example.org");
    assert_eq!(allowed.status, 204);
    assert_eq!(allowed.header("access-control-allow-origin"), Some("https://app.example.org"));
    assert_eq!(allowed.header("access-control-max-age"), Some("600"));
    assert!(allowed.header("access-control-allow-methods").unwrap().contains("PATCH"));
    assert!(allowed.header("access-control-allow-headers").unwrap().contains("Authorization"));
    assert!(allowed.header("vary").unwrap().starts_with("Origin"));
    assert_eq!(server.ask("GET /ok", "").header("vary"), Some("origin"));
}

/// S50: it is off until somebody lists an origin.
#[test]
fn no_origin_is_let_in_by_default() {
    let server = Server::start(rules());
    let answer = server.ask("GET /ok", "Origin: https://app.example.org\r\n");
    assert_eq!((answer.status, answer.header("access-control-allow-origin")), (200, None));
    assert_eq!(answer.header("vary"), None);
}

const CLAIMS: [&str; 15] = [
    "X-Forwarded-For: 1.1.1.1",
    "X-Forwarded-For: 1.1.1.1\r\nX-Forwarded-For: 2.2.2.2",
    "X_Forwarded_For: 1.1.1.1",
    "X-Forwarded_For: 1.1.1.1",
    "X-Real-IP: 1.1.1.1",
    "Forwarded: for=1.1.1.1;proto=https",
    "CF-Connecting-IP: 1.1.1.1",
    "True-Client-IP: 1.1.1.1",
    "X-Client-IP: 1.1.1.1",
    "X-Cluster-Client-IP: 1.1.1.1",
    "X-Forwarded-Proto: https",
    "X-Forwarded-Ssl: on",
    "Remote-User: admin",
    "X-Remote-User: admin",
    "X-User-ID: 1",
];

/// S37, S75, S85: a stranger is who its connection says, whatever it claims.
#[test]
fn an_untrusted_peer_is_not_believed() {
    let server = Server::start(rules());
    for claim in CLAIMS {
        let answer = server.ask("GET /who", &format!("{claim}\r\n"));
        assert!(answer.body.starts_with("127.0.0.1 http "), "{claim}: {}", answer.body);
    }
}

/// S37: behind a trusted proxy the right-most hop that is not ours counts, and only in its header.
#[test]
fn a_trusted_proxy_is_believed_about_its_client() {
    let server = Server::start(Rules { proxies: "127.0.0.0/8, 10.0.0.0/8".parse().unwrap(), ..rules() });
    for (claim, expected) in [
        ("X-Forwarded-For: 203.0.113.9", "203.0.113.9 http"),
        ("X-Forwarded-For: 1.1.1.1, 203.0.113.9, 10.1.1.1", "203.0.113.9 http"),
        ("X-Forwarded-For: 1.1.1.1\r\nX-Forwarded-For: 203.0.113.9", "203.0.113.9 http"),
        ("X-Forwarded-For: [2001:db8::9]:443\r\nX-Forwarded-Proto: https", "2001:db8::9 https"),
        ("X-Forwarded-For: 1.1.1.1, unknown", "127.0.0.1 http"),
        ("X_Forwarded_For: 1.1.1.1\r\nX-Real-IP: 1.1.1.1\r\nForwarded: for=1.1.1.1", "127.0.0.1 http"),
    ] {
        let answer = server.ask("GET /who", &format!("{claim}\r\n"));
        assert!(answer.body.starts_with(expected), "{claim}: {}", answer.body);
    }
}

/// S48: one address cannot hold every connection, and gets its seats back.
#[test]
fn a_connection_too_many_is_told_so_and_closed() {
    let server = Server::start_with(rules(), Connections::new(2, rules().proxies));
    let mut seated = [server.connect(), server.connect()];
    for stream in &mut seated {
        stream.write_all(b"GET /ok HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
        assert_eq!(read_one(stream).status, 200);
    }
    let mut third = server.connect();
    third.write_all(b"GET /ok HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    let answer = read_to_close(&mut third);
    assert_eq!((answer.status, answer.header("retry-after")), (503, Some("1")));
    drop(seated);
    std::thread::sleep(Duration::from_millis(200));
    assert_eq!(server.ask("GET /ok", "").status, 200);
}
