//! Passwords guessed, many at once and by every way in.

use serde_json::json;

use super::{from, limited, policy, post_from, raw_sign_in, sign_in_from};
use crate::harness::client::Answer;
use crate::harness::{Backend, Redis, TestApp, given, raw};

on_both!(
    of_two_hundred_guesses_at_once_few_are_checked,
    nodes_that_share_a_redis_count_together,
    failures_of_many_at_once_are_counted_to_the_last,
    good_sign_ins_give_an_address_nothing_back,
    every_way_in_shares_the_count_of_the_account,
);

const WRONG: &str = "not the one at all";
const GENEROUS: [&str; 2] = ["--limit-sign-in-per-address", "100000/1h"];

/// All at one moment, spread over `nodes`: how many were checked. Nothing but 401 and 429 is answered.
fn checked(nodes: &[&TestApp], requests: usize, ip: impl Fn(usize) -> String, name: &str) -> usize {
    let request = |n: usize| raw_sign_in(nodes[n % nodes.len()].address(), &ip(n), name, WRONG);
    let answers = raw::at_once(&(0..requests).map(request).collect::<Vec<_>>());
    let answers: Vec<Answer> = answers.into_iter().map(Result::unwrap).collect();
    for answer in &answers {
        let code = if answer.status == 401 { "invalid_credentials" } else { "too_many_requests" };
        answer.assert_error(if answer.status == 401 { 401 } else { 429 }, code);
    }
    answers.iter().filter(|answer| answer.status == 401).count()
}

/// S35: from one address, from many, and the right password among them opens nothing any more.
async fn of_two_hundred_guesses_at_once_few_are_checked(backend: Backend) {
    let app = limited(backend, &GENEROUS).await;
    let stranger = app.anonymous();
    app.signed_in("alice").await;
    app.signed_in("bob").await;
    let tried = checked(&[&app], 200, |_| "203.0.113.66".to_owned(), "alice");
    assert!((3..=10).contains(&tried), "{tried} were checked");
    sign_in_from(&stranger, "203.0.113.66", "alice", given::PASSWORD).await.assert_status(429);

    // One of the ten was the first sign-in of the account, when no address was known yet.
    let tried = checked(&[&app], 200, |n| format!("198.51.100.{n}"), "bob");
    assert_eq!(tried, 9);
    let answer = sign_in_from(&stranger, "192.0.2.1", "bob", given::PASSWORD).await;
    assert_eq!(policy(answer.assert_status(429)), "sign-in-account");
    assert_eq!(answer.header("ratelimit-policy"), Some(r#""sign-in-account";q=10;w=300"#));

    let app = limited(backend, &[]).await;
    let tried = checked(&[&app], 200, |_| "203.0.113.66".to_owned(), "nobody");
    assert!((3..=10).contains(&tried), "{tried} were checked");
    let answer = sign_in_from(&app.anonymous(), "203.0.113.66", "somebody", WRONG).await;
    assert_eq!(policy(answer.assert_status(429)), "sign-in");
}

/// S35, F12: as many as the burst on both nodes together, and what one node learnt holds on the other.
async fn nodes_that_share_a_redis_count_together(backend: Backend) {
    let redis = Redis::start();
    let url = redis.url();
    let app = limited(backend, &[&GENEROUS[..], &["--redis-url", &url]].concat()).await;
    app.signed_in("alice").await;
    let second = app.second_node().await;
    let tried = checked(&[&app, &second], 200, |n| format!("198.51.100.{n}"), "alice");
    assert_eq!(tried, 9);
    for node in [&app, &second] {
        let answer = sign_in_from(&node.anonymous(), "192.0.2.1", "alice", given::PASSWORD).await;
        assert_eq!(policy(answer.assert_status(429)), "sign-in-account");
        // Whoever was there before has a count of their own.
        sign_in_from(&node.anonymous(), "127.0.0.1", "alice", given::PASSWORD).await.assert_status(200);
    }
    let tried = checked(&[&app, &second], 200, |_| "203.0.113.66".to_owned(), "nobody");
    assert!((3..=10).contains(&tried), "{tried} were checked");
}

/// S81: sixty-four at once are sixty-four, of an account and of an address.
async fn failures_of_many_at_once_are_counted_to_the_last(backend: Backend) {
    let redis = Redis::start();
    let url = redis.url();
    let exactly = ["--limit-sign-in-per-account", "64/24h", "--limit-sign-in-per-address", "64/24h"];
    for redis in [&[][..], &["--redis-url", &url]] {
        let app = limited(backend, &[&exactly[..], redis].concat()).await;
        let (stranger, name) = (app.anonymous(), "nobody");
        assert_eq!(checked(&[&app], 64, |n| format!("198.51.100.{n}"), name), 64);
        let answer = sign_in_from(&stranger, "192.0.2.1", name, WRONG).await;
        assert_eq!(policy(answer.assert_status(429)), "sign-in-account", "{redis:?}");

        let of_all = |n| raw_sign_in(app.address(), "203.0.113.66", &format!("nobody{n}"), WRONG);
        let answers = raw::at_once(&(0..64).map(of_all).collect::<Vec<_>>());
        for answer in answers {
            answer.unwrap().assert_error(401, "invalid_credentials");
        }
        let answer = sign_in_from(&stranger, "203.0.113.66", "somebody", WRONG).await;
        assert_eq!(policy(answer.assert_status(429)), "sign-in", "{redis:?}");
    }
}

/// S35: an account of one's own is no way to begin anew.
async fn good_sign_ins_give_an_address_nothing_back(backend: Backend) {
    let app = limited(backend, &["--limit-sign-in-per-account", "1000/5m"]).await;
    app.signed_in("mallory").await;
    let (stranger, ip) = (app.anonymous(), "203.0.113.66");
    let (mut good, mut bad) = (0, 0);
    for n in 0..60 {
        let answer = match n % 2 {
            0 => sign_in_from(&stranger, ip, &format!("victim{n}"), WRONG).await,
            _ => sign_in_from(&stranger, ip, "mallory", given::PASSWORD).await,
        };
        match answer.status {
            200 => good += 1,
            401 => bad += 1,
            _ => assert_eq!(policy(answer.assert_status(429)), "sign-in"),
        }
    }
    assert_eq!((good, bad), (15, 15));
    let profile = stranger.request(reqwest::Method::GET, "/health/live").header("x-forwarded-for", ip);
    stranger.send(profile).await.assert_status(200);
}

/// S35, S42: five doors and one lock. Each try is from an address of its own, so that no other limit is met.
async fn every_way_in_shares_the_count_of_the_account(backend: Backend) {
    let app = limited(backend, &["--limit-sign-in-per-account", "6/24h"]).await;
    // The first of the six.
    let alice = app.signed_in("alice").await;
    let stranger = app.anonymous();
    let attempt = async |door: usize, ip: String, password: &str| {
        let name = json!({ "username": "alice", "password": password });
        let address = json!({ "email": given::address("alice"), "password": password });
        match door {
            0 => post_from(&stranger, &ip, "/api/auth/login", &name).await,
            1 => post_from(&stranger, &ip, "/auth/login", &address).await,
            2 => {
                let form = [("grant_type", "password"), ("username", "ALICE"), ("password", password)];
                stranger.send(from(&stranger, &ip, "/auth/login").form(&form)).await
            }
            3 => {
                let body = json!({ "current_password": password, "new_password": "another quiet harbour" });
                post_from(&alice, &ip, "/api/auth/password/change", &body).await
            }
            _ => {
                let body = json!({ "new_email": "new@example.org", "password": password });
                post_from(&alice, &ip, "/api/auth/email/change", &body).await
            }
        }
    };
    let expected = [401, 401, 401, 422, 422];
    for (door, status) in expected.into_iter().enumerate() {
        attempt(door, format!("198.51.100.{door}"), WRONG).await.assert_status(status);
    }
    for door in 0..expected.len() {
        for (ip, password) in [("192.0.2.1", WRONG), ("192.0.2.2", given::PASSWORD)] {
            let answer = attempt(door, format!("{ip}{door}"), password).await;
            assert_eq!(policy(answer.assert_status(429)), "sign-in-account", "door {door}");
        }
    }
}
