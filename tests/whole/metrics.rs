//! `/metrics`: what is told, and to whom.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use reqwest::Method;
use serde_json::json;

use super::ask;
use crate::harness::database::TestDatabase;
use crate::harness::postgres::free_port;
use crate::harness::{Backend, Process, TestApp, given, run};

on_both!(
    figures_follow_what_happens,
    nothing_that_was_sent_becomes_a_figure,
    the_outbox_and_the_jobs_are_told_of
);

const TOKEN: &str = "a-token-that-nobody-guesses";

/// By name with labels, as a line begins.
type Figures = BTreeMap<String, f64>;

async fn app(backend: Backend) -> TestApp {
    TestApp::start_with(backend, &["--metrics-token", TOKEN]).await
}

async fn scrape(app: &TestApp) -> String {
    let answer = app.anonymous().with_token(TOKEN).get("/metrics").await;
    answer.assert_status(200);
    assert_eq!(answer.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    answer.text
}

fn read(text: &str) -> Figures {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let figure = |line: &str| {
        let (name, value) = line.rsplit_once(' ').unwrap();
        (name.to_owned(), value.parse().unwrap())
    };
    lines.map(figure).collect()
}

async fn figures(app: &TestApp) -> Figures {
    read(&scrape(app).await)
}

fn requests(route: &str, method: &str, status: u16) -> String {
    format!(r#"vestibule_http_requests_total{{route="{route}",method="{method}",status="{status}"}}"#)
}

async fn figures_follow_what_happens(backend: Backend) {
    let app = app(backend).await;
    let (admin, alice) = (app.admin().await, app.signed_in("alice").await);
    let before = figures(&app).await;
    for _ in 0..3 {
        alice.get("/api/auth/profile").await.assert_status(200);
    }
    for number in 1..=5 {
        admin.get(&format!("/api/users/{number}")).await;
        app.anonymous().get(&format!("/api/nowhere/{number}")).await.assert_status(404);
    }
    let head = app.anonymous();
    head.send(head.request(Method::HEAD, "/health/live")).await.assert_status(200);
    alice.delete("/health/live").await.assert_status(405);
    let after = figures(&app).await;
    let grown = |name: &str| after.get(name).unwrap_or(&0.0) - before.get(name).unwrap_or(&0.0);
    let assert_grown =
        |name: &str, by: f64| assert!((grown(name) - by).abs() < 0.1, "{name}: {} {after:#?}", grown(name));
    assert_grown(&requests("/api/auth/profile", "GET", 200), 3.0);
    assert_grown(&requests("/api/users/{id}", "GET", 200), 2.0);
    assert_grown(&requests("/api/users/{id}", "GET", 404), 3.0);
    assert_grown(&requests("none", "GET", 404), 5.0);
    assert_grown(&requests("/health/live", "HEAD", 200), 1.0);
    assert_grown(&requests("/health/live", "DELETE", 405), 1.0);
    // Spans are told with as many requests, and each bound holds what the ones before it hold.
    let of_profile = r#"route="/api/auth/profile",method="GET""#;
    assert_grown(&format!("vestibule_http_request_duration_seconds_count{{{of_profile}}}"), 3.0);
    let infinite = format!(r#"vestibule_http_request_duration_seconds_bucket{{le="+Inf",{of_profile}}}"#);
    assert_grown(&infinite, 3.0);
    assert!(grown(&format!("vestibule_http_request_duration_seconds_sum{{{of_profile}}}")) > 0.0);
    // The request for the figures is itself one that is not answered yet.
    assert!(after["vestibule_http_requests_in_flight"] >= 1.0);
    assert!(grown("vestibule_caller_cache_hits_total") >= 2.0, "{after:#?}");
    assert!(after["vestibule_caller_cache_entries"] >= 1.0);
    assert!(after["process_resident_memory_bytes"] > 1e6);
    assert!(after.keys().any(|name| name.starts_with(r#"vestibule_build_info{version=""#)));
    for queue in ["database", "hash", "picture", "file"] {
        let name = |what: &str| format!(r#"vestibule_queue_{what}{{queue="{queue}"}}"#);
        for what in ["waiting", "running", "refused_total"] {
            assert!(after.contains_key(&name(what)), "{what}: {after:#?}");
        }
    }
    // A job may have one in use at this very moment.
    let idle = r#"vestibule_database_connections{state="idle"}"#;
    for tries in 0.. {
        if figures(&app).await[idle] >= 1.0 {
            break;
        }
        assert!(tries < 100, "{after:#?}");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert!(after["vestibule_database_connections_max"] >= 4.0);
    for always in ["vestibule_panics_total", r#"vestibule_job_failures_total{job="mail"}"#] {
        assert!(after.contains_key(always), "{always}");
    }
}

async fn the_outbox_and_the_jobs_are_told_of(backend: Backend) {
    let app = app(backend).await;
    app.signed_in("alice").await;
    // A mail of tomorrow, and one that nobody could be sent.
    app.database.sql(
        "insert into outbox (kind, payload, created_at, due_at, attempts, dead_at) values \
         ('notice', '{}', '2020-01-01 00:00:00', '2999-01-01 00:00:00', 0, null), \
         ('notice', '{}', '2020-01-01 00:00:00', '2020-01-01 00:00:00', 33, '2026-01-15 00:00:00'), \
         ('notice', '{}', '2020-01-01 00:00:00', '2020-01-01 00:00:00', 33, '2026-01-15 00:00:00')",
    );
    let is_told = |figures: &Figures| {
        figures["vestibule_database_up"] > 0.5
            && figures["vestibule_outbox_waiting"] >= 1.0
            && figures["vestibule_outbox_given_up"] >= 2.0
            && figures["vestibule_outbox_oldest_age_seconds"] > 1e8
            && figures.keys().any(|name| name.starts_with("vestibule_job_last_success_age_seconds{job=\""))
    };
    let mut seen = Figures::new();
    for _ in 0..200 {
        seen = figures(&app).await;
        if is_told(&seen) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("not told: {seen:#?}");
}

/// S57: names in labels are the program's own; nothing of a request gets there, and no secret.
async fn nothing_that_was_sent_becomes_a_figure(backend: Backend) {
    let app = app(backend).await;
    let alice = app.signed_in("alice").await;
    let token = alice.token.clone().unwrap();
    let names = "X-Request-Id: canary-canary\r\nUser-Agent: canary\r\nCookie: vestibule=canary\r\n";
    for bearer in [&token, "canary", ""] {
        for path in [
            "/canary",
            "/api/canary?token=canary",
            "/api/users/canary",
            "/media/avatars/canary",
            "/auth/canary",
        ] {
            for method in ["GET", "POST", "CANARY"] {
                ask(app.address(), method, path, &format!("{names}Authorization: Bearer {bearer}\r\n"));
            }
        }
        let login = json!({ "username": "canary", "password": given::PASSWORD });
        app.anonymous().post("/api/auth/login", login).await.assert_status(401);
    }
    let text = scrape(&app).await.to_lowercase();
    for secret in ["canary", "alice", "example.org", TOKEN, given::SECRET_KEY, given::PASSWORD, &token] {
        assert!(!text.contains(&secret.to_lowercase()), "{secret}: {text}");
    }
    assert!(text.lines().count() < 2000, "{} lines", text.lines().count());
}

/// S84, S86: without the token there is nothing, and nothing tells that there might be.
#[test]
fn strangers_find_nothing() {
    run(async {
        let closed = TestApp::start(Backend::Sqlite).await;
        closed.anonymous().get("/metrics").await.assert_error(404, "not_found");
        closed.admin().await.get("/metrics").await.assert_error(404, "not_found");
        let app = app(Backend::Sqlite).await;
        let (stranger, admin) = (app.anonymous(), app.admin().await);
        let longer = format!("{TOKEN}x");
        let wrong = ["", "x", &TOKEN[1..], &TOKEN[..TOKEN.len() - 1], &longer]
            .map(|token| stranger.with_token(token));
        for client in wrong.iter().chain([&stranger, &admin]) {
            client.get("/metrics").await.assert_error(404, "not_found");
        }
        stranger
            .get(&format!("/metrics?token={TOKEN}&access_token={TOKEN}"))
            .await
            .assert_error(404, "not_found");
        let basic = stranger.request(Method::GET, "/metrics").basic_auth("metrics", Some(TOKEN));
        stranger.send(basic).await.assert_error(404, "not_found");
        let holder = stranger.with_token(TOKEN);
        for path in ["/metrics/", "/metrics/x", "//metrics"] {
            let bearer = format!("Authorization: Bearer {TOKEN}\r\n");
            assert_eq!(ask(app.address(), "GET", path, &bearer).status, 404, "{path}");
        }
        holder.send(holder.request(Method::POST, "/metrics")).await.assert_error(404, "not_found");
        holder.get("/metrics").await.assert_status(200);
        let head = holder.send(holder.request(Method::HEAD, "/metrics")).await;
        assert_eq!((head.status, &*head.text), (200, ""));
        // The token is for figures and opens nothing else.
        holder.get("/api/auth/profile").await.assert_error(401, "invalid_token");
    });
}

/// S84: on an address of its own there are the figures and nothing else, and on the main one there are none.
#[test]
fn an_address_of_its_own_has_the_figures_and_nothing_else() {
    for token in [None, Some(TOKEN)] {
        let bind = SocketAddr::from(([127, 0, 0, 1], free_port()));
        let bind_text = bind.to_string();
        let mut environment = vec![("METRICS_BIND", &*bind_text)];
        environment.extend(token.map(|token| ("METRICS_TOKEN", token)));
        let server = Process::start(&environment);
        let bearer = token.map(|token| format!("Authorization: Bearer {token}\r\n")).unwrap_or_default();
        let answer = ask(bind, "GET", "/metrics", &bearer);
        assert!(
            answer.status == 200 && answer.text.contains("vestibule_http_requests_total"),
            "{}",
            answer.text
        );
        assert_eq!(ask(bind, "HEAD", "/metrics", &bearer).text, "");
        for (method, path) in [
            ("GET", "/"),
            ("GET", "/metrics/"),
            ("GET", "/api/auth/profile"),
            ("GET", "/health/live"),
            ("GET", "/docs/"),
            ("POST", "/api/auth/login"),
            ("POST", "/metrics"),
            ("DELETE", "/metrics"),
        ] {
            let answer = ask(bind, method, path, &bearer);
            assert_eq!((answer.status, &*answer.text), (404, ""), "{method} {path}");
        }
        let without = ask(bind, "GET", "/metrics", "");
        assert_eq!(without.status, if token.is_some() { 404 } else { 200 });
        let main = ask(server.address(), "GET", "/metrics", "");
        assert_eq!((main.status, main.code()), (404, "not_found"), "{}", main.text);
        assert!(!server.said().contains(TOKEN));
    }
}

/// A taken address is told by the name of its setting, and nothing else starts.
#[test]
fn a_taken_address_stops_the_start() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let output = Process::prepare(&[("METRICS_BIND", &address)]).command(&["serve"]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && said.contains("METRICS_BIND: cannot listen on"), "{said}");
}

/// While the database is away its figures are missing, and the others are told.
#[test]
fn without_a_database_the_other_figures_are_told() {
    run(async {
        let database = TestDatabase::on_own_postgres();
        let url = database.url();
        let environment =
            [("DATABASE_URL", &*url), ("SECRET_KEY", given::SECRET_KEY), ("METRICS_TOKEN", TOKEN)];
        let server = Process::start(&environment);
        let holder = server.anonymous().with_token(TOKEN);
        let whole = holder.get("/metrics").await;
        assert!(whole.text.contains("vestibule_database_up 1"), "{}", whole.text);
        database.own_postgres().stop_immediately();
        let mut last = whole;
        for _ in 0..100 {
            last = holder.get("/metrics").await;
            last.assert_status(200);
            if last.text.contains("vestibule_database_up 0") {
                break;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let figures = read(&last.text);
        assert!(figures["vestibule_database_up"] < 0.5, "{}", last.text);
        assert!(
            figures
                .keys()
                .all(|name| !name.starts_with("vestibule_outbox") && !name.contains("last_success"))
        );
        assert!(figures.contains_key("vestibule_caller_cache_hits_total"));
    });
}

/// What Prometheus reads: both forms, by its own reader.
#[test]
fn both_forms_can_be_read() {
    run(async {
        let app = app(Backend::Sqlite).await;
        app.signed_in("alice").await.get("/api/auth/profile").await;
        let holder = app.anonymous().with_token(TOKEN);
        let prometheus =
            "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";
        let newer = holder.send(holder.request(Method::GET, "/metrics").header("accept", prometheus)).await;
        let media_type = "application/openmetrics-text; version=1.0.0; charset=utf-8";
        assert_eq!(newer.header("content-type"), Some(media_type));
        let mut families = Vec::new();
        for (reader, text) in [
            ("prometheus_client.openmetrics.parser", newer.text),
            ("prometheus_client.parser", scrape(&app).await),
        ] {
            families.push(read_by(reader, &text));
        }
        assert_eq!(families[0], families[1]);
        assert!(families[0].contains("vestibule_http_requests counter"), "{}", families[0]);
        assert!(families[0].contains("vestibule_http_request_duration_seconds histogram"), "{}", families[0]);
        assert!(!families[0].contains("unknown"), "{}", families[0]);
    });
}

/// The families of `text` and their types, by that reader; it fails on whatever it cannot read.
fn read_by(reader: &str, text: &str) -> String {
    let script = "import importlib, sys\n\
        reader = importlib.import_module(sys.argv[1])\n\
        for family in reader.text_string_to_metric_families(sys.stdin.read()):\n\
        \x20   assert family.documentation, family.name\n\
        \x20   print(family.name, family.type)\n";
    let python = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/venv/bin/python");
    let mut command = Command::new(python);
    command.args(["-c", script, reader]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("a Python with what tests/requirements.txt names: just setup");
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{reader}: {}\n{text}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}
