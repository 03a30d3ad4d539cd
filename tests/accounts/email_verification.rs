//! Proving that an address is one's own.

use std::time::Duration;

use serde_json::json;

use super::{mailed, sign_in};
use crate::harness::database::TestDatabase;
use crate::harness::{Backend, Process, TestApp, given, raw};

on_both!(
    a_link_comes_with_the_account_and_proves_its_address_once,
    of_many_at_once_one_proves_the_address,
    the_newest_link_voids_the_older_ones_and_lasts_a_day,
    a_link_is_bound_to_the_address_and_not_to_the_password,
    what_is_proven_or_not_there_needs_no_mail,
    without_verification_no_link_is_sent,
    where_it_is_required_nobody_signs_in_before,
    what_was_opened_without_proof_ends_where_it_is_required,
    nobody_says_of_themselves_that_they_are_verified,
);

/// S04
async fn a_link_comes_with_the_account_and_proves_its_address_once(backend: Backend) {
    let app = TestApp::start(backend).await;
    let alice = app.signed_in("alice").await;
    let mail = app.mail_to(&given::address("alice"), "verify_email").await;
    assert_eq!(alice.get("/api/auth/profile").await.body["email_verified"], json!(false));
    let answer = mailed::verify(&app.anonymous(), &mail.token()).await;
    assert_eq!(answer.assert_status(200).body, json!({ "ok": true }));
    // What was read a moment ago is not believed any more.
    assert_eq!(alice.get("/api/auth/profile").await.body["email_verified"], json!(true));
    mailed::verify(&app.anonymous(), &mail.token()).await.assert_error(422, "invalid_link");
}

/// S04: sixty-four at once on two nodes.
async fn of_many_at_once_one_proves_the_address(backend: Backend) {
    let app = TestApp::start(backend).await;
    let alice = app.signed_in("alice").await;
    for _ in 0..5 {
        app.database.sql("update users set email_verified_at = null where username = 'alice'");
        app.clock.advance(Duration::from_secs(2));
        let token = mailed::verify_token(&app, &alice, &given::address("alice")).await;
        let second = app.second_node().await;
        let body = json!({ "token": token });
        let request = |n: usize| {
            let node = if n.is_multiple_of(2) { &app } else { &second };
            raw::Request::json(node.address(), "POST", "/api/auth/email/verify", None, &body)
        };
        let answers = raw::at_once(&(0..64).map(request).collect::<Vec<_>>());
        let statuses: Vec<_> = answers.into_iter().map(|answer| answer.unwrap().status).collect();
        assert!(statuses.iter().all(|status| matches!(status, 200 | 422 | 503)), "{statuses:?}");
        assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
    }
}

/// S54
async fn the_newest_link_voids_the_older_ones_and_lasts_a_day(backend: Backend) {
    let app = TestApp::start(backend).await;
    let alice = app.signed_in("alice").await;
    let address = given::address("alice");
    let first = app.mail_to(&address, "verify_email").await.token();
    let newer = mailed::verify_token(&app, &alice, &address).await;
    mailed::verify(&app.anonymous(), &first).await.assert_error(422, "invalid_link");
    app.clock.advance(Duration::from_hours(24));
    mailed::verify(&app.anonymous(), &newer).await.assert_error(422, "invalid_link");
    let alice = app.signed_in("alice").await;
    let newest = mailed::verify_token(&app, &alice, &address).await;
    mailed::verify(&app.anonymous(), &newest).await.assert_status(200);
}

/// S62: who changed the password still owns the address; who changed the address has another one to prove.
async fn a_link_is_bound_to_the_address_and_not_to_the_password(backend: Backend) {
    let app = TestApp::start(backend).await;
    let (alice, bob) = (app.signed_in("alice").await, app.signed_in("bob").await);
    let token = mailed::verify_token(&app, &alice, &given::address("alice")).await;
    let body = json!({ "current_password": given::PASSWORD, "new_password": "a green boat at the pier" });
    alice.post("/api/auth/password/change", body).await.assert_status(200);
    mailed::verify(&app.anonymous(), &token).await.assert_status(200);

    let old = mailed::verify_token(&app, &bob, &given::address("bob")).await;
    let (confirm, _) = mailed::change_tokens(&app, &bob, &given::address("bob"), "robert@example.org").await;
    mailed::settle_address(&app.anonymous(), &confirm).await.assert_status(200);
    mailed::verify(&app.anonymous(), &old).await.assert_error(422, "invalid_link");
    app.database.sql("update users set email_verified_at = null where username = 'bob'");
    mailed::verify(&app.anonymous(), &old).await.assert_error(422, "invalid_link");
}

async fn what_is_proven_or_not_there_needs_no_mail(backend: Backend) {
    let app = TestApp::start(backend).await;
    let alice = app.signed_in("alice").await;
    let token = mailed::verify_token(&app, &alice, &given::address("alice")).await;
    mailed::verify(&app.anonymous(), &token).await.assert_status(200);
    let bob = app.signed_in("bob").await;
    app.database.sql("update users set email = null, email_key = null where username = 'bob'");
    app.clock.advance(Duration::from_secs(2));
    mailed::all_mails_left(&app).await;
    let before = app.mails().len();
    for caller in [&alice, &bob] {
        let answer = caller.post("/api/auth/email/verify/request", json!(null)).await;
        assert_eq!(answer.assert_status(202).body, json!({ "ok": true }));
    }
    mailed::all_mails_left(&app).await;
    assert_eq!(app.mails().len(), before);
}

async fn without_verification_no_link_is_sent(backend: Backend) {
    let app = TestApp::start_with(backend, &["--email-verification", "off"]).await;
    app.signed_in("alice").await;
    mailed::all_mails_left(&app).await;
    assert_eq!(mailed::count_mails(&app, &given::address("alice"), "verify_email"), 0);
}

/// S77
async fn where_it_is_required_nobody_signs_in_before(backend: Backend) {
    let app = TestApp::start_with(backend, &["--email-verification", "required"]).await;
    let stranger = app.anonymous();
    stranger.post("/api/auth/register", given::registration("alice")).await.assert_status(202);
    sign_in(&stranger, "alice", given::PASSWORD).await.assert_error(403, "email_unverified");
    sign_in(&stranger, "alice", "not the password").await.assert_error(401, "invalid_credentials");
    let token = app.mail_to(&given::address("alice"), "verify_email").await.token();
    mailed::verify(&stranger, &token).await.assert_status(200);
    let answer = sign_in(&stranger, "alice", given::PASSWORD).await;
    assert_eq!(answer.assert_status(200).body["user"]["email_verified"], json!(true));

    // Who never got the link proves the address by a reset.
    stranger.post("/api/auth/register", given::registration("bob")).await.assert_status(202);
    let token = mailed::reset_token(&app, &given::address("bob")).await;
    mailed::reset(&stranger, &token, "a green boat at the pier").await.assert_status(200);
    sign_in(&stranger, "bob", "a green boat at the pier").await.assert_status(200);
}

/// S77: nothing that was opened before the operator asked for proof opens anything until there is one.
async fn what_was_opened_without_proof_ends_where_it_is_required(backend: Backend) {
    let database = TestDatabase::new(backend);
    let [lax, strict] = ["optional", "required"].map(|verification| {
        Process::start(&[
            ("DATABASE_URL", &database.url()),
            ("SECRET_KEY", given::SECRET_KEY),
            ("PUBLIC_URL", "http://accounts.example.org"),
            ("RATE_LIMITS", "off"),
            ("SESSIONS_PER_USER", "5"),
            ("EMAIL_VERIFICATION", verification),
        ])
    });
    let (before, after) = (lax.anonymous(), strict.anonymous());
    before.post("/api/auth/register", given::registration("alice")).await.assert_status(201);
    for format in ["opaque", "jwt"] {
        let mut body = given::credentials("alice");
        body["format"] = json!(format);
        let session = before.post("/api/auth/login", body).await;
        let token = session.assert_status(200).body["access_token"].as_str().unwrap();
        before.with_token(token).get("/api/auth/profile").await.assert_status(200);
        let refresh = json!({ "refresh_token": session.body["refresh_token"] });
        let assert_status = async |status: u16| {
            for path in ["/api/auth/profile", "/auth/me", "/api/auth/sessions"] {
                assert_eq!(after.with_token(token).get(path).await.status, status, "{path} by {format}");
            }
        };
        assert_status(401).await;
        after.post("/api/auth/refresh", refresh.clone()).await.assert_error(401, "invalid_token");
        after
            .post("/api/auth/login", given::credentials("alice"))
            .await
            .assert_error(403, "email_unverified");
        database.sql("update users set email_verified_at = '2026-01-01 00:00:00'");
        assert_status(200).await;
        after.post("/api/auth/refresh", refresh).await.assert_status(200);
        database.sql("update users set email_verified_at = null");
    }
}

/// S02, S77
async fn nobody_says_of_themselves_that_they_are_verified(backend: Backend) {
    let app = TestApp::start(backend).await;
    let alice = app.signed_in("alice").await;
    for field in ["email_verified", "email_verified_at", "email", "is_verified"] {
        for value in [json!(true), json!("true"), json!("2026-01-01T00:00:00Z")] {
            alice
                .patch("/api/auth/profile", json!({ field: value }))
                .await
                .assert_error(422, "invalid_fields");
            let mut body = given::registration("mallory");
            if field != "email" {
                body[field] = value.clone();
                app.anonymous().post("/api/auth/register", body).await.assert_error(422, "invalid_fields");
            }
        }
    }
    assert_eq!(alice.get("/api/auth/profile").await.body["email_verified"], json!(false));
}
