//! "Keep this address": what a way back brings back, and what becomes of whoever had the address meanwhile.

use std::time::Duration;

use serde_json::json;

use super::{count, mailed, sign_in};
use crate::harness::{Backend, TestApp, given};

on_both!(
    keeping_an_address_proves_nothing,
    an_address_that_was_proven_comes_back_proven,
    whoever_loses_an_unproven_address_goes_on_without_one,
    where_proof_is_required_whoever_loses_an_unproven_address_is_suspended,
);

const NEW: &str = "new@example.org";

/// S15, S62: mallory signed up with somebody else's address and asks for another one; its owner wants to keep theirs. That
/// makes mallory no owner of it, neither before the change nor after it.
async fn keeping_an_address_proves_nothing(backend: Backend) {
    let app = TestApp::start(backend).await;
    let old = given::address("bombee");
    let body = json!({ "username": "mallory", "email": old, "password": given::PASSWORD });
    app.anonymous().post("/api/auth/register", body).await.assert_status(201);
    for is_confirmed in [false, true] {
        app.clock.advance(Duration::from_secs(1));
        let mallory = app.anonymous().sign_in("mallory").await;
        let (confirm, keep) = mailed::change_tokens(&app, &mallory, &old, NEW).await;
        if is_confirmed {
            mailed::settle_address(&app.anonymous(), &confirm).await.assert_status(200);
        }
        mailed::settle_address(&app.anonymous(), &keep).await.assert_status(200);
        mallory.get("/api/auth/profile").await.assert_error(401, "invalid_token");
        mailed::settle_address(&app.anonymous(), &confirm).await.assert_error(422, "invalid_link");
        let mallory = app.anonymous().sign_in("mallory").await;
        assert_eq!(mallory.user["email"], json!(old));
        assert_eq!(mallory.user["email_verified"], json!(false), "confirmed before: {is_confirmed}");
    }
    // Its owner takes the account by a reset, as ever.
    let token = mailed::reset_token(&app, &old).await;
    mailed::reset(&app.anonymous(), &token, "a green boat at the pier").await.assert_status(200);
    sign_in(&app.anonymous(), "mallory", given::PASSWORD).await.assert_status(401);
}

/// S62: and since when it was.
async fn an_address_that_was_proven_comes_back_proven(backend: Backend) {
    const PROVEN_AT: &str = "select email_verified_at from users where username = 'alice'";
    let app = TestApp::start(backend).await;
    let (alice, old) = (app.signed_in("alice").await, given::address("alice"));
    let token = mailed::verify_token(&app, &alice, &old).await;
    mailed::verify(&app.anonymous(), &token).await.assert_status(200);
    let proven_at = app.database.sql(PROVEN_AT);
    for is_confirmed in [false, true] {
        app.clock.advance(Duration::from_secs(7));
        let alice = app.signed_in("alice").await;
        let (confirm, keep) = mailed::change_tokens(&app, &alice, &old, NEW).await;
        if is_confirmed {
            mailed::settle_address(&app.anonymous(), &confirm).await.assert_status(200);
            assert_ne!(app.database.sql(PROVEN_AT), proven_at);
        }
        mailed::settle_address(&app.anonymous(), &keep).await.assert_status(200);
        assert_eq!(app.database.sql(PROVEN_AT), proven_at);
    }
}

/// S62, S15
async fn whoever_loses_an_unproven_address_goes_on_without_one(backend: Backend) {
    let app = TestApp::start(backend).await;
    let old = given::address("alice");
    let keep = moved_away(&app).await;
    let body = json!({ "username": "squatter", "email": old, "password": given::PASSWORD });
    app.anonymous().post("/api/auth/register", body).await.assert_status(201);
    let squatter = app.anonymous().sign_in("squatter").await;
    mailed::settle_address(&app.anonymous(), &keep).await.assert_status(200);
    assert_eq!(squatter.get("/api/auth/profile").await.assert_status(200).body["email"], json!(null));
    sign_in(&app.anonymous(), "squatter", given::PASSWORD).await.assert_status(200);
    assert_eq!(app.anonymous().sign_in("alice").await.user["email"], json!(old));
}

/// S77, S22: an account that never proved its address would get in by losing it.
async fn where_proof_is_required_whoever_loses_an_unproven_address_is_suspended(backend: Backend) {
    let app = TestApp::start_with(backend, &["--email-verification", "required"]).await;
    for name in ["keeper", "alice"] {
        app.anonymous().post("/api/auth/register", given::registration(name)).await.assert_status(202);
        let token = app.mail_to(&given::address(name), "verify_email").await.token();
        mailed::verify(&app.anonymous(), &token).await.assert_status(200);
    }
    let keep = moved_away(&app).await;
    let body =
        json!({ "username": "squatter", "email": given::address("alice"), "password": given::PASSWORD });
    app.anonymous().post("/api/auth/register", body).await.assert_status(202);
    sign_in(&app.anonymous(), "squatter", given::PASSWORD).await.assert_error(403, "email_unverified");
    // A session from before proof was asked for.
    let prove = |at: &str| format!("update users set email_verified_at = {at} where username = 'squatter'");
    app.database.sql(&prove("'2026-01-01 00:00:00'"));
    app.anonymous().sign_in("squatter").await;
    app.database.sql(&prove("null"));

    mailed::settle_address(&app.anonymous(), &keep).await.assert_status(200);
    sign_in(&app.anonymous(), "squatter", given::PASSWORD).await.assert_error(403, "account_suspended");
    let of_squatter = "(select id from users where username = 'squatter')";
    assert_eq!(
        count(&app.database, &format!("select count(*) from sessions where user_id = {of_squatter}")),
        0
    );
    let told = format!(
        "select outcome || ': ' || detail from audit_events where event = 'account.suspended' and subject_id = {of_squatter}"
    );
    assert_eq!(app.database.sql(&told), "success: without the address it had to prove");
    assert_eq!(app.anonymous().sign_in("alice").await.user["email"], json!(given::address("alice")));
}

/// Alice has changed her address. Answers the token of the way back.
async fn moved_away(app: &TestApp) -> String {
    let alice = match sign_in(&app.anonymous(), "alice", given::PASSWORD).await.status {
        200 => app.anonymous().sign_in("alice").await,
        _ => app.signed_in("alice").await,
    };
    let (confirm, keep) = mailed::change_tokens(app, &alice, &given::address("alice"), NEW).await;
    mailed::settle_address(&app.anonymous(), &confirm).await.assert_status(200);
    keep
}
