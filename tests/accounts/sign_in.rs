//! Signing in: by which name, to which account.

use serde_json::{Value, json};

use super::{count, import, sign_in, stored_hash, suspend};
use crate::harness::{Backend, TestApp, given, redact};

on_both!(
    a_session_is_shown_once,
    a_name_may_be_typed_in_any_form_and_an_address_too,
    a_look_alike_opens_nothing,
    an_address_that_is_a_username_is_taken,
    an_imported_username_may_look_like_an_address,
    a_suspended_account_is_told_so_only_with_its_password,
    one_name_is_asked_for_and_only_one,
    a_token_of_another_form_is_not_promised,
);

async fn a_session_is_shown_once(backend: Backend) {
    let app = TestApp::start(backend).await;
    app.signed_in("alice").await;
    let answer = sign_in(&app.anonymous(), "alice", given::PASSWORD).await;
    insta::assert_json_snapshot!(redact::answer(&answer), @r#"
    {
      "body": {
        "access_token": "[access token]",
        "expires_at": "[time]",
        "refresh_expires_at": "[time]",
        "refresh_token": "[refresh token]",
        "token_type": "Bearer",
        "user": {
          "created_at": "[time]",
          "email": "alice@example.org",
          "email_verified": false,
          "full_name": null,
          "id": "[id]",
          "is_active": true,
          "is_admin": false,
          "last_login_at": "[time]",
          "profile": {
            "avatar_url": null,
            "date_created": "[time]",
            "dob": null,
            "last_updated": "[time]",
            "metadata": {},
            "nickname": null,
            "phone": null
          },
          "roles": [
            "member"
          ],
          "updated_at": "[time]",
          "username": "alice"
        }
      },
      "status": 200
    }
    "#);
    assert_eq!(answer.body["expires_at"], json!("2026-01-16T00:00:00Z"));
    assert_eq!(answer.body["user"]["last_login_at"], json!("2026-01-15T12:00:00Z"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
}

/// S08: the look-up folds as the unique key does, so what was registered is found however it is typed.
async fn a_name_may_be_typed_in_any_form_and_an_address_too(backend: Backend) {
    let app = TestApp::start(backend).await;
    let body = json!({ "username": "Mik\u{e9}", "email": "Mik\u{e9}@B\u{fc}cher.example", "password": given::PASSWORD });
    app.anonymous().post("/api/auth/register", body).await.assert_status(201);
    for name in [
        "Mik\u{e9}",
        "mik\u{e9}",
        "MIK\u{c9}",
        "mike\u{301}",
        "MI\u{212A}E\u{301}",
        "ｍｉｋ\u{e9}",
        " mik\u{e9} ",
        "\tmik\u{e9}\r\n",
        "mik\u{e9}@b\u{fc}cher.example",
        "MIK\u{c9}@B\u{dc}CHER.EXAMPLE",
        "mike\u{301}@bu\u{308}cher.example",
        "mik\u{e9}@xn--bcher-kva.example",
        " mik\u{e9}@b\u{fc}cher.example ",
    ] {
        for field in ["username", "email"] {
            let body = json!({ field: name, "password": given::PASSWORD });
            let answer = app.anonymous().post("/api/auth/login", body).await;
            assert_eq!(answer.assert_status(200).body["user"]["username"], json!("Mik\u{e9}"), "{name:?}");
        }
    }
}

/// S08: letters that only look the same are other letters.
async fn a_look_alike_opens_nothing(backend: Backend) {
    let app = TestApp::start(backend).await;
    app.signed_in("mike").await;
    for name in [
        "m\u{131}ke",
        "m\u{456}ke",
        "\u{43c}ike",
        "mik\u{435}",
        "mike.",
        "mi ke",
        "m\u{131}ke@example.org",
        "mike@\u{435}xample.org",
        "mike@example.org.",
        "mike@example.0rg",
        "mike\u{ff20}example.org",
        "mike@example.org@example.org",
        "",
        " ",
        "%",
        "mike' or '1'='1",
    ] {
        sign_in(&app.anonymous(), name, given::PASSWORD).await.assert_error(401, "invalid_credentials");
    }
    let long = "m".repeat(2000);
    sign_in(&app.anonymous(), &long, given::PASSWORD).await.assert_error(401, "invalid_credentials");
}

async fn an_imported_username_may_look_like_an_address(backend: Backend) {
    let app = TestApp::start(backend).await;
    app.signed_in("somebody").await;
    let hash = stored_hash(&app.database, "somebody");
    import(&app.database, "bob+work@example.org", None, &hash);
    import(&app.database, "carol@example.org", None, "!");
    import(&app.database, "carol", Some("Carol@example.org"), &hash);

    let bob = sign_in(&app.anonymous(), "Bob+Work@example.org", given::PASSWORD).await;
    assert_eq!(bob.assert_status(200).body["user"]["email"], json!(null));
    // An address anybody could have typed does not stand before somebody's name.
    let carol = sign_in(&app.anonymous(), "carol@example.org", given::PASSWORD).await;
    carol.assert_error(401, "invalid_credentials");
    // One that was proven does.
    app.database.sql("update users set email_verified_at = created_at where username = 'carol'");
    let carol = sign_in(&app.anonymous(), "carol@example.org", given::PASSWORD).await;
    assert_eq!(carol.assert_status(200).body["user"]["username"], json!("carol"));
}

/// S08: nobody signs up with an address that is somebody's username, and so comes to stand in their way.
async fn an_address_that_is_a_username_is_taken(backend: Backend) {
    let app = TestApp::start(backend).await;
    app.signed_in("somebody").await;
    let hash = stored_hash(&app.database, "somebody");
    import(&app.database, "ops@example.org", Some("real@example.org"), &hash);
    let body = json!({ "email": "Ops@Example.org", "password": given::PASSWORD });
    app.anonymous().post("/api/auth/register", body).await.assert_error(409, "email_taken");
    let ops = sign_in(&app.anonymous(), "ops@example.org", given::PASSWORD).await;
    assert_eq!(ops.assert_status(200).body["user"]["email"], json!("real@example.org"));
}

async fn a_suspended_account_is_told_so_only_with_its_password(backend: Backend) {
    let app = TestApp::start(backend).await;
    app.signed_in("alice").await;
    suspend(&app.database, "alice");
    let stranger = app.anonymous();
    sign_in(&stranger, "alice", given::PASSWORD).await.assert_error(403, "account_suspended");
    sign_in(&stranger, "alice", "another password").await.assert_error(401, "invalid_credentials");
    app.database.sql("update users set suspended_at = null where username = 'alice'");
    sign_in(&stranger, "alice", given::PASSWORD).await.assert_status(200);
}

async fn one_name_is_asked_for_and_only_one(backend: Backend) {
    let app = TestApp::start(backend).await;
    app.signed_in("alice").await;
    let neither = app.anonymous().post("/api/auth/login", json!({ "password": given::PASSWORD })).await;
    let both = json!({ "username": "alice", "email": "alice@example.org", "password": given::PASSWORD });
    let both = app.anonymous().post("/api/auth/login", both).await;
    for answer in [neither, both] {
        answer.assert_error(422, "invalid_fields");
        assert_eq!(answer.complaints("username").len(), 1, "{}", answer.text);
    }
}

/// S20: who asks for a form of token that there is not hears so, and gets no token at all.
async fn a_token_of_another_form_is_not_promised(backend: Backend) {
    let app = TestApp::start(backend).await;
    app.signed_in("alice").await;
    let before = count(&app.database, "select count(*) from sessions");
    let ask = async |format: Value| {
        let mut body = given::credentials("alice");
        body["format"] = format;
        app.anonymous().post("/api/auth/login", body).await
    };
    for other in ["JWT", "OPAQUE", "opaque ", "jws", ""] {
        let answer = ask(json!(other)).await;
        answer.assert_error(422, "invalid_fields");
        assert_eq!(answer.complaints("format"), ["This must be `opaque` or `jwt`."], "{other:?}");
    }
    assert_eq!(ask(json!({ "opaque": null })).await.assert_status(422).complaints("format").len(), 1);
    assert_eq!(count(&app.database, "select count(*) from sessions"), before);
    for (given, is_opaque) in [(json!("opaque"), true), (Value::Null, true), (json!("jwt"), false)] {
        let answer = ask(given).await;
        let token = answer.assert_status(200).body["access_token"].as_str().unwrap();
        assert_eq!(token.len() == 64, is_opaque, "{token}");
    }
}
