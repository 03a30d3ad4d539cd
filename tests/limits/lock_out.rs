//! What an attacker can keep the owner of an account from: nothing for long.

use std::time::Duration;

use serde_json::json;

use super::{limited, post_from, sign_in_from};
use crate::harness::client::{Answer, Client};
use crate::harness::{Backend, TestApp, given};

on_both!(
    an_attacker_keeps_nobody_out_for_longer_than_a_minute,
    many_attackers_keep_nobody_out_of_an_address_the_account_knows,
    asking_for_a_new_password_locks_nothing,
    a_refusal_tells_nothing_of_accounts,
);

const WRONG: &str = "not the one at all";
const HOME: &str = "192.0.2.10";

/// An account that knows [`HOME`].
async fn at_home(app: &TestApp) -> Client {
    app.signed_in("alice").await;
    let home = app.anonymous();
    sign_in_from(&home, HOME, "alice", given::PASSWORD).await.assert_status(200);
    home
}

/// How long `name` waits who comes from `ip` with the right password and tries every five seconds.
async fn waited(app: &TestApp, client: &Client, ip: &str) -> Duration {
    let mut waited = Duration::ZERO;
    while sign_in_from(client, ip, "alice", given::PASSWORD).await.status != 200 {
        waited += Duration::from_secs(5);
        app.clock.advance(Duration::from_secs(5));
        assert!(waited <= Duration::from_mins(1), "locked out for more than a minute");
    }
    waited
}

/// S36: one address that fails hundreds of times, in a burst and for ten minutes.
async fn an_attacker_keeps_nobody_out_for_longer_than_a_minute(backend: Backend) {
    let app = limited(backend, &[]).await;
    let home = at_home(&app).await;
    let (attacker, ip) = (app.anonymous(), "203.0.113.66");
    for round in 0..4 {
        for second in 0..150 {
            let answer = sign_in_from(&attacker, ip, "alice", WRONG).await;
            assert!([401, 429].contains(&answer.status), "{}", answer.text);
            app.clock.advance(Duration::from_secs(u64::from(round > 0 && second % 2 == 0)));
        }
        sign_in_from(&home, HOME, "alice", given::PASSWORD).await.assert_status(200);
        waited(&app, &home, &format!("198.51.100.{round}")).await;
    }
    // Whoever knows the password gets in from the attacker's own address, too, when the wait is over.
    app.clock.advance(Duration::from_mins(5));
    sign_in_from(&attacker, ip, "alice", given::PASSWORD).await.assert_status(200);
}

/// S36: they empty the bucket for strangers, and no other.
async fn many_attackers_keep_nobody_out_of_an_address_the_account_knows(backend: Backend) {
    let app = limited(backend, &[]).await;
    let home = at_home(&app).await;
    for n in 0..200 {
        sign_in_from(&home, &format!("203.0.113.{n}"), "alice", WRONG).await;
    }
    sign_in_from(&home, "198.51.100.1", "alice", given::PASSWORD).await.assert_status(429);
    sign_in_from(&home, HOME, "alice", given::PASSWORD).await.assert_status(200);
    waited(&app, &home, "198.51.100.1").await;
}

/// S36
async fn asking_for_a_new_password_locks_nothing(backend: Backend) {
    let app = limited(backend, &[]).await;
    let alice = app.signed_in("alice").await;
    let stranger = app.anonymous();
    let body = json!({ "email": given::address("alice") });
    for n in 0..200 {
        let ip = format!("203.0.113.{n}");
        post_from(&stranger, &ip, "/api/auth/password/forgot", &body).await.assert_status(202);
    }
    alice.get("/api/auth/profile").await.assert_status(200);
    sign_in_from(&stranger, "198.51.100.1", "alice", given::PASSWORD).await.assert_status(200);
}

/// S36, S38, S99: the same attempts on an account and on a name nobody has get the same answers throughout.
async fn a_refusal_tells_nothing_of_accounts(backend: Backend) {
    let app = limited(backend, &[]).await;
    app.signed_in("alice").await;
    // The first sign-in of an account takes one of the count that a name nobody has was never asked for.
    app.clock.advance(Duration::from_mins(5));
    let stranger = app.anonymous();
    for paths in ["/api/auth/login", "/auth/login"] {
        for second in 0..40_u8 {
            let ip = |n| format!("203.0.113.{}", if second % 4 == 0 { 100 + n } else { n });
            let attempt = async |name: &str, ip: String| {
                post_from(&stranger, &ip, paths, &json!({ "username": name, "password": WRONG })).await
            };
            let known = attempt("alice", ip(1)).await;
            let unknown = attempt("nobody", ip(2)).await;
            assert_eq!(visible(&known), visible(&unknown), "{paths} at {second}");
            app.clock.advance(Duration::from_secs(u64::from(second % 3)));
        }
    }
    for n in 0..40_u8 {
        let ask = async |name: &str, ip: String| {
            post_from(&stranger, &ip, "/api/auth/password/forgot", &json!({ "email": given::address(name) }))
                .await
        };
        let known = ask("alice", "198.51.100.1".to_owned()).await;
        let unknown = ask("nobody", "198.51.100.2".to_owned()).await;
        assert_eq!(visible(&known), visible(&unknown), "forgot {n}");
    }
}

/// Everything but the request's own id and the time of day.
fn visible(answer: &Answer) -> (u16, String, Vec<(String, String)>) {
    let id = answer.header("x-request-id").unwrap();
    let headers =
        answer.headers.iter().filter(|(name, _)| !["x-request-id", "date"].contains(&name.as_str()));
    let mut headers: Vec<_> =
        headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect();
    headers.sort();
    (answer.status, answer.text.replace(id, "?"), headers)
}
