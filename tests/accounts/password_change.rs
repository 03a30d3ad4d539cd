//! A new password for whoever knows the old one.

use std::time::Duration;

use serde_json::json;

use super::{mailed, sign_in};
use crate::harness::client::{Answer, Client};
use crate::harness::{Backend, TestApp, given, raw};

on_both!(
    a_new_password_takes_the_place_of_the_old_one,
    a_new_password_ends_every_other_session_and_every_pending_link,
    a_wrong_current_password_changes_nothing,
    a_new_password_has_to_be_a_good_one,
    the_same_password_again_is_a_change_like_any_other,
    whoever_guesses_at_the_current_password_is_stopped,
    of_many_changes_at_once_one_stands,
);

const NEW: &str = "a green boat at the pier";

/// S61, S96: what was changed is told by mail, and no mail tells a secret.
async fn a_new_password_takes_the_place_of_the_old_one(backend: Backend) {
    let app = TestApp::start(backend).await;
    let alice = app.signed_in("alice").await;
    let answer = change(&alice, given::PASSWORD, NEW).await;
    assert_eq!(answer.assert_status(200).body, json!({ "ok": true }));
    alice.get("/api/auth/profile").await.assert_status(200);
    let notice = app.mail_to(&given::address("alice"), "password_changed").await;
    assert!(!notice.source.contains(NEW) && !notice.source.contains("token="), "{}", notice.source);
    sign_in(&app.anonymous(), "alice", given::PASSWORD).await.assert_error(401, "invalid_credentials");
    sign_in(&app.anonymous(), "alice", NEW).await.assert_status(200);
    mailed::all_mails_left(&app).await;
    assert_eq!(mailed::count_mails(&app, &given::address("alice"), "password_changed"), 1);
}

/// S06: on this node at once, on the other within a second, and for refresh tokens and links as well.
async fn a_new_password_ends_every_other_session_and_every_pending_link(backend: Backend) {
    let app = TestApp::start_with(backend, &["--sessions-per-user", "5"]).await;
    let alice = app.signed_in("alice").await;
    let phone = sign_in(&app.anonymous(), "alice", given::PASSWORD).await;
    let tablet = app.anonymous().sign_in("alice").await;
    let bob = app.signed_in("bob").await;
    let address = given::address("alice");
    let reset = mailed::reset_token(&app, &address).await;
    let (confirm, _) = mailed::change_tokens(&app, &alice, &address, "new@example.org").await;
    let second = app.second_node().await;
    tablet.at(&second).get("/api/auth/profile").await.assert_status(200);

    change(&alice, given::PASSWORD, NEW).await.assert_status(200);
    tablet.get("/api/auth/profile").await.assert_error(401, "invalid_token");
    app.clock.advance(Duration::from_secs(1));
    tablet.at(&second).get("/api/auth/profile").await.assert_error(401, "invalid_token");
    let refresh = json!({ "refresh_token": phone.body["refresh_token"] });
    for node in [&app, &second] {
        node.anonymous().post("/api/auth/refresh", refresh.clone()).await.assert_status(401);
        alice.at(node).get("/api/auth/profile").await.assert_status(200);
        bob.at(node).get("/api/auth/profile").await.assert_status(200);
        mailed::reset(&node.anonymous(), &reset, "yet another boat").await.assert_error(422, "invalid_link");
        mailed::settle_address(&node.anonymous(), &confirm).await.assert_error(422, "invalid_link");
    }
    sign_in(&app.anonymous(), "alice", NEW).await.assert_status(200);
}

/// S61, S42
async fn a_wrong_current_password_changes_nothing(backend: Backend) {
    let app = TestApp::start_with(backend, &["--sessions-per-user", "5"]).await;
    let (alice, phone) = (app.signed_in("alice").await, app.signed_in("alice").await);
    for wrong in [NEW, "VIOLET HARBOUR 42 LAMPS", " violet harbour 42 lamps"] {
        let answer = change(&alice, wrong, NEW).await;
        answer.assert_error(422, "wrong_password");
        assert!(!answer.complaints("current_password").is_empty(), "{}", answer.text);
    }
    app.anonymous()
        .post(
            "/api/auth/password/change",
            json!({ "current_password": given::PASSWORD, "new_password": NEW }),
        )
        .await
        .assert_error(401, "authentication_required");
    phone.get("/api/auth/profile").await.assert_status(200);
    sign_in(&app.anonymous(), "alice", given::PASSWORD).await.assert_status(200);
    mailed::all_mails_left(&app).await;
    assert_eq!(mailed::count_mails(&app, &given::address("alice"), "password_changed"), 0);
}

/// S60: the rules of sign-up, against the account's own data.
async fn a_new_password_has_to_be_a_good_one(backend: Backend) {
    let app = TestApp::start(backend).await;
    let alice = app.signed_in("alicewonder").await;
    alice.patch("/api/auth/profile", json!({ "full_name": "Grace Hopper" })).await.assert_status(200);
    for weak in ["short", "password", "1234567890", "alicewonder1", "gracehopper", &"x".repeat(1025), ""] {
        let answer = change(&alice, given::PASSWORD, weak).await;
        answer.assert_error(422, "invalid_fields");
        assert!(!answer.complaints("new_password").is_empty(), "{weak:?}: {}", answer.text);
    }
    sign_in(&app.anonymous(), "alicewonder", given::PASSWORD).await.assert_status(200);
}

async fn the_same_password_again_is_a_change_like_any_other(backend: Backend) {
    let app = TestApp::start_with(backend, &["--sessions-per-user", "5"]).await;
    let (alice, phone) = (app.signed_in("alice").await, app.signed_in("alice").await);
    let before = super::stored_hash(&app.database, "alice");
    change(&alice, given::PASSWORD, given::PASSWORD).await.assert_status(200);
    assert_ne!(super::stored_hash(&app.database, "alice"), before);
    phone.get("/api/auth/profile").await.assert_status(401);
    sign_in(&app.anonymous(), "alice", given::PASSWORD).await.assert_status(200);
}

/// S35, S42: a stolen session is no licence to guess; the change of address is the same door, and the right password does
/// not open it while it is shut.
async fn whoever_guesses_at_the_current_password_is_stopped(backend: Backend) {
    let app = TestApp::start_with(backend, &["--rate-limits", "on"]).await;
    let alice = app.signed_in("alice").await;
    let mut tried = 0;
    let refused = loop {
        let answer = change(&alice, &format!("guess number {tried}"), NEW).await;
        if answer.status == 429 {
            break answer;
        }
        answer.assert_error(422, "wrong_password");
        tried += 1;
        assert!(tried <= 10, "ten guesses and no end");
    };
    refused.assert_error(429, "too_many_requests");
    change(&alice, given::PASSWORD, NEW).await.assert_error(429, "too_many_requests");
    mailed::ask_for_address(&alice, "new@example.org").await.assert_error(429, "too_many_requests");
    app.clock.advance(Duration::from_mins(10));
    change(&alice, given::PASSWORD, NEW).await.assert_status(200);
}

/// S04: all of them know the current password, and only one of them can be right about it.
async fn of_many_changes_at_once_one_stands(backend: Backend) {
    let app = TestApp::start(backend).await;
    let second = app.second_node().await;
    let mut current = given::PASSWORD.to_owned();
    app.signed_in("alice").await;
    for round in 0..3 {
        let answer = sign_in(&app.anonymous(), "alice", &current).await;
        let token = answer.assert_status(200).body["access_token"].as_str().unwrap().to_owned();
        let password = |n: usize| format!("round {round} of the boats, number {n}");
        let request = |n: usize| {
            let node = if n.is_multiple_of(2) { &app } else { &second };
            let body = json!({ "current_password": current, "new_password": password(n) });
            raw::Request::json(node.address(), "POST", "/api/auth/password/change", Some(&token), &body)
        };
        let answers = raw::at_once(&(0..32).map(request).collect::<Vec<_>>());
        let answers: Vec<_> = answers.into_iter().map(Result::unwrap).collect();
        assert!(answers.iter().all(|answer| matches!(answer.status, 200 | 422 | 503)), "{answers:?}");
        let won: Vec<_> = (0..32).filter(|n| answers[*n].status == 200).collect();
        let [winner] = won[..] else { panic!("{won:?} won") };
        sign_in(&app.anonymous(), "alice", &current).await.assert_status(401);
        current = password(winner);
    }
    sign_in(&app.anonymous(), "alice", &current).await.assert_status(200);
}

async fn change(client: &Client, current: &str, new: &str) -> Answer {
    let body = json!({ "current_password": current, "new_password": new });
    client.post("/api/auth/password/change", body).await
}
