//! The headers of requests and of answers.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::json;

use super::operations;
use crate::harness::client::Answer;
use crate::harness::{Backend, TestApp, given, raw, run};

/// Requests that end in each status there is.
async fn answers_of_every_kind(app: &TestApp) -> Vec<(u16, Answer)> {
    let stranger = app.anonymous();
    let alice = app.signed_in("alice").await;
    let login = |body: &'static str, media_type: &'static str| {
        let request = stranger.request(Method::POST, "/api/auth/login").header("content-type", media_type);
        stranger.send(request.body(body))
    };
    let preflight = stranger.request(Method::OPTIONS, "/api/auth/login");
    let preflight =
        preflight.header("origin", "https://evil.com").header("access-control-request-method", "POST");
    let over = format!("{{\"username\":\"{}\"}}", "x".repeat(70_000));
    vec![
        (200, stranger.get("/health/live").await),
        (201, stranger.post("/api/auth/register", given::registration("bob")).await),
        (204, stranger.send(stranger.request(Method::OPTIONS, "/api/auth/login")).await),
        (400, login("{", "application/json").await),
        (401, stranger.get("/api/auth/profile").await),
        (401, alice.with_token(&"0".repeat(64)).get("/api/auth/profile").await),
        (403, stranger.send(preflight).await),
        (404, stranger.get("/api/nothing").await),
        (405, stranger.delete("/api/auth/login").await),
        (409, stranger.post("/api/auth/register", given::registration("alice")).await),
        (413, stranger.post("/api/auth/login", json!(over)).await),
        (415, login("{}", "text/plain").await),
        (422, login("{}", "application/json").await),
    ]
}

fn assert_strict(answer: &Answer) {
    let status = answer.status;
    for (name, value) in [
        ("cache-control", "no-store"),
        (
            "content-security-policy",
            "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
        ),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("permissions-policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
        ("referrer-policy", "no-referrer"),
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
    ] {
        assert_eq!(answer.header(name), Some(value), "{name} on {status}");
    }
    for absent in ["server", "x-powered-by", "via", "set-cookie", "access-control-allow-origin"] {
        assert!(!answer.headers.contains_key(absent), "{absent} on {status}");
    }
    if !answer.text.is_empty() {
        assert_eq!(answer.header("content-type"), Some("application/json"), "on {status}");
    }
}

on_both!(every_answer_of_the_api_carries_the_security_headers);

/// S51, S52, S53: no answer leaves without them, and none sets a cookie.
async fn every_answer_of_the_api_carries_the_security_headers(backend: Backend) {
    let app = TestApp::start(backend).await;
    for (status, answer) in answers_of_every_kind(&app).await {
        answer.assert_status(status);
        assert_strict(&answer);
        assert!(!answer.headers.contains_key("strict-transport-security"), "plain HTTP asks for no HTTPS");
    }
}

/// S53: the answer to a body that does not come is dressed like any other.
#[test]
fn a_late_body_is_answered_in_the_same_dress() {
    run(async {
        let app = TestApp::start(Backend::Sqlite).await;
        let stalled = "POST /api/auth/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
                       Content-Length: 9\r\n\r\n{";
        let answer = raw::Request::bytes(app.address(), stalled).send().unwrap();
        answer.assert_error(408, "request_timeout").assert_invariants(&Method::POST, "/api/auth/login");
        assert_strict(&answer);
    });
}

/// S53: the answer to one connection too many is dressed like any other.
#[test]
fn a_full_house_answers_in_the_same_dress() {
    run(async {
        let app = TestApp::start_with(Backend::Sqlite, &["--max-connections-per-address", "2"]).await;
        let first = raw::connect(app.address()).unwrap();
        let second = raw::connect(app.address()).unwrap();
        // The server counts a connection when it takes it up.
        std::thread::sleep(Duration::from_millis(50));
        let request = "GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n";
        let answer = raw::Request::bytes(app.address(), request).send().unwrap();
        answer.assert_error(503, "overloaded").assert_invariants(&Method::GET, "/health/live");
        assert_strict(&answer);
        assert_eq!(answer.header("connection"), Some("close"));
        drop((first, second));
        std::thread::sleep(Duration::from_millis(50));
        app.anonymous().get("/health/live").await.assert_status(200);
    });
}

/// S53, S85: where the public address is https, every answer asks browsers to stay with it.
#[test]
fn https_is_asked_for_where_it_is_public() {
    run(async {
        let public = &["--public-url", "https://accounts.example.org"];
        let app = TestApp::start_with(Backend::Sqlite, public).await;
        for (status, answer) in answers_of_every_kind(&app).await {
            answer.assert_status(status);
            assert_eq!(answer.header("strict-transport-security"), Some("max-age=31536000"), "on {status}");
        }
    });
}

/// S85: whoever is not a trusted proxy cannot speak for one.
#[test]
fn a_strangers_word_about_the_connection_counts_for_nothing() {
    run(async {
        let app = TestApp::start(Backend::Sqlite).await;
        let stranger = app.anonymous();
        for name in ["x-forwarded-proto", "forwarded", "x-forwarded-ssl", "front-end-https", "x-url-scheme"] {
            for value in ["https", "on", "proto=https"] {
                let request = stranger.request(Method::GET, "/health/live").header(name, value);
                let answer = stranger.send(request).await;
                answer.assert_status(200);
                assert!(!answer.headers.contains_key("strict-transport-security"), "{name}: {value}");
            }
        }
    });
}

on_both!(a_request_keeps_its_well_formed_id_and_no_other);

/// S57: an id is for finding things again, and nobody writes into the log or the answer by it.
async fn a_request_keeps_its_well_formed_id_and_no_other(backend: Backend) {
    let app = TestApp::start(backend).await;
    let stranger = app.anonymous();
    let answered = async |path: &str, ids: &[&[u8]]| {
        let mut request = stranger.request(Method::GET, path);
        for id in ids {
            request = request.header("x-request-id", *id);
        }
        stranger.send(request).await.header("x-request-id").unwrap().to_owned()
    };
    let longest = "a".repeat(64);
    for path in ["/health/live", "/health/ready", "/api/auth/profile", "/nothing", "/docs/", "/redoc"] {
        for kept in ["1", "from-the.proxy_7", &longest] {
            assert_eq!(answered(path, &[kept.as_bytes()]).await, kept, "{path}");
        }
        let too_long = "a".repeat(65);
        let refused: [&[&[u8]]; 8] = [
            &[],
            &[b""],
            &[too_long.as_bytes()],
            &[b"two words"],
            &[b"<script>"],
            &[b"a;b"],
            &["\u{e9}".as_bytes()],
            &[b"one", b"two"],
        ];
        for ids in refused {
            let made = answered(path, ids).await;
            let is_ours = made.len() == 32 && made.bytes().all(|b| b.is_ascii_hexdigit());
            assert!(is_ours, "{path}: {made}");
        }
    }
    let mut made = Vec::new();
    for _ in 0..200 {
        made.push(answered("/health/live", &[]).await);
    }
    made.sort();
    made.dedup();
    assert_eq!(made.len(), 200);
}

on_both!(heaps_of_headers_are_answered_at_once);

/// S88: neither long nor many headers cost more than reading them, and none is a fault of ours.
async fn heaps_of_headers_are_answered_at_once(backend: Backend) {
    let app = TestApp::start(backend).await;
    let token = app.signed_in("alice").await.token.unwrap();
    let languages = format!("Accept-Language: {}\r\n", "xx-yy;q=0.1,".repeat(64 * 1024 / 12));
    let cookies = format!("Cookie: {}\r\n", "a=b; ".repeat(10_000));
    let encodings = format!("Accept-Encoding: {}\r\n", "gzip;q=0.5,".repeat(5000));
    let ranges = format!("Range: bytes={}\r\n", "0-1,".repeat(10_000));
    let forwarded = format!("X-Forwarded-For: {}\r\n", "10.0.0.1,".repeat(7000));
    let etags = format!("If-None-Match: {}\r\n", "\"x\",".repeat(10_000));
    let agents = format!("User-Agent: {}\r\n", "Mozilla/5.0 (".repeat(5000));
    let repeated = |name: &str| (0..90).map(|n| format!("{name}: {n}\r\n")).collect::<Vec<_>>().concat();
    let heaps = [
        languages,
        cookies,
        encodings,
        ranges,
        forwarded,
        etags,
        agents,
        repeated("Accept-Language"),
        repeated("Cookie"),
        repeated("X-Forwarded-For"),
        repeated("Origin"),
        repeated("X-Request-Id"),
        repeated("If-None-Match"),
    ];
    for heap in heaps {
        for path in ["/api/auth/profile", "/docs/", "/openapi.json"] {
            let request = format!(
                "GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n{heap}\
                 Connection: close\r\n\r\n"
            );
            let request = raw::Request::bytes(app.address(), request);
            let took = |begun: Instant| begun.elapsed();
            let begun = Instant::now();
            request.send().unwrap().assert_status(200).assert_invariants(&Method::GET, path);
            // The least of three: other tests run on these cores.
            let mut least = took(begun);
            for _ in 0..2 {
                let begun = Instant::now();
                request.send().unwrap();
                least = least.min(took(begun));
            }
            assert!(least < Duration::from_millis(20), "{path} {}: {least:?}", &heap[..20]);
        }
    }
}

on_both!(an_odd_authorization_is_a_refusal);

/// S59: whatever stands where a token should, it is refused, and never a fault of ours.
async fn an_odd_authorization_is_a_refusal(backend: Backend) {
    let app = TestApp::start(backend).await;
    let token = app.signed_in("alice").await.token.unwrap();
    let stranger = app.anonymous();
    let (upper, long) = (token.to_uppercase(), "a".repeat(60_000));
    let odd: [Vec<u8>; 19] = [
        b"".into(),
        b"Bearer".into(),
        b"Bearer ".into(),
        b"Basic YWxpY2U6eA==".into(),
        b"Bearer null".into(),
        format!("Bearer {upper}").into(),
        format!("Bearer {long}").into(),
        format!("Bearer {}", &token[1..]).into(),
        format!("Bearer {token}0").into(),
        format!("Bearer {token},{token}").into(),
        format!("Bearer {token} x").into(),
        format!("Bearer{token}").into(),
        format!("Bearer\t{token}").into(),
        format!("Token {token}").into(),
        token.clone().into(),
        format!("Bearer \"{token}\"").into(),
        b"Bearer \xff\xfe".into(),
        "Bearer \u{202e}".into(),
        b"Bearer ' OR 1=1 --".into(),
    ];
    for value in odd {
        let shown = String::from_utf8_lossy(&value).chars().take(40).collect::<String>();
        let request = stranger.request(Method::GET, "/api/auth/profile").header("authorization", value);
        let answer = stranger.send(request).await;
        assert_eq!(answer.status, 401, "{shown}: {}", answer.text);
        assert!(answer.header("www-authenticate").unwrap().starts_with("Bearer "), "{shown}");
    }
    let twice = stranger.request(Method::GET, "/api/auth/profile");
    let twice = twice.header("authorization", format!("Bearer {token}")).header("authorization", "Bearer x");
    stranger.send(twice).await.assert_error(400, "bad_request");
    // The scheme is a word of any case, and blanks around the token are nobody's.
    for value in [format!("bearer {token}"), format!("BEARER   {token} ")] {
        let request = stranger.request(Method::GET, "/api/auth/profile").header("authorization", value);
        stranger.send(request).await.assert_status(200);
    }
}

on_both!(a_token_counts_in_its_header_alone);

/// S19: a token in a query, a cookie or a body is ignored: there it would end in logs and histories.
async fn a_token_counts_in_its_header_alone(backend: Backend) {
    let app = TestApp::start(backend).await;
    let token = app.signed_in("alice").await.token.unwrap();
    let stranger = app.anonymous();
    for name in ["token", "access_token", "bearer", "Authorization"] {
        let path = format!("/api/auth/profile?{name}={token}");
        stranger.get(&path).await.assert_error(401, "authentication_required");
        let cookie =
            stranger.request(Method::GET, "/api/auth/profile").header("cookie", format!("{name}={token}"));
        stranger.send(cookie).await.assert_error(401, "authentication_required");
        let header = stranger.request(Method::GET, "/api/auth/profile").header(format!("x-{name}"), &token);
        stranger.send(header).await.assert_error(401, "authentication_required");
    }
    for operation in operations::all().iter().filter(|operation| operation.wants_token) {
        let body = json!({ "token": token, "access_token": token }).to_string();
        let answer = operation.call(&stranger, body).await;
        let code = if operation.is_compatible() { "" } else { "authentication_required" };
        answer.assert_error(401, code);
    }
}
