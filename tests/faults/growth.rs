//! Visitors who leave nothing behind.

use reqwest::Method;
use serde_json::json;
use vestibule_domain::token::TokenSecret;
use vestibule_server::system::SystemRandom;

use super::{either, tell};
use crate::harness::client::Client;
use crate::harness::{Backend, TestApp};

on_both!(strangers_with_cookies_leave_no_rows);

/// S90: whatever cookies and tokens a stranger brings, no table grows by it, but for one line a refused sign-in in the
/// audit trail, which is kept for a while only.
async fn strangers_with_cookies_leave_no_rows(backend: Backend) {
    // No mail is under way whose token would be a row more.
    let app = TestApp::start_with(backend, &["--email-verification", "off"]).await;
    app.signed_in("alice").await;
    let tables = match backend {
        Backend::Sqlite => "select name from sqlite_schema where type = 'table' order by name",
        Backend::Postgres => {
            "select table_name from information_schema.tables where table_schema = 'public' order by 1"
        }
    };
    let tables = app.database.sql(tables);
    let tables: Vec<_> = tables.lines().filter(|table| !["audit_events", "jobs"].contains(table)).collect();
    let rows = |table: &str| -> usize {
        app.database.sql(&format!("select count(*) from {table}")).parse().unwrap()
    };
    let count = || tables.iter().map(|table| (*table, rows(table))).collect::<Vec<_>>();
    let (before, told_before) = (count(), rows("audit_events"));
    assert!(before.contains(&("sessions", 1)), "{before:?}");

    let visits = either(3_000, 100_000);
    let strangers: Vec<_> = (0..8).map(|_| tokio::spawn(visit(app.anonymous(), visits / 8))).collect();
    for stranger in strangers {
        stranger.await.unwrap();
    }
    for (before, after) in before.into_iter().zip(count()) {
        assert!(after.1 <= before.1, "{before:?}, and now {after:?}");
    }
    let told = rows("audit_events") - told_before;
    assert!(told <= visits / 6 + 8, "{told} lines more in the audit trail");
    tell(&format!("S90 {backend:?}: {visits} visits of strangers, no row more"));
}

async fn visit(client: Client, visits: usize) {
    let paths = ["/", "/docs", "/api/auth/profile", "/api/nothing", "/health/live", "/api/auth/login"];
    for visit in 0..visits {
        let path = paths[visit % paths.len()];
        let token = TokenSecret::new(&SystemRandom).reveal().to_string();
        let method = if path.ends_with("login") { Method::POST } else { Method::GET };
        let request =
            client.request(method.clone(), path).header("cookie", format!("vestibule={token}; theme=dark"));
        let request = match visit / paths.len() % 4 {
            0 => request.bearer_auth(&token),
            _ => request,
        };
        let request = if method == Method::POST {
            request.json(&json!({ "username": token[..20], "password": token }))
        } else {
            request
        };
        let answer = client.send(request).await;
        // A page takes a cookie away that opens nothing; nobody is given one.
        let set = answer.header("set-cookie").unwrap_or_default();
        let is_taken = set.starts_with("vestibule=;") && set.contains("Max-Age=0");
        assert!(answer.status < 500 && (set.is_empty() || is_taken), "{answer:?}");
    }
}
