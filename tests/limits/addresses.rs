//! Where a request comes from, and what it may say about that.

use reqwest::Method;
use serde_json::json;

use super::{limited, policy, sign_in_from};
use crate::accounts::count;
use crate::harness::client::{Answer, Client};
use crate::harness::{Backend, TestApp};

on_both!(
    nobody_escapes_a_limit_by_saying_where_they_come_from,
    behind_a_proxy_the_right_most_stranger_counts,
    a_network_of_ipv6_is_one_address,
);

const FEW: [&str; 2] = ["--limit-sign-in-per-address", "5/24h"];

/// Everything programs have been known to believe.
const NAMES: [&str; 18] = [
    "x-forwarded-for",
    "x_forwarded_for",
    "x-real-ip",
    "x_real_ip",
    "forwarded",
    "cf-connecting-ip",
    "cf_connecting_ip",
    "cf-connecting-ipv6",
    "true-client-ip",
    "x-client-ip",
    "client-ip",
    "x-cluster-client-ip",
    "x-original-forwarded-for",
    "x-forwarded",
    "forwarded-for",
    "fastly-client-ip",
    "x-azure-clientip",
    "via",
];

async fn sign_in(client: &Client, number: usize, headers: &[(&str, String)]) -> Answer {
    let body = json!({ "username": format!("nobody{number}"), "password": "not the one at all" });
    let request = client.request(Method::POST, "/api/auth/login").json(&body);
    let with =
        |request: reqwest::RequestBuilder, (name, value): &(&str, String)| request.header(*name, value);
    client.send(headers.iter().fold(request, with)).await
}

/// Sends `tries` and asserts that as many as the limit allows were checked.
async fn assert_limited(app: &TestApp, tries: impl Iterator<Item = Vec<(&'static str, String)>>) {
    let client = app.anonymous();
    for (number, headers) in tries.enumerate() {
        let answer = sign_in(&client, number, &headers).await;
        let status = if number < 5 { 401 } else { 429 };
        assert_eq!(answer.status, status, "{number} with {headers:?}: {}", answer.text);
        assert!(answer.status == 401 || policy(&answer) == "sign-in", "{headers:?}");
    }
}

/// S37, S75: every name, alone and with all the others, with another address each time.
async fn nobody_escapes_a_limit_by_saying_where_they_come_from(backend: Backend) {
    let app = TestApp::start_with(backend, &[&["--rate-limits", "on"], &FEW[..]].concat()).await;
    let value = |name: &str, n: usize| {
        let address = format!("198.51.{}.{}", n / 200, n % 200);
        if name == "forwarded" { format!("for={address};proto=https") } else { address }
    };
    let all = |n: usize| NAMES.iter().map(|name| (*name, value(name, n))).collect::<Vec<_>>();
    let alone = |n: usize| vec![(NAMES[n % NAMES.len()], value(NAMES[n % NAMES.len()], n + 50))];
    let lines = |n: usize| (0..3).map(|line| ("x-forwarded-for", value("", n * 3 + line + 200))).collect();
    let tries = (0..10).map(all).chain((0..NAMES.len() * 2).map(alone)).chain((0..10).map(lines));
    assert_limited(&app, tries).await;
    app.clock.advance(std::time::Duration::from_hours(24));
    assert_limited(&app, (0..40).map(alone)).await;
}

/// S37: what stands left of it the client wrote, in however many lines, and no other header is read at all.
async fn behind_a_proxy_the_right_most_stranger_counts(backend: Backend) {
    let app = limited(backend, &FEW).await;
    let forms = |n: usize| {
        let spoofed = format!("198.51.100.{n}");
        let lines = match n % 5 {
            0 => vec![format!("{spoofed}, 203.0.113.66")],
            1 => vec![spoofed, "203.0.113.66".to_owned()],
            2 => vec![format!("{spoofed}, unknown, 203.0.113.66:{}", 1000 + n)],
            3 => vec![format!("{spoofed},203.0.113.66, 127.0.0.1")],
            _ => vec!["127.0.0.1".to_owned(), format!("{spoofed} , ::ffff:203.0.113.66")],
        };
        let mut headers: Vec<_> = lines.into_iter().map(|line| ("x-forwarded-for", line)).collect();
        headers.extend(NAMES[1..].iter().map(|name| (*name, format!("192.0.2.{n}"))));
        headers
    };
    assert_limited(&app, (0..30).map(forms)).await;
    let told = "select count(*) from audit_events where ip = '203.0.113.66' and event = 'session.signed_in'";
    for _ in 0..200 {
        if count(&app.database, told) == 5 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert_eq!(count(&app.database, told), 5, "the trail tells where they came from");
    assert_eq!(count(&app.database, "select count(*) from audit_events where ip like '198.51.%'"), 0);
    // Others behind the same proxy are others; what the proxy cannot read is the proxy's.
    let client = app.anonymous();
    sign_in_from(&client, "203.0.113.67", "nobody", "x").await.assert_status(401);
    let junk = |n: usize| vec![("x-forwarded-for", format!("198.51.100.{n}, junk"))];
    assert_limited(&app, (0..10).map(junk)).await;
}

/// S37: one subscriber owns all of a /64.
async fn a_network_of_ipv6_is_one_address(backend: Backend) {
    let app = limited(backend, &FEW).await;
    let within = |n: usize| vec![("x-forwarded-for", format!("2001:db8:0:7:{n:x}::{n:x}"))];
    assert_limited(&app, (0..40).map(within)).await;
    let client = app.anonymous();
    sign_in_from(&client, "2001:db8:0:8::1", "nobody", "x").await.assert_status(401);
    sign_in_from(&client, "[2001:db8:0:7::1]:443", "nobody", "x").await.assert_status(429);
}
