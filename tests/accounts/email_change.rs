//! Another address: asked for with the password, confirmed at the new one, taken back from the old one.

use std::time::Duration;

use serde_json::json;

use super::{count, mailed, sign_in, suspend};
use crate::harness::client::Client;
use crate::harness::{Backend, TestApp, given, raw};

on_both!(
    an_address_changes_when_the_new_one_confirms,
    nothing_changes_without_the_password,
    of_many_confirmations_at_once_one_counts,
    a_confirmation_ends_sessions_and_voids_links,
    a_reset_or_a_new_password_voids_a_pending_change,
    the_old_address_voids_a_pending_change,
    the_old_address_takes_a_change_back,
    the_first_way_back_outlives_a_thiefs_further_changes,
    a_thief_cannot_close_the_way_back_with_one_of_their_own,
    a_thief_cannot_close_the_way_back_by_signing_up_with_the_old_address,
    the_way_back_closes_after_seven_days,
    a_taken_address_is_not_told_and_not_taken,
    of_an_address_that_two_want_one_gets_it,
    a_token_is_good_for_the_account_it_was_made_for,
    the_same_address_again_is_no_change,
    a_suspended_account_keeps_its_address,
);

const NEW: &str = "new@example.org";

/// S62, S96: the old address stays until the new one has confirmed, and is told.
async fn an_address_changes_when_the_new_one_confirms(backend: Backend) {
    let app = TestApp::start(backend).await;
    let (alice, old) = (app.signed_in("alice").await, given::address("alice"));
    let answer = mailed::ask_for_address(&alice, NEW).await;
    assert_eq!(answer.assert_status(202).body, json!({ "ok": true }));
    let confirm = app.mail_to(NEW, "confirm_email_change").await;
    let notice = app.mail_to(&old, "email_change_notice").await;
    for mail in [&confirm, &notice] {
        assert!(!mail.source.contains(given::PASSWORD), "{}", mail.source);
    }
    assert_eq!(alice.get("/api/auth/profile").await.body["email"], json!(old));
    sign_in(&app.anonymous(), NEW, given::PASSWORD).await.assert_status(401);

    let answer = mailed::settle_address(&app.anonymous(), &confirm.token()).await;
    assert_eq!(answer.assert_status(200).body, json!({ "ok": true }));
    let back = sign_in(&app.anonymous(), NEW, given::PASSWORD).await;
    assert_eq!(back.assert_status(200).body["user"]["email"], json!(NEW));
    assert_eq!(back.body["user"]["email_verified"], json!(true));
    sign_in(&app.anonymous(), &old, given::PASSWORD).await.assert_status(401);
    mailed::settle_address(&app.anonymous(), &confirm.token()).await.assert_error(422, "invalid_link");
    // The old address is free again.
    let body = json!({ "email": old, "password": given::PASSWORD });
    app.anonymous().post("/api/auth/register", body).await.assert_status(201);
}

/// S42
async fn nothing_changes_without_the_password(backend: Backend) {
    let app = TestApp::start(backend).await;
    let alice = app.signed_in("alice").await;
    for wrong in ["not the password", "VIOLET HARBOUR 42 LAMPS"] {
        let body = json!({ "new_email": NEW, "password": wrong });
        let answer = alice.post("/api/auth/email/change", body).await;
        answer.assert_error(422, "wrong_password");
        assert!(!answer.complaints("password").is_empty(), "{}", answer.text);
    }
    for bad in ["", "new", "new@", "a@b@example.org", "new@example.org\r\nBcc: x@example.net"] {
        mailed::ask_for_address(&alice, bad).await.assert_error(422, "invalid_fields");
    }
    mailed::ask_for_address(&app.anonymous(), NEW).await.assert_error(401, "authentication_required");
    mailed::all_mails_left(&app).await;
    assert!(app.mails().iter().all(|mail| mail.kind == "verify_email"));
}

/// S04: sixty-four at once on two nodes.
async fn of_many_confirmations_at_once_one_counts(backend: Backend) {
    let app = TestApp::start(backend).await;
    let mut address = given::address("alice");
    app.signed_in("alice").await;
    for round in 0..4 {
        app.clock.advance(Duration::from_secs(2));
        let (alice, new) = (app.signed_in("alice").await, format!("round{round}@example.org"));
        let (confirm, keep) = mailed::change_tokens(&app, &alice, &address, &new).await;
        let second = app.second_node().await;
        for (token, expected) in [(confirm, &new), (keep, &address)] {
            let body = json!({ "token": token });
            let request = |n: usize| {
                let node = if n.is_multiple_of(2) { &app } else { &second };
                let path = "/api/auth/email/change/confirm";
                raw::Request::json(node.address(), "POST", path, None, &body)
            };
            let answers = raw::at_once(&(0..64).map(request).collect::<Vec<_>>());
            let statuses: Vec<_> = answers.into_iter().map(|answer| answer.unwrap().status).collect();
            assert!(statuses.iter().all(|status| matches!(status, 200 | 422 | 503)), "{statuses:?}");
            assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
            assert_eq!(&address_of(&app, "alice"), expected);
        }
        address = address_of(&app, "alice");
    }
}

/// S06
async fn a_confirmation_ends_sessions_and_voids_links(backend: Backend) {
    let app = TestApp::start_with(backend, &["--sessions-per-user", "5"]).await;
    let (alice, phone) = (app.signed_in("alice").await, app.signed_in("alice").await);
    let old = given::address("alice");
    let login = sign_in(&app.anonymous(), "alice", given::PASSWORD).await;
    let (confirm, _) = mailed::change_tokens(&app, &alice, &old, NEW).await;
    let reset = mailed::reset_token(&app, &old).await;
    let second = app.second_node().await;
    phone.at(&second).get("/api/auth/profile").await.assert_status(200);
    mailed::settle_address(&app.anonymous(), &confirm).await.assert_status(200);
    phone.get("/api/auth/profile").await.assert_error(401, "invalid_token");
    app.clock.advance(Duration::from_secs(1));
    phone.at(&second).get("/api/auth/profile").await.assert_error(401, "invalid_token");
    let refresh = json!({ "refresh_token": login.body["refresh_token"] });
    app.anonymous().post("/api/auth/refresh", refresh).await.assert_status(401);
    mailed::reset(&app.anonymous(), &reset, "a green boat").await.assert_error(422, "invalid_link");
}

/// S62, S15: whoever asked for the change knew a password that is no longer good.
async fn a_reset_or_a_new_password_voids_a_pending_change(backend: Backend) {
    let app = TestApp::start(backend).await;
    let old = given::address("alice");
    let thief = app.signed_in("alice").await;
    let (confirm, _) = mailed::change_tokens(&app, &thief, &old, NEW).await;
    let token = mailed::reset_token(&app, &old).await;
    mailed::reset(&app.anonymous(), &token, given::PASSWORD).await.assert_status(200);
    mailed::settle_address(&app.anonymous(), &confirm).await.assert_error(422, "invalid_link");

    let alice = app.signed_in("alice").await;
    let (confirm, _) = mailed::change_tokens(&app, &alice, &old, NEW).await;
    let body = json!({ "current_password": given::PASSWORD, "new_password": "a green boat at the pier" });
    alice.post("/api/auth/password/change", body).await.assert_status(200);
    mailed::settle_address(&app.anonymous(), &confirm).await.assert_error(422, "invalid_link");
    assert_eq!(address_of(&app, "alice"), old);
}

/// S62
async fn the_old_address_voids_a_pending_change(backend: Backend) {
    let app = TestApp::start(backend).await;
    let (thief, old) = (app.signed_in("alice").await, given::address("alice"));
    let (confirm, keep) = mailed::change_tokens(&app, &thief, &old, NEW).await;
    let stranger = app.anonymous();
    mailed::settle_address(&stranger, &keep).await.assert_status(200);
    mailed::settle_address(&stranger, &confirm).await.assert_error(422, "invalid_link");
    mailed::settle_address(&stranger, &keep).await.assert_error(422, "invalid_link");
    thief.get("/api/auth/profile").await.assert_error(401, "invalid_token");
    assert_eq!(address_of(&app, "alice"), old);
}

/// S62: and ends every session, and voids what was mailed to the other address.
async fn the_old_address_takes_a_change_back(backend: Backend) {
    let app = TestApp::start(backend).await;
    let (thief, old) = (app.signed_in("alice").await, given::address("alice"));
    let verify = mailed::verify_token(&app, &thief, &old).await;
    mailed::verify(&app.anonymous(), &verify).await.assert_status(200);
    let (confirm, keep) = mailed::change_tokens(&app, &thief, &old, NEW).await;
    mailed::settle_address(&app.anonymous(), &confirm).await.assert_status(200);
    let thief = app.signed_in("alice").await;
    let reset = mailed::reset_token(&app, NEW).await;
    mailed::settle_address(&app.anonymous(), &keep).await.assert_status(200);
    thief.get("/api/auth/profile").await.assert_error(401, "invalid_token");
    mailed::reset(&app.anonymous(), &reset, "a green boat").await.assert_error(422, "invalid_link");
    assert_eq!(address_of(&app, "alice"), old);
    let alice = app.signed_in("alice").await;
    assert_eq!(alice.user["email_verified"], json!(true));
    // A reset by the thief at the new address would not have closed it either.
    let thief = alice;
    app.clock.advance(Duration::from_secs(1));
    let (confirm, keep) = mailed::change_tokens(&app, &thief, &old, NEW).await;
    mailed::settle_address(&app.anonymous(), &confirm).await.assert_status(200);
    let reset = mailed::reset_token(&app, NEW).await;
    mailed::reset(&app.anonymous(), &reset, "a green boat at the pier").await.assert_status(200);
    mailed::settle_address(&app.anonymous(), &keep).await.assert_status(200);
    assert_eq!(address_of(&app, "alice"), old);
}

/// S62: from A to B to C; the owner takes A back, and the thief's way back to B is closed with that.
async fn the_first_way_back_outlives_a_thiefs_further_changes(backend: Backend) {
    let app = TestApp::start(backend).await;
    let (first, second) = stolen_twice(&app).await;
    let stranger = app.anonymous();
    mailed::settle_address(&stranger, &first).await.assert_status(200);
    mailed::settle_address(&stranger, &second).await.assert_error(422, "invalid_link");
    assert_eq!(address_of(&app, "alice"), given::address("alice"));
}

/// S62: the other way round.
async fn a_thief_cannot_close_the_way_back_with_one_of_their_own(backend: Backend) {
    let app = TestApp::start(backend).await;
    let (first, second) = stolen_twice(&app).await;
    let stranger = app.anonymous();
    mailed::settle_address(&stranger, &second).await.assert_status(200);
    assert_eq!(address_of(&app, "alice"), "b@example.net");
    mailed::settle_address(&stranger, &first).await.assert_status(200);
    assert_eq!(address_of(&app, "alice"), given::address("alice"));
}

/// S62, S15
async fn a_thief_cannot_close_the_way_back_by_signing_up_with_the_old_address(backend: Backend) {
    let app = TestApp::start(backend).await;
    let (thief, old) = (app.signed_in("alice").await, given::address("alice"));
    let (confirm, keep) = mailed::change_tokens(&app, &thief, &old, NEW).await;
    mailed::settle_address(&app.anonymous(), &confirm).await.assert_status(200);
    let body = json!({ "username": "squatter", "email": old, "password": given::PASSWORD });
    app.anonymous().post("/api/auth/register", body).await.assert_status(201);
    mailed::settle_address(&app.anonymous(), &keep).await.assert_status(200);
    assert_eq!(address_of(&app, "alice"), old);
    assert_eq!(count(&app.database, "select count(*) from users where email is null"), 1);

    // Whoever has proven the address reads its mail, and keeps it.
    app.clock.advance(Duration::from_secs(1));
    let alice = app.signed_in("alice").await;
    let (confirm, keep) = mailed::change_tokens(&app, &alice, &old, NEW).await;
    mailed::settle_address(&app.anonymous(), &confirm).await.assert_status(200);
    let body = json!({ "username": "second", "email": old, "password": given::PASSWORD });
    let registering = async || app.anonymous().post("/api/auth/register", body).await.status;
    let verify = mailed::caused(&app, &old, "verify_email", registering).await.token();
    mailed::verify(&app.anonymous(), &verify).await.assert_status(200);
    mailed::settle_address(&app.anonymous(), &keep).await.assert_error(409, "email_taken");
    assert_eq!(address_of(&app, "alice"), NEW);
    assert_eq!(address_of(&app, "second"), old);
}

async fn the_way_back_closes_after_seven_days(backend: Backend) {
    let app = TestApp::start(backend).await;
    let (alice, old) = (app.signed_in("alice").await, given::address("alice"));
    let (confirm, keep) = mailed::change_tokens(&app, &alice, &old, NEW).await;
    mailed::settle_address(&app.anonymous(), &confirm).await.assert_status(200);
    app.clock.advance(Duration::from_hours(7 * 24));
    mailed::settle_address(&app.anonymous(), &keep).await.assert_error(422, "invalid_link");
    assert_eq!(address_of(&app, "alice"), NEW);
}

/// S38, S62: the same answer, and the owner of the address is told by mail.
async fn a_taken_address_is_not_told_and_not_taken(backend: Backend) {
    let app = TestApp::start(backend).await;
    let (alice, _) = (app.signed_in("alice").await, app.signed_in("bob").await);
    let free = mailed::ask_for_address(&alice, NEW).await;
    let taken = mailed::ask_for_address(&alice, "BOB@example.org").await;
    assert_eq!((taken.status, &taken.text), (free.status, &free.text));
    mailed::all_mails_left(&app).await;
    let bobs: Vec<_> = app.mails().into_iter().filter(|mail| mail.to == given::address("bob")).collect();
    let told = bobs.iter().filter(|mail| mail.kind != "verify_email").collect::<Vec<_>>();
    assert!(matches!(told[..], [told] if !told.source.contains("token=")), "{told:?}");
    assert_eq!(address_of(&app, "bob"), given::address("bob"));
    // One was free when the mail left, and somebody took it since.
    app.clock.advance(Duration::from_secs(1));
    let (confirm, _) = mailed::change_tokens(&app, &alice, &given::address("alice"), NEW).await;
    let body = json!({ "email": NEW, "password": given::PASSWORD });
    app.anonymous().post("/api/auth/register", body).await.assert_status(201);
    mailed::settle_address(&app.anonymous(), &confirm).await.assert_error(409, "email_taken");
    assert_eq!(address_of(&app, "alice"), given::address("alice"));
}

/// S62: one asks to change to it, another signs up with it.
async fn of_an_address_that_two_want_one_gets_it(backend: Backend) {
    let app = TestApp::start(backend).await;
    for round in 0..8 {
        let (name, wanted) = (format!("mover{round}"), format!("wanted{round}@example.org"));
        let mover = app.signed_in(&name).await;
        let (confirm, _) = mailed::change_tokens(&app, &mover, &given::address(&name), &wanted).await;
        let second = app.second_node().await;
        let body = json!({ "email": wanted.to_uppercase(), "password": given::PASSWORD });
        let requests: Vec<_> = (0..16)
            .map(|n| {
                let node = if n % 4 < 2 { &app } else { &second };
                let (path, body) = if n % 2 == 0 {
                    ("/api/auth/email/change/confirm", json!({ "token": confirm }))
                } else {
                    ("/api/auth/register", body.clone())
                };
                raw::Request::json(node.address(), "POST", path, None, &body)
            })
            .collect();
        let answers: Vec<_> = raw::at_once(&requests).into_iter().map(Result::unwrap).collect();
        let won = answers.iter().filter(|answer| matches!(answer.status, 200 | 201)).count();
        assert_eq!(won, 1, "{answers:?}");
        assert!(
            answers.iter().all(|answer| matches!(answer.status, 200 | 201 | 409 | 422 | 503)),
            "{answers:?}"
        );
        let owners = format!("select count(*) from users where email_key = '{wanted}'");
        assert_eq!(count(&app.database, &owners), 1);
    }
}

/// S62, S01
async fn a_token_is_good_for_the_account_it_was_made_for(backend: Backend) {
    let app = TestApp::start(backend).await;
    let (alice, _) = (app.signed_in("alice").await, app.signed_in("bob").await);
    let (confirm, keep) = mailed::change_tokens(&app, &alice, &given::address("alice"), NEW).await;
    let bob = app.database.sql("select id from users where username = 'bob'").parse::<i64>().unwrap();
    for token in [&confirm, &keep] {
        let bobs = format!("{bob:016x}{}", &token[16..]);
        mailed::settle_address(&app.anonymous(), &bobs).await.assert_error(422, "invalid_link");
    }
    assert_eq!(address_of(&app, "bob"), given::address("bob"));
    assert_eq!(address_of(&app, "alice"), given::address("alice"));
}

async fn the_same_address_again_is_no_change(backend: Backend) {
    let app = TestApp::start(backend).await;
    let alice = app.signed_in("alice").await;
    for same in [given::address("alice"), given::address("ALICE")] {
        mailed::ask_for_address(&alice, &same).await.assert_status(202);
    }
    mailed::all_mails_left(&app).await;
    let sent = |kind| mailed::count_mails(&app, &given::address("alice"), kind);
    assert_eq!((sent("confirm_email_change"), sent("email_change_notice")), (0, 0));
    alice.get("/api/auth/profile").await.assert_status(200);
}

async fn a_suspended_account_keeps_its_address(backend: Backend) {
    let app = TestApp::start(backend).await;
    let alice = app.signed_in("alice").await;
    let (confirm, _) = mailed::change_tokens(&app, &alice, &given::address("alice"), NEW).await;
    suspend(&app.database, "alice");
    mailed::settle_address(&app.anonymous(), &confirm).await.assert_error(422, "invalid_link");
    assert_eq!(address_of(&app, "alice"), given::address("alice"));
}

/// Somebody who knows the password takes the account of `alice` to `b@example.net` and on to `c@example.net`. Answers the
/// tokens of the ways back: to alice's own address, and to the thief's first.
async fn stolen_twice(app: &TestApp) -> (String, String) {
    let steal = async |thief: &Client, from: &str, to: &str| {
        app.clock.advance(Duration::from_secs(1));
        let (confirm, keep) = mailed::change_tokens(app, thief, from, to).await;
        mailed::settle_address(&app.anonymous(), &confirm).await.assert_status(200);
        keep
    };
    let thief = app.signed_in("alice").await;
    let first = steal(&thief, &given::address("alice"), "b@example.net").await;
    let thief = app.anonymous().sign_in("alice").await;
    let second = steal(&thief, "b@example.net", "c@example.net").await;
    (first, second)
}

fn address_of(app: &TestApp, username: &str) -> String {
    app.database.sql(&format!("select email from users where username = '{username}'"))
}
