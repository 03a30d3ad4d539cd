//! What the log says, and what it must not say whatever is sent.

use std::fs;
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::client::Client;
use crate::harness::database::TestDatabase;
use crate::harness::{Backend, Process, given, raw};

/// Everything that must not be seen holds this word.
const CANARY: &str = "canary";
const PASSWORD: &str = "canary harbour 42 lamps";
const LISTED: &str = "https://app.example.org";

/// The settings of a server that says all it can, and whose own secrets are canaries too.
pub(super) fn talkative(url: &str) -> Vec<(&str, &str)> {
    vec![
        ("LOG_FORMAT", "json"),
        ("LOG_LEVEL", "trace"),
        ("DATABASE_URL", url),
        ("SECRET_KEY", given::SECRET_KEY),
        ("PASSWORD_PEPPER", "k1:canary0123456789abcdef0123456789abcdef"),
        ("CORS_ALLOWED_ORIGINS", LISTED),
        ("ACCESS_TOKEN_TTL", "2s"),
        ("SESSION_CACHE_TTL", "0"),
        ("SESSIONS_PER_USER", "10"),
    ]
}

/// Stops the server and takes the log apart; every line must be one object.
pub(super) fn log_of(mut server: Process) -> (String, Vec<Value>) {
    server.terminate();
    assert!(server.wait().success());
    let text = fs::read(server.folder().join("standard-error")).unwrap();
    let text = String::from_utf8(text).expect("the log is UTF-8");
    let lines = text.lines().map(|line| {
        let is_plain = !line.chars().any(|c| c.is_control() || is_turning(c));
        assert!(is_plain, "a line that does more than show: {line:?}");
        let value: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        assert!(value["timestamp"].is_string() && value["level"].is_string(), "{line}");
        value
    });
    let lines = lines.collect();
    (text, lines)
}

/// Characters that turn the direction of a line.
fn is_turning(c: char) -> bool {
    matches!(c, '\u{200e}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

on_both!(no_secret_is_ever_logged);

/// S57, S19: secrets in every field, header and query, in requests of every kind, and none in a log that says all
/// it can.
async fn no_secret_is_ever_logged(backend: Backend) {
    let database = TestDatabase::new(backend);
    let url = database.url();
    let server = Process::start(&talkative(&url));
    let stranger = server.anonymous();
    let mut secrets = honest_requests(&stranger).await;
    secrets.extend(dishonest_requests(&stranger).await);
    malformed_requests(&server);
    let (text, lines) = log_of(server);
    assert!(lines.len() > 50, "{text}");
    for line in text.lines() {
        assert!(!line.to_lowercase().contains(CANARY), "{line}");
    }
    if let Some(password) = url.split_once("postgres:").and_then(|(_, rest)| rest.split('@').next()) {
        secrets.push(password.trim_start_matches('/').split(':').next_back().unwrap().to_owned());
    }
    secrets.extend([given::SECRET_KEY, "$argon2", "vrt_"].map(str::to_owned));
    for secret in secrets {
        assert!(secret.len() > 3 && !text.contains(&secret), "{secret} is in the log");
    }
}

/// What people do; hands back the tokens they got.
async fn honest_requests(stranger: &Client) -> Vec<String> {
    let account = json!({
        "username": "alice", "email": "canary.alice@example.org", "password": PASSWORD,
        "password_confirm": PASSWORD, "full_name": "Canary Alice",
    });
    stranger.post("/api/auth/register", account.clone()).await.assert_status(201);
    stranger.post("/api/auth/register", account).await.assert_status(409);
    let mut tokens = Vec::new();
    for name in ["alice", "canary.alice@example.org"] {
        let answer =
            stranger.post("/api/auth/login", json!({ "username": name, "password": PASSWORD })).await;
        answer.assert_status(200);
        tokens.push(answer.body["access_token"].as_str().unwrap().to_owned());
    }
    let alice = stranger.with_token(&tokens[0]);
    let profile = json!({
        "nickname": "canary", "full_name": "Canary Alice", "metadata": { "canary": "canary" },
    });
    alice.patch("/api/auth/profile", profile).await.assert_status(200);
    alice.get("/api/auth/profile").await.assert_status(200);
    alice.post("/api/auth/logout", json!({})).await.assert_status(200);
    alice.get("/api/auth/profile").await.assert_status(401);
    tokens
}

/// What others try; hands back the tokens they made up.
async fn dishonest_requests(stranger: &Client) -> Vec<String> {
    let bodies = [
        json!({ "username": "alice", "password": "canary" }),
        json!({ "username": "canary typed in the wrong place", "password": "canary" }),
        json!({ "username": "alice", "password": { "canary": "canary" } }),
        json!({ "username": ["canary"], "password": "canary" }),
        json!({ "canary": "canary" }),
        json!("canary"),
        json!({ "username": "bob", "email": "not an address canary", "password": "canary" }),
        json!({ "username": "bob", "email": "bob@example.org", "password": "canarybob", "setup_token": "canary" }),
        json!({ "username": "canary\u{1b}[31m\r\n{\"level\":\"ERROR\"}\u{202e}", "password": "x" }),
    ];
    for path in ["/api/auth/login", "/api/auth/register", "/api/auth/profile"] {
        for body in &bodies {
            let query = format!("{path}?token=canary&password=canary");
            let method = if path.ends_with("profile") { Method::PATCH } else { Method::POST };
            let request = stranger.request(method, &query).json(body).header("cookie", "session=canary");
            let request = request.header("x-api-key", "canary").header("referer", "https://x/?t=canary");
            stranger.send(request.header("user-agent", "canary \u{1b}".trim_end_matches('\u{1b}'))).await;
        }
        let broken = stranger.request(Method::POST, path).header("content-type", "application/json");
        stranger.send(broken.body("{\"password\":\"canary\",\"canary\": canary}\u{1b}[31m\r\n")).await;
        let form = stranger.request(Method::POST, path).header("content-type", "text/canary; canary=canary");
        stranger.send(form.body("password=canary")).await;
    }
    let made_up = "c0ffee".repeat(11)[..64].to_owned();
    for value in [
        format!("Bearer {made_up}"),
        "Bearer canary".to_owned(),
        "Basic Y2FuYXJ5OmNhbmFyeQ== canary".to_owned(),
    ] {
        let request = stranger.request(Method::GET, "/api/auth/profile").header("authorization", value);
        stranger.send(request).await.assert_status(401);
    }
    for id in ["canary{\"", "canary\tid", "can ary; canary"] {
        stranger.send(stranger.request(Method::GET, "/health/live").header("x-request-id", id)).await;
    }
    vec![made_up, "Y2FuYXJ5".to_owned()]
}

/// What no client sends, and what a parser may complain of.
fn malformed_requests(server: &Process) {
    let head = "POST /api/auth/login HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer canary\r\n\
                Connection: close\r\n";
    for request in [
        format!("{head}Broken Canary: canary\r\n\r\n"),
        format!("{head}X: canary\0canary\r\n\r\n"),
        format!("{head}X: canary\u{1b}[31mcanary\r\n\r\n"),
        format!("{head}Content-Length: canary\r\n\r\ncanary"),
        format!("{head}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\ncanary"),
        format!("{head}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\ncanary\r\ncanary"),
        format!("{head}Content-Type: application/json\r\nContent-Length: 999\r\n\r\n{{\"password\":\"canary"),
        format!("{head}Content-Length: 9999999\r\n\r\ncanary"),
        format!("{head}X-Long: {}\r\n\r\n", "canary".repeat(40_000)),
        "canary canary canary\r\n\r\n".to_owned(),
        "\u{16}\u{3}\u{1}canary".to_owned(),
        "GET /health/live?canary HTTP/1.1\r\nHost: canary.evil.com@canary\r\nConnection: close\r\n\r\n"
            .to_owned(),
        "GET /\u{1b}[31m\u{202e}?canary HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".to_owned(),
        "GET /%1b%5b31m%0d%0a%e2%80%ae?canary HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
            .to_owned(),
    ] {
        let mut socket = raw::connect(server.address()).unwrap();
        std::io::Write::write_all(&mut socket, request.as_bytes()).unwrap();
        // Hung up before the answer: for some of these none would come soon.
        socket.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
        let _answer = raw::read_answer(&mut socket);
    }
}

on_both!(what_happened_can_be_read_from_the_log);

/// S57: each of the events an operator asks for, as an object that says whose, what and why.
async fn what_happened_can_be_read_from_the_log(backend: Backend) {
    let database = TestDatabase::new(backend);
    let url = database.url();
    let server = Process::start(&talkative(&url));
    let stranger = server.anonymous();
    let account = json!({ "username": "alice", "email": "alice@example.org", "password": given::PASSWORD });
    let id = stranger.post("/api/auth/register", account.clone()).await.body["user"]["id"].clone();
    stranger.post("/api/auth/register", account).await.assert_status(409);
    let alice = stranger.sign_in("alice").await;
    let other = stranger.sign_in("alice").await;
    stranger
        .post("/api/auth/login", json!({ "username": "alice", "password": "wrong" }))
        .await
        .assert_status(401);
    stranger
        .post("/api/auth/login", json!({ "username": "nobody", "password": "wrong" }))
        .await
        .assert_status(401);
    let named = stranger.request(Method::GET, "/nothing?a=b").header("x-request-id", "find-me-again");
    stranger.send(named).await.assert_status(404);
    stranger.with_token(&"0".repeat(64)).get("/api/auth/profile").await.assert_status(401);
    stranger.with_token("malformed").get("/api/auth/profile").await.assert_status(401);
    alice.get("/api/auth/profile").await.assert_status(200);
    alice.post("/api/auth/logout", json!({})).await.assert_status(200);
    std::thread::sleep(Duration::from_millis(2100));
    other.get("/api/auth/profile").await.assert_status(401);
    let evil = stranger.request(Method::GET, "/health/live").header("origin", "https://evil.com");
    stranger.send(evil).await.assert_status(200);

    let (text, lines) = log_of(server);
    let count = |wanted: Value| {
        let wanted = wanted.as_object().unwrap();
        lines.iter().filter(|line| wanted.iter().all(|(name, value)| line[name] == *value)).count()
    };
    for (times, event) in [
        (1, json!({ "target": "auth", "level": "INFO", "message": "registered", "user_id": id })),
        (1, json!({ "target": "auth", "level": "WARN", "message": "registration failed" })),
        (
            2,
            json!({ "target": "auth", "level": "INFO", "message": "signed in", "user_id": id, "ip": "127.0.0.1" }),
        ),
        (1, json!({ "target": "auth", "level": "WARN", "message": "sign-in failed", "user_id": id })),
        (2, json!({ "target": "auth", "level": "WARN", "message": "sign-in failed", "ip": "127.0.0.1" })),
        (3, json!({ "target": "auth", "level": "WARN", "message": "token refused" })),
        (1, json!({ "target": "auth", "level": "INFO", "message": "signed out", "user_id": id })),
        (1, json!({ "target": "cors", "level": "WARN", "origin": "https://evil.com" })),
        (
            1,
            json!({
                "target": "access", "level": "INFO", "method": "GET", "path": "/nothing", "status": 404,
                "request_id": "find-me-again", "client": "127.0.0.1",
            }),
        ),
        (1, json!({ "target": "access", "path": "/api/auth/profile", "status": 200, "user": id })),
        (1, json!({ "target": "access", "path": "/api/auth/logout", "method": "POST", "status": 200 })),
    ] {
        assert_eq!(count(event.clone()), times, "{event}\n{text}");
    }
    let refused = lines.iter().filter(|line| line["message"] == "token refused");
    let mut reasons: Vec<&str> = refused.map(|line| line["reason"].as_str().unwrap()).collect();
    reasons.dedup();
    assert_eq!(reasons.len(), 3, "unknown, malformed and expired are told apart: {reasons:?}");
    assert!(reasons[2].contains("expired"), "{reasons:?}");
    let access = lines.iter().filter(|line| line["target"] == "access");
    assert!(access.clone().count() > 10 && access.clone().all(|line| line["ms"].is_f64()), "{text}");
    let queries = lines.iter().filter(|line| line["target"] == "database" && line["level"] == "DEBUG");
    let queries: Vec<&str> = queries.map(|line| line["sql"].as_str().unwrap()).collect();
    assert!(queries.iter().any(|sql| sql.contains("sessions") && sql.starts_with("SELECT")), "{queries:#?}");
}

/// S57: a database that is away is told of without the password one would reach it by.
#[test]
fn the_databases_password_is_never_shown() {
    let secret = "canary-database-password";
    // Port 1 is nobody's.
    let url = format!("postgres://canary_owner:{secret}@127.0.0.1:1/vestibule");
    let process = Process::prepare(&[
        ("LOG_FORMAT", "json"),
        ("LOG_LEVEL", "debug"),
        ("DATABASE_URL", &url),
        ("SECRET_KEY", given::SECRET_KEY),
        ("SETUP_TOKEN", "canary-setup-token"),
    ]);
    for arguments in [&["serve"][..], &["check-config"], &["doctor"], &["migrate"], &["--help"]] {
        let output = process.command(arguments).output().unwrap();
        let said =
            String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        assert!(!said.is_empty(), "{arguments:?}");
        for hidden in [secret, "canary-setup-token", given::SECRET_KEY] {
            assert!(!said.contains(hidden), "{arguments:?}: {said}");
        }
    }
}
