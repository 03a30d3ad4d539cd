//! The names the server answers to.

use crate::harness::client::Answer;
use crate::harness::{Backend, TestApp, raw, run};

fn ask(app: &TestApp, path: &str, headers: &str) -> Answer {
    let request = format!("GET {path} HTTP/1.1\r\nConnection: close\r\n{headers}\r\n");
    let answer = raw::Request::bytes(app.address(), request).send().unwrap();
    answer.assert_invariants(&reqwest::Method::GET, path);
    answer
}

const HOSTS: &[&str] = &["--allowed-hosts", "accounts.example.org,.example.net,[::1]"];

#[test]
fn a_listed_host_is_served_in_any_spelling() {
    run(async {
        let app = TestApp::start_with(Backend::Sqlite, HOSTS).await;
        for host in [
            "accounts.example.org",
            "ACCOUNTS.Example.ORG",
            "accounts.example.org:443",
            "accounts.example.org.",
            "example.net",
            "a.b.example.net:8080",
            "[::1]",
            "[::1]:8080",
        ] {
            ask(&app, "/openapi.json", &format!("Host: {host}\r\n")).assert_status(200);
        }
    });
}

/// A host that is not ours ends in links, caches and redirects: 400, whatever is asked for.
#[test]
fn any_other_host_is_refused() {
    run(async {
        let app = TestApp::start_with(Backend::Sqlite, HOSTS).await;
        for host in [
            "evil.com",
            "accounts.example.org.evil.com",
            "evilaccounts.example.org",
            "sub.accounts.example.org",
            "evilexample.net",
            ".example.net",
            "accounts.example.org@evil.com",
            "user@accounts.example.org",
            "accounts.example.org:evil.com",
            "accounts.example.org:80:80",
            "accounts.example.org/",
            "accounts.example.org evil.com",
            "accounts.example.org,evil.com",
            "accounts.example.org\u{e9}",
            "127.0.0.1",
            "localhost",
            "[::1",
            "[::1]evil.com",
            "*",
            "",
        ] {
            for path in ["/openapi.json", "/api/auth/profile", "/api/nothing", "/docs/"] {
                let answer = ask(&app, path, &format!("Host: {host}\r\n"));
                assert_eq!((answer.status, answer.code()), (400, "host_not_allowed"), "{host} {path}");
                assert!(!answer.text.contains("evil"), "{}", answer.text);
            }
        }
        // Without any, the parser itself refuses.
        let none = "GET /openapi.json HTTP/1.1\r\n\r\n";
        let none = raw::Request::bytes(app.address(), none).send().unwrap();
        assert_eq!((none.status, none.text.as_str()), (400, ""));
        let old = "GET /openapi.json HTTP/1.0\r\n\r\n";
        let old = raw::Request::bytes(app.address(), old).send().unwrap();
        old.assert_error(400, "host_not_allowed");
    });
}

/// What names the host in another place counts where it must agree, and else for nothing.
#[test]
fn no_other_word_about_the_host_is_believed() {
    run(async {
        let app = TestApp::start_with(Backend::Sqlite, HOSTS).await;
        let ours = "Host: accounts.example.org\r\n";
        for header in ["X-Forwarded-Host", "X-Host", "Forwarded", "X-Original-Url", "X-Rewrite-Url"] {
            let answer = ask(&app, "/docs", &format!("{ours}{header}: evil.com\r\n"));
            answer.assert_status(308);
            assert_eq!(answer.header("location"), Some("/docs/"), "{header}");
        }
        ask(&app, "http://accounts.example.org/openapi.json", ours).assert_status(200);
        ask(&app, "http://evil.com/openapi.json", ours).assert_error(400, "host_not_allowed");
        ask(&app, "http://accounts.example.org/openapi.json", "Host: evil.com\r\n")
            .assert_error(400, "host_not_allowed");
    });
}

/// Probes ask by address.
#[test]
fn health_is_told_to_any_host() {
    run(async {
        let app = TestApp::start_with(Backend::Sqlite, HOSTS).await;
        for path in ["/health/live", "/health/ready"] {
            ask(&app, path, "Host: 10.1.2.3:8080\r\n").assert_status(200);
        }
        for path in ["/health/../openapi.json", "/health", "/healthy/x", "/health/%2e%2e/openapi.json"] {
            let status = ask(&app, path, "Host: evil.com\r\n").status;
            assert!(matches!(status, 400 | 404), "{path}: {status}");
        }
    });
}

#[test]
fn by_default_the_public_host_and_loopback_are_served() {
    run(async {
        let app = TestApp::start_with(Backend::Sqlite, &["--public-url", "https://id.example.org"]).await;
        for (host, status) in [
            ("id.example.org", 200),
            ("localhost:8080", 200),
            ("127.0.0.1", 200),
            ("[::1]", 200),
            ("example.org", 400),
            ("evil.com", 400),
        ] {
            assert_eq!(ask(&app, "/openapi.json", &format!("Host: {host}\r\n")).status, status, "{host}");
        }
    });
}
