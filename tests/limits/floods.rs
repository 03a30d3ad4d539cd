//! What a flood of requests gets, and what it costs.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};

use super::{from, limited, post_from, sign_in_from};
use crate::harness::client::{Answer, Client};
use crate::harness::database::TestDatabase;
use crate::harness::{Backend, Redis, TestApp, given, run, run_alone};

on_both!(
    every_refusal_says_which_limit_and_until_when,
    a_flood_of_refusals_writes_nothing,
    refusals_of_an_account_write_next_to_nothing,
    a_flood_leaves_nothing_for_ever,
);
on_both_alone!(a_refusal_is_cheap);

/// A name, and its parameters that are integers: the only form of a structured field (RFC 9651) that is used here.
fn field(answer: &Answer, name: &str) -> (String, BTreeMap<String, u64>) {
    let text = answer.header(name).unwrap_or_else(|| panic!("one {name}: {}", answer.text));
    let mut parts = text.split(';');
    let item = parts.next().unwrap();
    let item = item.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).expect("a quoted name");
    assert!(item.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'), "{text}");
    let parameters = parts.map(|part| {
        let (key, value) = part.split_once('=').expect("a parameter");
        assert!(value == "0" || !value.starts_with('0'), "{text}");
        (key.to_owned(), value.parse().expect("an integer"))
    });
    (item.to_owned(), parameters.collect())
}

/// Everything that is limited, and by what.
const ROUTES: [(&str, &str); 11] = [
    ("/api/auth/login", "sign-in"),
    ("/auth/login", "sign-in"),
    ("/api/auth/register", "register"),
    ("/auth/signup", "register"),
    ("/api/auth/refresh", "refresh"),
    ("/api/auth/password/forgot", "mail"),
    ("/api/auth/email/verify/request", "mail"),
    ("/api/auth/email/change", "mail"),
    ("/api/auth/password/reset", "token"),
    ("/api/auth/email/verify", "token"),
    ("/api/auth/email/change/confirm", "token"),
];

const TIGHT: [&str; 10] = [
    "--limit-sign-in-per-address",
    "3/10m",
    "--limit-register-per-address",
    "4/1h",
    "--limit-refresh-per-address",
    "2/30s",
    "--limit-mail-per-address",
    "2/1h",
    "--limit-token-per-address",
    "1/24h",
];

/// S99: on every limited route the three headers are there, can be read by the book and agree with each other and with
/// the settings; what they promise is kept.
async fn every_refusal_says_which_limit_and_until_when(backend: Backend) {
    let app = limited(backend, &TIGHT).await;
    let alice = app.signed_in("alice").await;
    let rates = BTreeMap::from([
        ("sign-in", (3, 600)),
        ("register", (4, 3600)),
        ("refresh", (2, 30)),
        ("mail", (2, 3600)),
        ("token", (1, 86400)),
    ]);
    for (n, (path, policy)) in ROUTES.into_iter().enumerate() {
        let (ip, (burst, window)) = (format!("203.0.113.{n}"), rates[policy]);
        for _ in 0..burst {
            let answer = post_from(&alice, &ip, path, &json!({})).await;
            assert_ne!(answer.status, 429, "{path} before its time");
        }
        let refused = post_from(&alice, &ip, path, &json!({})).await;
        assert_eq!(refused.status, 429, "{path}: {}", refused.text);
        let wait: u64 = refused.header("retry-after").unwrap().parse().unwrap();
        assert!((1..=window / burst).contains(&wait), "{path}: {wait}");
        let (name, told) = field(&refused, "ratelimit-policy");
        assert_eq!((name.as_str(), told["q"], told["w"]), (policy, burst, window), "{path}");
        let (name, told) = field(&refused, "ratelimit");
        assert_eq!((name.as_str(), told["r"], told["t"]), (policy, 0, wait), "{path}");
        assert_eq!(refused.header("cache-control"), Some("no-store"), "{path}");
        app.clock.advance(Duration::from_secs(wait));
        assert_ne!(post_from(&alice, &ip, path, &json!({})).await.status, 429, "{path} after {wait} s");
    }
}

/// The rows of every table, and what PostgreSQL counts itself.
struct Written {
    rows: BTreeMap<String, i64>,
    changes: i64,
    commits: i64,
}

/// Reads it when everything that was done has been counted.
async fn written(app: &TestApp, backend: Backend) -> Written {
    // PostgreSQL's own counts are a second late, as is the trail.
    tokio::time::sleep(Duration::from_millis(2500)).await;
    let tables = match backend {
        Backend::Sqlite => "select name from sqlite_schema where type = 'table' and name not like 'sqlite%'",
        Backend::Postgres => "select tablename from pg_tables where schemaname = 'public'",
    };
    let count = |query: &str| app.database.sql(query).parse::<i64>().unwrap();
    let tables = app.database.sql(tables);
    let rows =
        tables.lines().map(|table| (table.to_owned(), count(&format!("select count(*) from {table}"))));
    let rows = rows.collect();
    let of_all = |sum: &str| match backend {
        Backend::Sqlite => 0,
        Backend::Postgres => {
            count(&format!("select {sum} from pg_stat_database where datname = current_database()"))
        }
    };
    let changes = of_all("tup_inserted + tup_updated + tup_deleted");
    Written { rows, changes, commits: of_all("xact_commit + xact_rollback") }
}

/// A thousand refusals from each of four clients.
async fn flood(app: &TestApp, path: &'static str, body: &Value) {
    let one = async |client: Client, body: Value| {
        for _ in 0..1000 {
            post_from(&client, "203.0.113.66", path, &body).await.assert_status(429);
        }
    };
    let client = app.anonymous();
    tokio::join!(
        one(client.clone(), body.clone()),
        one(client.clone(), body.clone()),
        one(client.clone(), body.clone()),
        one(client.clone(), body.clone()),
    );
}

/// S99, S90: four thousand of them, with Redis and without: no row, and no transaction.
async fn a_flood_of_refusals_writes_nothing(backend: Backend) {
    let redis = Redis::start();
    let url = redis.url();
    for redis in [&[][..], &["--redis-url", &url]] {
        let app = limited(backend, &[&["--limit-sign-in-per-address", "2/24h"], redis].concat()).await;
        app.signed_in("alice").await;
        let body = json!({ "username": "alice", "password": "not the one at all" });
        for _ in 0..3 {
            post_from(&app.anonymous(), "203.0.113.66", "/api/auth/login", &body).await;
        }
        let before = written(&app, backend).await;
        let begun = Instant::now();
        flood(&app, "/api/auth/login", &body).await;
        let after = written(&app, backend).await;
        assert_eq!(after.rows, before.rows, "{redis:?}");
        // What the server does of its own accord goes on meanwhile; these are its turns, generously.
        let turns = i64::try_from(begun.elapsed().as_secs()).unwrap() * 20 + 40;
        assert!(after.changes - before.changes <= turns, "{} changes", after.changes - before.changes);
        assert!(after.commits - before.commits <= turns * 2, "{} commits", after.commits - before.commits);
    }
}

/// S99, S90: nor does whoever goes on at one account, by a password or by a stolen session, or at a closed door.
async fn refusals_of_an_account_write_next_to_nothing(backend: Backend) {
    let generous = ["--limit-sign-in-per-address", "100000/1h"];
    let app = limited(backend, &generous).await;
    let alice = app.signed_in("alice").await;
    let wrong = json!({ "username": "alice", "password": "not the one at all" });
    let change = json!({ "current_password": "not it", "new_password": "another quiet harbour" });
    let once = async || {
        post_from(&alice, "203.0.113.66", "/api/auth/login", &wrong).await;
        post_from(&alice, "203.0.113.67", "/api/auth/password/change", &change).await;
        let closed = alice.request(Method::GET, "/api/admin/audit").header("x-forwarded-for", "203.0.113.68");
        alice.send(closed).await.assert_status(403);
    };
    for _ in 0..20 {
        once().await;
    }
    let before = written(&app, backend).await;
    assert!(before.rows["audit_events"] < 30, "{:?}", before.rows);
    for _ in 0..300 {
        once().await;
    }
    assert_eq!(written(&app, backend).await.rows, before.rows);
    // A minute later it is told again, once of each.
    app.clock.advance(Duration::from_mins(1));
    for _ in 0..5 {
        once().await;
    }
    let after = written(&app, backend).await;
    let more = after.rows["audit_events"] - before.rows["audit_events"];
    assert!((1..=8).contains(&more), "{more}");
}

/// S90: whatever strangers do, Redis forgets it by itself, and the database holds no more than a line for each try.
async fn a_flood_leaves_nothing_for_ever(backend: Backend) {
    let redis = Redis::start();
    let app = limited(backend, &["--redis-url", &redis.url()]).await;
    let alice = app.signed_in("alice").await;
    let before = written(&app, backend).await;
    for n in 0..40 {
        let ip = format!("203.0.113.{}", n % 8);
        sign_in_from(&alice, &ip, &format!("nobody{n}"), "not the one").await;
        sign_in_from(&alice, &ip, "alice", "not the one").await;
        for (path, _) in ROUTES.iter().filter(|(path, _)| !path.ends_with("request")) {
            post_from(&alice, &ip, path, &json!({ "token": "0".repeat(80), "new_password": "x" })).await;
        }
        let guest = app.anonymous().with_token(&format!("{n:064x}"));
        let visit =
            guest.request(Method::GET, "/api/auth/profile").header("cookie", format!("vestibule={n}"));
        guest.send(visit).await.assert_status(401);
    }
    let after = written(&app, backend).await;
    for (table, rows) in &before.rows {
        let may_grow = ["audit_events", "jobs"].contains(&table.as_str());
        // Mails that waited may have left.
        assert!(may_grow || after.rows[table] <= *rows, "{table}: {rows} became {}", after.rows[table]);
    }
    let told = after.rows["audit_events"] - before.rows["audit_events"];
    assert!((1..=40 * 10).contains(&told), "{told} lines more in the trail");
    let keys = redis.command(&["KEYS", "*"]);
    assert!(keys.lines().count() >= 20, "{keys}");
    for key in keys.lines() {
        let kept: i64 = redis.command(&["PTTL", key]).trim_start_matches(':').parse().unwrap();
        // The longest of all is a link to prove an address; -1 would be for ever, and -2 is gone already.
        let hours = if key.contains(":mail:") { 25 } else { 2 };
        assert!(kept == -2 || (1..=hours * 3_600_000).contains(&kept), "{key} is kept for {kept} ms");
        assert!(!key.contains("nobody") && !key.contains("example"), "{key}");
    }
}

/// S99: as cheap as an answer that asks nobody anything, with Redis and without. Asked for in turn, and a busy machine is
/// forgiven twice.
async fn a_refusal_is_cheap(backend: Backend) {
    let redis = Redis::start();
    let url = redis.url();
    for redis in [&[][..], &["--redis-url", &url]] {
        let app = limited(backend, &[&["--limit-sign-in-per-address", "1/24h"], redis].concat()).await;
        let (client, ip) = (app.anonymous(), "203.0.113.66");
        let body = given::credentials("nobody");
        post_from(&client, ip, "/api/auth/login", &body).await.assert_status(401);
        let measure = async || {
            let (mut refused, mut other) = (Vec::new(), Vec::new());
            for _ in 0..500 {
                let begun = Instant::now();
                post_from(&client, ip, "/api/auth/login", &body).await.assert_status(429);
                refused.push(begun.elapsed());
                let begun = Instant::now();
                client.send(from(&client, ip, "/api/nothing").json(&body)).await.assert_status(404);
                other.push(begun.elapsed());
            }
            let middle = |mut times: Vec<Duration>| {
                times.sort();
                times[times.len() / 2].as_secs_f64()
            };
            middle(refused) / middle(other)
        };
        let mut ratios = Vec::new();
        while ratios.len() < 3 && ratios.last().is_none_or(|ratio| *ratio > 2.0) {
            ratios.push(measure().await);
        }
        assert!(ratios.last().is_some_and(|ratio| *ratio <= 2.0), "{redis:?}: {ratios:?}");
    }
}

/// S99: with Redis, too, whoever is being refused waits for none of the places where others wait for a database that
/// hangs, and takes none.
#[test]
fn a_refusal_waits_for_nobody() {
    run_alone(async {
        let redis = Redis::start();
        let url = redis.url();
        let arguments = [
            "--rate-limits",
            "on",
            "--limit-sign-in-per-address",
            "1/24h",
            "--session-cache-ttl",
            "0",
            "--redis-url",
            &url,
        ];
        let database = TestDatabase::on_own_postgres();
        let app = TestApp::start_on(database, &arguments).await;
        let alice = app.signed_in("alice").await;
        let login = async || alice.post("/api/auth/login", given::credentials("alice")).await;
        login().await.assert_status(429);
        app.database.own_postgres().pause();
        let waiting: Vec<_> = (0..16)
            .map(|_| {
                let alice = alice.clone();
                tokio::spawn(async move { alice.get("/api/auth/profile").await.status })
            })
            .collect();
        tokio::time::sleep(Duration::from_millis(300)).await;
        for _ in 0..50 {
            login().await.assert_status(429);
        }
        let in_time = waiting.iter().filter(|one| !one.is_finished()).count();
        app.database.own_postgres().resume();
        assert_eq!(in_time, 16, "some had given up before the refusals were given");
        for one in waiting {
            one.await.unwrap();
        }
    });
}

/// S99: one hit is one line in the trail, and the next minute another.
#[test]
fn a_limit_is_told_of_again_after_a_minute() {
    run(async {
        let app = limited(Backend::Sqlite, &["--limit-sign-in-per-address", "1/24h"]).await;
        let client = app.anonymous();
        for _ in 0..3 {
            for _ in 0..5 {
                sign_in_from(&client, "203.0.113.66", "nobody", "x").await;
            }
            app.clock.advance(Duration::from_mins(1));
        }
        let told = "select count(*) from audit_events where event = 'limit.hit' and ip = '203.0.113.66'";
        tokio::time::sleep(Duration::from_millis(2500)).await;
        assert_eq!(app.database.sql(told), "3");
    });
}
