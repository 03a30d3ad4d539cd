//! Access tokens: what they are made of and where they are not.

use std::collections::HashSet;
use std::sync::Arc;

use reqwest::Method;
use serde_json::json;
use tokio::task::JoinSet;
use vestibule_domain::token::TokenSecret;
use vestibule_server::system::SystemRandom;

use super::sign_in;
use crate::harness::client::Client;
use crate::harness::database::TestDatabase;
use crate::harness::{Backend, Process, TestApp, given};

on_both!(
    of_a_thousand_tokens_none_is_kept_and_none_is_like_another,
    no_token_is_ever_logged,
    a_token_counts_in_its_header_and_nowhere_else,
    what_the_client_brings_along_never_becomes_its_token,
);

/// S19: the database holds the digests and nothing else of them.
async fn of_a_thousand_tokens_none_is_kept_and_none_is_like_another(backend: Backend) {
    let app = TestApp::start_with(backend, &["--sessions-per-user", "1000"]).await;
    app.signed_in("alice").await;
    let tokens = issue(&app.anonymous(), "alice", 999).await;
    let unique: HashSet<_> = tokens.iter().collect();
    assert_eq!(unique.len(), 999);
    assert!(tokens.iter().all(|token| is_token(token)), "{tokens:?}");
    assert_even(&tokens);
    assert!(
        holds_one_of(format!("{{\"a\":\"{}\"}}", tokens[7]).as_bytes(), &tokens),
        "the search finds nothing"
    );

    let dump = app.database.dump();
    assert!(!holds_one_of(&dump, &tokens), "a token in the database");
    let digests = match backend {
        Backend::Sqlite => "select lower(hex(token_digest)) from sessions",
        Backend::Postgres => "select encode(token_digest, 'hex') from sessions",
    };
    let kept = app.database.sql(digests);
    let kept: HashSet<_> = kept.lines().collect();
    let mine = tokens.iter().map(|token| hex(token.parse::<TokenSecret>().unwrap().digest().as_bytes()));
    assert!(
        mine.into_iter().all(|digest| kept.contains(&*digest)),
        "the digests are not where the test looks"
    );
    assert_eq!(kept.len(), 1000);
}

/// S19, S57: at the most talkative level, queries included.
async fn no_token_is_ever_logged(backend: Backend) {
    let database = TestDatabase::new(backend);
    let server = Process::start(&[
        ("DATABASE_URL", &database.url()),
        ("SECRET_KEY", given::SECRET_KEY),
        ("SESSIONS_PER_USER", "10000"),
        ("LOG_LEVEL", "trace"),
        ("RATE_LIMITS", "off"),
    ]);
    let stranger = server.anonymous();
    stranger.post("/api/auth/register", given::registration("alice")).await.assert_status(201);
    let tokens = issue(&stranger, "alice", 250).await;
    for token in tokens.iter().take(50) {
        let caller = stranger.with_token(token);
        caller.get("/api/auth/profile").await.assert_status(200);
        caller.get(&format!("/api/auth/profile?access_token={token}")).await.assert_status(422);
        caller.post("/api/auth/logout", json!(null)).await.assert_status(200);
        caller.get("/api/auth/profile").await.assert_status(401);
    }
    let said = server.said();
    assert!(said.lines().count() > 500, "{} lines", said.lines().count());
    assert!(!holds_one_of(said.as_bytes(), &tokens), "a token in the log");
    assert!(!said.contains(given::PASSWORD), "a password in the log");
}

/// S19, S73: not in the query, not in a cookie, not in a form; and a session's own name is no token.
async fn a_token_counts_in_its_header_and_nowhere_else(backend: Backend) {
    let app = TestApp::start(backend).await;
    let alice = app.signed_in("alice").await;
    let token = alice.token.clone().unwrap();
    let stranger = app.anonymous();
    for name in ["token", "access_token", "bearer", "authorization", "auth", "api_key", "jwt"] {
        let answer = stranger.get(&format!("/api/auth/profile?{name}={token}")).await;
        answer.assert_error(401, "authentication_required");
        let request = stranger.request(Method::GET, "/api/auth/profile");
        let answer =
            stranger.send(request.header("Cookie", format!("{name}={token}; vestibule={token}"))).await;
        answer.assert_error(401, "authentication_required");
        let request = stranger.request(Method::GET, "/api/auth/profile");
        let answer = stranger.send(request.header(format!("X-{name}").replace('_', "-"), &token)).await;
        answer.assert_error(401, "authentication_required");
    }
    let form = stranger.request(Method::POST, "/api/auth/logout").form(&[("access_token", &token)]);
    stranger.send(form).await.assert_error(401, "authentication_required");
    for id in app.database.sql("select id from sessions").lines() {
        alice.with_token(id).get("/api/auth/profile").await.assert_error(401, "invalid_token");
        let bare = id.replace('-', "");
        alice.with_token(&bare.repeat(2)).get("/api/auth/profile").await.assert_error(401, "invalid_token");
    }
    alice.get("/api/auth/profile").await.assert_status(200);
}

/// S20: session fixation.
async fn what_the_client_brings_along_never_becomes_its_token(backend: Backend) {
    let app = TestApp::start(backend).await;
    let alice = app.signed_in("alice").await;
    let chosen = "0123456789abcdef".repeat(4);
    let first = alice.token.clone().unwrap();
    let mut known = HashSet::from([chosen.clone(), first.clone()]);
    for brought in [&chosen, &first] {
        let bringer = app.anonymous().with_token(brought);
        let request = bringer.request(Method::POST, "/api/auth/login").json(&given::credentials("alice"));
        let cookies = format!("vestibule={brought}; __Host-vestibule={brought}; session={brought}");
        let answer = bringer.send(request.header("Cookie", cookies)).await;
        let token = answer.assert_status(200).body["access_token"].as_str().unwrap().to_owned();
        assert!(known.insert(token.clone()), "the token was known before");
        bringer.get("/api/auth/profile").await.assert_error(401, "invalid_token");
        bringer.with_token(&token).get("/api/auth/profile").await.assert_status(200);
    }
    let registered = app.anonymous().with_token(&chosen);
    registered.post("/api/auth/register", given::registration("bob")).await.assert_status(201);
    registered.get("/api/auth/profile").await.assert_error(401, "invalid_token");
}

/// S19: of as many tokens as a large installation issues in a month, no two are the same.
#[test]
fn a_million_tokens_are_a_million_tokens() {
    let mut seen = HashSet::with_capacity(1_000_000);
    assert!((0..1_000_000).all(|_| seen.insert(*TokenSecret::new(&SystemRandom).bytes())));
}

/// Signs in `number` times, eight at a time.
async fn issue(client: &Client, name: &'static str, number: usize) -> Vec<String> {
    let client = Arc::new(client.clone());
    let mut running = JoinSet::new();
    for share in 0..8 {
        let client = Arc::clone(&client);
        running.spawn(async move {
            let mut tokens = Vec::new();
            for _ in (share..number).step_by(8) {
                let answer = sign_in(&client, name, given::PASSWORD).await;
                tokens.push(answer.assert_status(200).body["access_token"].as_str().unwrap().to_owned());
            }
            tokens
        });
    }
    running.join_all().await.concat()
}

fn is_token(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(is_hexadecimal)
}

fn is_hexadecimal(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'a'..=b'f')
}

/// Whether a token stands somewhere in `bytes`: looked for in every stretch of digits long enough to hold one.
fn holds_one_of(bytes: &[u8], tokens: &[String]) -> bool {
    let wanted: HashSet<&[u8]> = tokens.iter().map(String::as_bytes).collect();
    let stretches = bytes.split(|byte| !is_hexadecimal(*byte)).filter(|stretch| stretch.len() >= 64);
    stretches.flat_map(|stretch| stretch.windows(64)).any(|window| wanted.contains(window))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}

/// Chi-square over the sixteen digits, at each place and over all: with fifteen degrees of freedom a fair generator
/// goes beyond 80 once in ten billion times.
fn assert_even(tokens: &[String]) {
    let chi_square = |digits: &[u8]| {
        let mut seen = [0_u32; 16];
        for digit in digits {
            seen[char::from(*digit).to_digit(16).unwrap() as usize] += 1;
        }
        let expected = f64::from(u32::try_from(digits.len()).unwrap()) / 16.0;
        seen.iter().map(|count| (f64::from(*count) - expected).powi(2) / expected).sum::<f64>()
    };
    for place in 0..64 {
        let digits: Vec<u8> = tokens.iter().map(|token| token.as_bytes()[place]).collect();
        let found = chi_square(&digits);
        assert!(found < 80.0, "{found} at {place}");
    }
    let found = chi_square(tokens.concat().as_bytes());
    assert!(found < 80.0, "{found} over all");
}
