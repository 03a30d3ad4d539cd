//! A new password for whoever can read the account's mail.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;

use super::{mailed, quoted, sign_in, suspend};
use crate::faults::either;
use crate::harness::{Backend, TestApp, given, raw};

on_both!(
    a_link_sets_a_new_password_once,
    of_sixty_four_resets_at_once_one_wins,
    asking_reads_the_same_for_every_address,
    a_mail_goes_to_the_stored_address_and_to_no_other,
    looking_at_a_link_spends_nothing,
    the_newest_link_voids_the_older_ones,
    a_link_is_good_for_an_hour,
    a_bad_password_spends_nothing,
    a_suspended_account_is_not_reset,
    a_link_is_good_for_one_account_and_one_purpose,
    an_account_without_a_usable_password_gets_one,
);

const NEW: &str = "a green boat at the pier";

/// S06, S12, S96: every session ends and nobody is signed in; the mail has proven the address; a notice goes out.
async fn a_link_sets_a_new_password_once(backend: Backend) {
    let app = TestApp::start_with(backend, &["--sessions-per-user", "5"]).await;
    let (alice, bob) = (app.signed_in("alice").await, app.signed_in("bob").await);
    let phone = sign_in(&app.anonymous(), "alice", given::PASSWORD).await;
    assert_eq!(alice.user["email_verified"], json!(false));
    let address = given::address("alice");
    let (confirm, keep) = mailed::change_tokens(&app, &alice, &address, "new@example.org").await;
    let verify = mailed::verify_token(&app, &alice, &address).await;
    let token = mailed::reset_token(&app, &address).await;
    let second = app.second_node().await;
    alice.at(&second).get("/api/auth/profile").await.assert_status(200);

    let answer = mailed::reset(&app.anonymous(), &token, NEW).await;
    assert_eq!(answer.assert_status(200).body, json!({ "ok": true }));
    assert_eq!(answer.header("set-cookie"), None);
    alice.get("/api/auth/profile").await.assert_error(401, "invalid_token");
    app.clock.advance(Duration::from_secs(1));
    alice.at(&second).get("/api/auth/profile").await.assert_error(401, "invalid_token");
    let refresh = json!({ "refresh_token": phone.body["refresh_token"] });
    app.anonymous().post("/api/auth/refresh", refresh).await.assert_status(401);
    bob.get("/api/auth/profile").await.assert_status(200);

    for node in [&app, &second] {
        let stranger = node.anonymous();
        mailed::reset(&stranger, &token, "yet another boat").await.assert_error(422, "invalid_link");
        mailed::verify(&stranger, &verify).await.assert_error(422, "invalid_link");
        mailed::settle_address(&stranger, &confirm).await.assert_error(422, "invalid_link");
        mailed::settle_address(&stranger, &keep).await.assert_error(422, "invalid_link");
    }
    sign_in(&app.anonymous(), "alice", given::PASSWORD).await.assert_status(401);
    let back = sign_in(&app.anonymous(), "alice", NEW).await;
    assert_eq!(back.assert_status(200).body["user"]["email_verified"], json!(true));
    assert_eq!(back.body["user"]["email"], json!(address));
}

/// S03: sixty-four at once on two nodes, each with a password of its own.
async fn of_sixty_four_resets_at_once_one_wins(backend: Backend) {
    let app = TestApp::start(backend).await;
    app.signed_in("alice").await;
    for round in 0..either(6, 50) {
        let token = mailed::reset_token(&app, &given::address("alice")).await;
        let second = app.second_node().await;
        let password = |n: usize| format!("round {round} of the boats, number {n}");
        let request = |n: usize| {
            let node = if n.is_multiple_of(2) { &app } else { &second };
            let body = json!({ "token": token, "new_password": password(n) });
            raw::Request::json(node.address(), "POST", "/api/auth/password/reset", None, &body)
        };
        let answers = raw::at_once(&(0..64).map(request).collect::<Vec<_>>());
        let answers: Vec<_> = answers.into_iter().map(Result::unwrap).collect();
        for answer in answers.iter().filter(|answer| answer.status != 200) {
            assert!(matches!(answer.status, 422 | 503), "{answer:?}");
        }
        let won: Vec<_> = (0..64).filter(|n| answers[*n].status == 200).collect();
        let [winner] = won[..] else { panic!("round {round}: {won:?} won") };
        for n in [winner, (winner + 1) % 64, (winner + 31) % 64] {
            let expected = if n == winner { 200 } else { 401 };
            sign_in(&app.anonymous(), "alice", &password(n)).await.assert_status(expected);
        }
        mailed::reset(&second.anonymous(), &token, NEW).await.assert_error(422, "invalid_link");
    }
}

/// S38: status, headers and body, whoever has the address or has not.
async fn asking_reads_the_same_for_every_address(backend: Backend) {
    let app = TestApp::start(backend).await;
    let proven = app.signed_in("proven").await;
    let token = mailed::verify_token(&app, &proven, &given::address("proven")).await;
    mailed::verify(&proven, &token).await.assert_status(200);
    for name in ["unproven", "suspended"] {
        app.signed_in(name).await;
    }
    suspend(&app.database, "suspended");
    super::import(&app.database, "unusable", Some("unusable@example.org"), "!");
    let mut seen = Vec::new();
    for name in ["nobody", "proven", "unproven", "suspended", "unusable", "PROVEN", "nobody"] {
        let answer = mailed::forgot(&app.anonymous(), &given::address(name)).await;
        assert_eq!(answer.assert_status(202).body, json!({ "ok": true }));
        let mut headers: Vec<_> = answer.headers.iter().collect();
        headers.retain(|(name, _)| !matches!(name.as_str(), "x-request-id" | "date"));
        headers.sort_by_key(|(name, _)| name.as_str());
        seen.push((answer.text.clone(), format!("{headers:?}")));
    }
    assert!(seen.iter().all(|answer| *answer == seen[0]), "{seen:?}");
    mailed::all_mails_left(&app).await;
    for (name, expected) in [("nobody", 0), ("proven", 2), ("unproven", 1), ("suspended", 0), ("unusable", 1)]
    {
        let sent = mailed::count_mails(&app, &given::address(name), "reset_password");
        assert_eq!(sent, expected, "to {name}");
    }
}

/// S08, CVE-2019-19844: Django's collisions and some more. Whoever types an address that looks like another's gets
/// nothing, and what folds to the stored one goes to the stored one.
async fn a_mail_goes_to_the_stored_address_and_to_no_other(backend: Backend) {
    let app = TestApp::start(backend).await;
    for (name, address) in
        [("mike", "mike@example.org"), ("kelvin", "kelvin@example.org"), ("sister", "sister@Straße.example")]
    {
        let body = json!({ "username": name, "email": address, "password": given::PASSWORD });
        app.anonymous().post("/api/auth/register", body).await.assert_status(201);
    }
    let typed = [
        ("m\u{131}ke@example.org", None),
        ("mike@ex\u{131}mple.org", None),
        ("mike@\u{131}example.org", None),
        ("mi\u{307}ke@example.org", None),
        ("mike@examp\u{131}e.org", None),
        ("mike@example.org\u{0}", None),
        ("mike@example.org,mallory@example.net", None),
        ("mike@example.org\r\nBcc: mallory@example.net", None),
        ("m\u{456}ke@example.org", None),
        ("MIKE@EXAMPLE.ORG", Some("mike@example.org")),
        ("\u{ff4d}ike@example.org", Some("mike@example.org")),
        ("mike@\u{ff45}xample.org", Some("mike@example.org")),
        ("\u{212a}elvin@example.org", Some("kelvin@example.org")),
        ("\u{17f}ister@stra\u{df}e.example", Some("sister@Straße.example")),
        ("sister@STRASSE.example", None),
    ];
    let mut expected = std::collections::BTreeMap::new();
    for (typed, goes_to) in typed {
        let answer = mailed::forgot(&app.anonymous(), typed).await;
        assert!(matches!(answer.status, 202 | 422), "{typed:?}: {}", answer.text);
        if answer.status == 202
            && let Some(address) = goes_to
        {
            *expected.entry(address.to_owned()).or_insert(0) += 1;
        }
    }
    mailed::all_mails_left(&app).await;
    let mut sent = std::collections::BTreeMap::new();
    for mail in app.mails().iter().filter(|mail| mail.kind == "reset_password") {
        // A mail may write the domain as the domain name system has it.
        *sent.entry(mail.to.replace("xn--strae-oqa.example", "Straße.example")).or_insert(0) += 1;
    }
    assert_eq!(sent, expected);
    assert_eq!(sent.get("kelvin@example.org"), Some(&1));
    assert!(sent.get("mike@example.org") >= Some(&1));
}

/// S54: mail programs follow links before people do.
async fn looking_at_a_link_spends_nothing(backend: Backend) {
    let app = TestApp::start(backend).await;
    app.signed_in("alice").await;
    let token = mailed::reset_token(&app, &given::address("alice")).await;
    let stranger = app.anonymous();
    for path in ["/api/auth/password/reset", "/reset-password", "/api/auth/email/change/confirm"] {
        for method in [Method::GET, Method::HEAD] {
            for _ in 0..5 {
                stranger.send(stranger.request(method.clone(), &format!("{path}?token={token}"))).await;
            }
        }
    }
    mailed::reset(&stranger, &token, NEW).await.assert_status(200);
}

/// S54
async fn the_newest_link_voids_the_older_ones(backend: Backend) {
    let app = TestApp::start(backend).await;
    app.signed_in("alice").await;
    let address = given::address("alice");
    let (first, second) =
        (mailed::reset_token(&app, &address).await, mailed::reset_token(&app, &address).await);
    assert_ne!(first, second);
    mailed::reset(&app.anonymous(), &first, NEW).await.assert_error(422, "invalid_link");
    // A sign-in voids nothing.
    sign_in(&app.anonymous(), "alice", given::PASSWORD).await.assert_status(200);
    mailed::reset(&app.anonymous(), &second, NEW).await.assert_status(200);
}

/// S54
async fn a_link_is_good_for_an_hour(backend: Backend) {
    let app = TestApp::start(backend).await;
    app.signed_in("alice").await;
    let token = mailed::reset_token(&app, &given::address("alice")).await;
    app.clock.advance(Duration::from_hours(1));
    mailed::reset(&app.anonymous(), &token, NEW).await.assert_error(422, "invalid_link");
    let token = mailed::reset_token(&app, &given::address("alice")).await;
    app.clock.advance(Duration::from_hours(1) - Duration::from_secs(1));
    mailed::reset(&app.anonymous(), &token, NEW).await.assert_status(200);
}

/// S60
async fn a_bad_password_spends_nothing(backend: Backend) {
    let app = TestApp::start(backend).await;
    app.signed_in("alicewonder").await;
    let token = mailed::reset_token(&app, &given::address("alicewonder")).await;
    for weak in ["short", "password", "1234567890", "alicewonder1", ""] {
        let answer = mailed::reset(&app.anonymous(), &token, weak).await;
        answer.assert_error(422, "invalid_fields");
        assert!(!answer.complaints("new_password").is_empty(), "{weak:?}: {}", answer.text);
    }
    mailed::reset(&app.anonymous(), &token, NEW).await.assert_status(200);
}

async fn a_suspended_account_is_not_reset(backend: Backend) {
    let app = TestApp::start(backend).await;
    app.signed_in("alice").await;
    let token = mailed::reset_token(&app, &given::address("alice")).await;
    let before = super::stored_hash(&app.database, "alice");
    suspend(&app.database, "alice");
    mailed::reset(&app.anonymous(), &token, NEW).await.assert_error(422, "invalid_link");
    assert_eq!(super::stored_hash(&app.database, "alice"), before);
}

/// S01, S18: the same secret for another account or another purpose is nothing.
async fn a_link_is_good_for_one_account_and_one_purpose(backend: Backend) {
    let app = TestApp::start(backend).await;
    let alice = app.signed_in("alice").await;
    app.signed_in("bob").await;
    let address = given::address("alice");
    let verify = mailed::verify_token(&app, &alice, &address).await;
    let (confirm, keep) = mailed::change_tokens(&app, &alice, &address, "new@example.org").await;
    let token = mailed::reset_token(&app, &address).await;
    let stranger = app.anonymous();
    let bob = app.database.sql(&format!("select id from users where username = {}", quoted("bob")));
    let bobs = format!("{:016x}{}", bob.parse::<i64>().unwrap(), &token[16..]);
    let session = alice.token.clone().unwrap();
    for wrong in [&bobs, &verify, &confirm, &keep, &session, &token[16..].to_owned(), &token.to_uppercase()] {
        mailed::reset(&stranger, wrong, NEW).await.assert_error(422, "invalid_link");
    }
    for wrong in ["", "x", &"0".repeat(80), &"f".repeat(80), &"\u{e9}".repeat(40)] {
        mailed::reset(&stranger, wrong, NEW).await.assert_status(422);
    }
    mailed::verify(&stranger, &token).await.assert_error(422, "invalid_link");
    mailed::settle_address(&stranger, &token).await.assert_error(422, "invalid_link");
    mailed::settle_address(&stranger, &verify).await.assert_error(422, "invalid_link");
    mailed::verify(&stranger, &keep).await.assert_error(422, "invalid_link");
    stranger.with_token(&token).get("/api/auth/profile").await.assert_error(401, "invalid_token");
    mailed::reset(&stranger, &token, NEW).await.assert_status(200);
    sign_in(&stranger, "bob", given::PASSWORD).await.assert_status(200);
}

/// Accounts taken over from elsewhere may have no password, and this is how they get one.
async fn an_account_without_a_usable_password_gets_one(backend: Backend) {
    let app = TestApp::start(backend).await;
    super::import(&app.database, "imported", Some("imported@example.org"), "!");
    let token = mailed::reset_token(&app, "imported@example.org").await;
    mailed::reset(&app.anonymous(), &token, NEW).await.assert_status(200);
    sign_in(&app.anonymous(), "imported", NEW).await.assert_status(200);
}
