//! Accounts that somebody else makes: opened by their owner alone, once, for a while.

use std::time::Duration;

use serde_json::{Value, json};

use super::{id, officer, seen};
use crate::accounts::{mailed, sign_in};
use crate::harness::client::{Answer, Client};
use crate::harness::{Backend, TestApp, given};

on_both!(
    whoever_an_account_is_made_for_chooses_the_password,
    a_first_link_is_good_once_and_for_a_while,
    what_is_taken_is_said_and_makes_nothing,
    somebody_who_is_to_choose_anew_is_told_how,
    who_has_no_address_cannot_be_sent_a_link,
    an_address_somebody_else_put_there_is_proven_anew,
);

const NEW: &str = "a quiet green harbour";

async fn make(admin: &Client, name: &str) -> Answer {
    let body = json!({ "username": name, "email": given::address(name), "full_name": "Carol Danvers" });
    admin.post("/api/users", body).await
}

/// S97: nobody signs in before, with whatever password; the link proves the address too.
async fn whoever_an_account_is_made_for_chooses_the_password(backend: Backend) {
    let app = TestApp::start(backend).await;
    let admin = app.admin().await;
    let made = make(&admin, "carol").await;
    let user = &made.assert_status(201).body["data"];
    assert_eq!((&user["roles"], &user["is_active"]), (&json!(["member"]), &json!(true)));
    assert_eq!((&user["email_verified"], &user["last_login_at"]), (&json!(false), &Value::Null));
    let stored = app.database.sql("select password_hash from users where username = 'carol'");
    for password in ["", "!", &stored, given::PASSWORD, "carol", "password"] {
        let answer = sign_in(&app.anonymous(), "carol", password).await;
        assert!(matches!(answer.status, 401 | 422), "{password}: {}", answer.text);
    }
    let mail = app.mail_to(&given::address("carol"), "choose_first_password").await;
    assert!(mail.link().contains("/reset-password?token="), "{}", mail.link());
    assert!(mail.text.find(&mail.link()) < mail.source.find("text/html"));
    mailed::reset(&app.anonymous(), &mail.token(), NEW).await.assert_status(200);
    let signed_in = sign_in(&app.anonymous(), "carol", NEW).await;
    assert_eq!(signed_in.assert_status(200).body["user"]["email_verified"], json!(true));
    assert_eq!(signed_in.body["user"]["full_name"], json!("Carol Danvers"));
    // There is nothing more in any answer than this, so nobody but the mailbox's owner has the link.
    assert!(!made.text.contains(&mail.token()) && !made.text.contains("token"), "{}", made.text);
}

/// S97: it lives as long as a link that proves an address.
async fn a_first_link_is_good_once_and_for_a_while(backend: Backend) {
    let app = TestApp::start_with(backend, &["--verify-token-ttl", "2h"]).await;
    let admin = app.admin().await;
    for name in ["carol", "dave"] {
        make(&admin, name).await.assert_status(201);
    }
    let carols = app.mail_to(&given::address("carol"), "choose_first_password").await.token();
    let daves = app.mail_to(&given::address("dave"), "choose_first_password").await.token();
    app.clock.advance(Duration::from_secs(2 * 3600 - 5));
    mailed::reset(&app.anonymous(), &carols, "short").await.assert_error(422, "invalid_fields");
    mailed::reset(&app.anonymous(), &carols, NEW).await.assert_status(200);
    mailed::reset(&app.anonymous(), &carols, "another green harbour").await.assert_status(422);
    app.clock.advance(Duration::from_secs(10));
    mailed::reset(&app.anonymous(), &daves, NEW).await.assert_status(422);
    sign_in(&app.anonymous(), "dave", NEW).await.assert_status(401);
    // Whoever missed it asks for another, as anybody who has forgotten a password.
    let link = mailed::reset_token(&app, &given::address("dave")).await;
    mailed::reset(&app.anonymous(), &link, NEW).await.assert_status(200);
}

async fn what_is_taken_is_said_and_makes_nothing(backend: Backend) {
    let app = TestApp::start(backend).await;
    app.signed_in("alice").await;
    let admin = app.admin().await;
    let before = app.database.sql("select count(*) from users");
    let post = async |body: Value| admin.post("/api/users", body).await;
    post(json!({ "username": "ALICE", "email": "new@example.org" }))
        .await
        .assert_error(409, "username_taken");
    post(json!({ "username": "new", "email": "Alice@EXAMPLE.org" })).await.assert_error(409, "email_taken");
    post(json!({ "username": "new" })).await.assert_error(422, "invalid_fields");
    post(json!({ "username": "new", "email": null })).await.assert_error(422, "invalid_fields");
    post(json!({ "username": "admin", "email": "new@example.org" }))
        .await
        .assert_error(422, "invalid_fields");
    post(json!({ "email": "nonsense" })).await.assert_error(422, "invalid_fields");
    assert_eq!(app.database.sql("select count(*) from users"), before);
    assert_eq!(mailed::count_mails(&app, "new@example.org", "choose_first_password"), 0);
    let nameless = post(json!({ "email": "new@example.org" })).await;
    assert_eq!(nameless.assert_status(201).body["data"]["username"], Value::Null);
}

/// S06, S65: the old password is void at once, and whoever forced it does not learn the new one.
async fn somebody_who_is_to_choose_anew_is_told_how(backend: Backend) {
    let app = TestApp::start(backend).await;
    let alice = app.signed_in("alice").await;
    let writer = officer(&app, "writer", &["users.write"]).await;
    let path = format!("/api/users/{}/password-reset", id(&alice));
    let forced = writer.post(&path, Value::Null).await;
    assert!(matches!(forced.status, 200 | 202), "{}", forced.text);
    let mail = app.mail_to(&given::address("alice"), "choose_new_password").await;
    assert!(!forced.text.contains(&mail.token()));
    sign_in(&app.anonymous(), "alice", given::PASSWORD).await.assert_error(401, "invalid_credentials");
    alice.get("/api/auth/profile").await.assert_status(401);
    // Forced again: the newer link is the one that is good.
    mailed::all_mails_left(&app).await;
    assert!(writer.post(&path, Value::Null).await.status < 300);
    let newer = app.mail_after(1, &given::address("alice"), "choose_new_password").await;
    mailed::reset(&app.anonymous(), &mail.token(), NEW).await.assert_status(422);
    mailed::reset(&app.anonymous(), &newer.token(), NEW).await.assert_status(200);
    sign_in(&app.anonymous(), "alice", NEW).await.assert_status(200);
}

async fn who_has_no_address_cannot_be_sent_a_link(backend: Backend) {
    let app = TestApp::start(backend).await;
    let admin = app.admin().await;
    crate::accounts::import(&app.database, "nobody.reaches", None, "!");
    let id = app.database.sql("select id from users where username = 'nobody.reaches'");
    let path = format!("/api/users/{id}");
    admin.post(&format!("{path}/password-reset"), Value::Null).await.assert_error(409, "no_email");
    admin.patch(&path, json!({ "email": given::address("reached") })).await.assert_status(200);
    let forced = admin.post(&format!("{path}/password-reset"), Value::Null).await;
    assert!(forced.status < 300, "{}", forced.text);
    let mail = app.mail_to(&given::address("reached"), "choose_new_password").await;
    mailed::reset(&app.anonymous(), &mail.token(), NEW).await.assert_status(200);
    sign_in(&app.anonymous(), "nobody.reaches", NEW).await.assert_status(200);
}

/// S06, S36: the person is told at the old address, and the new one proves itself.
async fn an_address_somebody_else_put_there_is_proven_anew(backend: Backend) {
    let app = TestApp::start(backend).await;
    let (alice, admin) = (app.signed_in("alice").await, app.admin().await);
    let verify = mailed::verify_token(&app, &alice, &given::address("alice")).await;
    mailed::verify(&app.anonymous(), &verify).await.assert_status(200);
    let path = format!("/api/users/{}", id(&alice));
    // The same address, written otherwise or not, is no other.
    admin.patch(&path, json!({ "email": "Alice@example.org" })).await.assert_status(200);
    assert_eq!(seen(&admin, id(&alice)).await["email_verified"], json!(true));
    let changed = admin.patch(&path, json!({ "email": "alice@new.example" })).await;
    let user = &changed.assert_status(200).body["data"];
    assert_eq!((&user["email"], &user["email_verified"]), (&json!("alice@new.example"), &json!(false)));
    app.mail_to("Alice@example.org", "email_replaced").await;
    let link = app.mail_to("alice@new.example", "verify_email").await;
    mailed::verify(&app.anonymous(), &link.token()).await.assert_status(200);
    assert_eq!(seen(&admin, id(&alice)).await["email_verified"], json!(true));
    sign_in(&app.anonymous(), "alice@new.example", given::PASSWORD).await.assert_status(200);
    sign_in(&app.anonymous(), &given::address("alice"), given::PASSWORD).await.assert_status(401);
    admin.patch(&path, json!({ "email": null, "username": null })).await.assert_status(422);
}
