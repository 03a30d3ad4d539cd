//! Which pages of other origins may call from a browser.

use reqwest::Method;
use serde_json::Value;

use crate::harness::client::{Answer, Client};
use crate::harness::{Backend, Process, TestApp, run};

const LISTED: &str = "https://app.example.org,http://localhost:3000";

/// Origins that look like a listed one, or like nothing at all.
const OTHERS: [&str; 18] = [
    "https://evil.com",
    "null",
    "NULL",
    "http://app.example.org",
    "https://app.example.org.evil.com",
    "https://evilapp.example.org",
    "https://evil.app.example.org",
    "https://example.org",
    "https://APP.example.org",
    "HTTPS://app.example.org",
    "https://app.example.org:443",
    "https://app.example.org:8443",
    "https://app.example.org/",
    "https://app.example.org.",
    "https://app.example.org@evil.com",
    "https://app.example.org, https://evil.com",
    "http://localhost",
    "*",
];

async fn ask(client: &Client, method: Method, path: &str, origin: &str) -> Answer {
    client.send(client.request(method, path).header("origin", origin.as_bytes())).await
}

async fn preflight(client: &Client, path: &str, origin: &str) -> Answer {
    let request = client.request(Method::OPTIONS, path).header("origin", origin.as_bytes());
    let request = request.header("access-control-request-method", "PATCH");
    client.send(request.header("access-control-request-headers", "authorization, x-evil")).await
}

fn assert_closed(answer: &Answer, about: &str) {
    let open = answer.headers.keys().find(|name| name.as_str().starts_with("access-control-"));
    assert_eq!(open, None, "{about}");
}

/// S50: a listed origin may read every answer, errors included, and never with a browser's cookies.
#[test]
fn a_listed_origin_may_call() {
    run(async {
        let app = TestApp::start_with(Backend::Sqlite, &["--cors-allowed-origins", LISTED]).await;
        let stranger = app.anonymous();
        for origin in LISTED.split(',') {
            for path in ["/health/live", "/api/auth/profile", "/nothing", "/openapi.json"] {
                let answer = ask(&stranger, Method::GET, path, origin).await;
                assert_eq!(answer.header("access-control-allow-origin"), Some(origin), "{path}");
                assert_eq!(answer.header("access-control-allow-credentials"), None, "{path}");
                let exposed = answer.header("access-control-expose-headers").unwrap();
                assert!(exposed.contains("X-Request-Id") && exposed.contains("Retry-After"), "{exposed}");
                assert_eq!(answer.header("vary").map(str::to_lowercase).as_deref(), Some("origin"), "{path}");
            }
            for path in ["/api/auth/profile", "/api/auth/login", "/nothing"] {
                let answer = preflight(&stranger, path, origin).await;
                answer.assert_status(204);
                assert_eq!(answer.header("access-control-allow-origin"), Some(origin));
                assert_eq!(answer.header("access-control-allow-credentials"), None);
                assert_eq!(
                    answer.header("access-control-allow-methods"),
                    Some("GET, HEAD, POST, PUT, PATCH, DELETE")
                );
                // Our own list, not what was asked for.
                assert_eq!(
                    answer.header("access-control-allow-headers"),
                    Some(
                        "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, X-Request-Id"
                    )
                );
                assert_eq!(answer.header("access-control-max-age"), Some("600"));
                assert!(answer.header("vary").unwrap().starts_with("Origin"));
            }
        }
    });
}

/// S50: nothing is reflected and no part of a name is enough.
#[test]
fn every_other_origin_stays_outside() {
    run(async {
        let app = TestApp::start_with(Backend::Sqlite, &["--cors-allowed-origins", LISTED]).await;
        let stranger = app.anonymous();
        for origin in OTHERS {
            let answer = ask(&stranger, Method::GET, "/health/live", origin).await;
            answer.assert_status(200);
            assert_closed(&answer, origin);
            assert_eq!(answer.header("vary").map(str::to_lowercase).as_deref(), Some("origin"), "{origin}");
            let answer = preflight(&stranger, "/api/auth/profile", origin).await;
            answer.assert_error(403, "origin_not_allowed");
            assert_closed(&answer, origin);
        }
        let twice = stranger.request(Method::GET, "/health/live");
        let twice = twice.header("origin", "https://app.example.org").header("origin", "https://evil.com");
        assert_closed(&stranger.send(twice).await, "two origins");
        let none = stranger.get("/health/live").await;
        assert_closed(&none, "no origin");
        assert!(
            none.header("vary").is_some_and(|vary| vary.eq_ignore_ascii_case("origin")),
            "caches must know"
        );
    });
}

/// S50: off by default.
#[test]
fn without_a_list_no_origin_may_call() {
    run(async {
        let app = TestApp::start(Backend::Sqlite).await;
        let stranger = app.anonymous();
        for origin in OTHERS.into_iter().chain(LISTED.split(',')) {
            assert_closed(&ask(&stranger, Method::GET, "/health/live", origin).await, origin);
            let answer = preflight(&stranger, "/api/auth/profile", origin).await;
            answer.assert_error(403, "origin_not_allowed");
            assert_closed(&answer, origin);
        }
    });
}

/// S50, S57: a refused origin is told to the operator, once a request, and cannot write a line of its own.
#[test]
fn refused_origins_are_logged() {
    let mut server = Process::start(&[("LOG_FORMAT", "json"), ("CORS_ALLOWED_ORIGINS", LISTED)]);
    run(async {
        let stranger = server.anonymous();
        ask(&stranger, Method::GET, "/health/live", "https://app.example.org").await;
        ask(&stranger, Method::GET, "/health/live", "https://evil.com").await;
        preflight(&stranger, "/api/auth/profile", "https://\u{202e}evil.com").await;
    });
    server.terminate();
    server.wait();
    let said = server.said();
    let lines = said.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let refused: Vec<Value> = lines.filter(|line| line["target"] == "cors").collect();
    assert_eq!(refused.len(), 2, "{said}");
    assert!(refused[0]["origin"].as_str().unwrap().contains("https://evil.com"), "{}", refused[0]);
    assert_eq!(refused[0]["level"], "WARN");
}
