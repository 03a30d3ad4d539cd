//! Accounts that bring the hash of another system along.

use serde_json::json;

use super::{import, sign_in, stored_hash};
use crate::harness::{Backend, TestApp, given, raw};

on_both!(
    whoever_comes_from_django_signs_in_at_the_first_try,
    a_wrong_password_renews_nothing,
    hashes_are_renewed_as_pbkdf2_where_that_is_todays,
    many_first_sign_ins_at_once_renew_the_hash_and_lose_nobody,
    a_hash_of_todays_kind_is_left_alone,
    a_pepper_set_later_is_mixed_in_at_the_next_sign_in,
);

/// Made by Django 5.2 from the password `correct horse`.
pub(crate) const DJANGO: [(&str, &str); 6] = [
    (
        "pbkdf2_sha256",
        "pbkdf2_sha256$1000000$Qz6ToffJ3nFGgcjZVU488H$uvCpIrkVaXc8lfeWNu4blTEwLOzTiMsbQjFbKnmYU9c=",
    ),
    ("pbkdf2_sha1", "pbkdf2_sha1$1000000$0HEQVn0zptfnRtcuNqOm3i$uhILFlXo8UAJ6o2+R+4x/O4T5A4="),
    (
        "argon2",
        "argon2$argon2id$v=19$m=102400,t=2,p=8$N3hqSnZYYzZaYmVHYlNpa1dTRjBBVg$KD2T1wX5L/j67KjXHzWCl7r6K7dnBjYioOtWI0rPas8",
    ),
    ("bcrypt_sha256", "bcrypt_sha256$$2b$12$LZl6df5JDKbEalZ7Fi3LUOPa4y9rSuCE7AYtiPz6Ty3Iu1LZf0c6a"),
    ("bcrypt", "bcrypt$$2b$12$4virl2j7TMOfq9Bha.GedueLhwRMjTrXgGq4Qpb5ojZ3ctZBQN14a"),
    (
        "scrypt",
        "scrypt$16384$p8JZleRAhpGBb5OS3DHCdT$8$5$FPGmCOzxN2j51pzrhJ3f+fNrr6z/eW49Irrz8WWOFfZaCzXwo7/Phb7A7JO1dVmoY6JZGAURBVHYSEiHpiy0hw==",
    ),
];

pub(crate) const PASSWORD: &str = "correct horse";

/// S32: and from then on the hash is one of today's scheme at today's cost.
async fn whoever_comes_from_django_signs_in_at_the_first_try(backend: Backend) {
    let app = TestApp::start_with(backend, given::REAL_COST).await;
    for (name, hash) in DJANGO {
        import(&app.database, name, None, hash);
        let session = sign_in(&app.anonymous(), name, PASSWORD).await;
        assert_eq!(session.assert_status(200).body["user"]["username"], json!(name));
        let renewed = stored_hash(&app.database, name);
        assert!(renewed.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{name}: {renewed}");
        sign_in(&app.anonymous(), name, PASSWORD).await.assert_status(200);
        assert_eq!(stored_hash(&app.database, name), renewed);
        sign_in(&app.anonymous(), name, "correct horsE").await.assert_error(401, "invalid_credentials");
    }
}

/// S32
async fn a_wrong_password_renews_nothing(backend: Backend) {
    let app = TestApp::start(backend).await;
    for (name, hash) in DJANGO {
        import(&app.database, name, None, hash);
        sign_in(&app.anonymous(), name, "correct horse ").await.assert_error(401, "invalid_credentials");
        assert_eq!(stored_hash(&app.database, name), hash);
    }
    let (name, hash) = DJANGO[5];
    for wrong in ["Correct horse", "correct", hash] {
        sign_in(&app.anonymous(), name, wrong).await.assert_error(401, "invalid_credentials");
    }
    import(&app.database, "locked", None, "!unusable");
    sign_in(&app.anonymous(), "locked", "!unusable").await.assert_error(401, "invalid_credentials");
    assert_eq!(stored_hash(&app.database, "locked"), "!unusable");
}

/// S32: `PASSWORD_HASHER=pbkdf2`, for whoever may use nothing else.
async fn hashes_are_renewed_as_pbkdf2_where_that_is_todays(backend: Backend) {
    let app = TestApp::start_with(backend, &["--password-hasher", "pbkdf2"]).await;
    let made = app.signed_in("alice").await;
    assert_eq!(made.user["username"], json!("alice"));
    for name in ["alice", "argon2", "pbkdf2_sha256"] {
        if let Some((_, hash)) = DJANGO.iter().find(|(django, _)| *django == name) {
            import(&app.database, name, None, hash);
            sign_in(&app.anonymous(), name, PASSWORD).await.assert_status(200);
        }
        let hash = stored_hash(&app.database, name);
        assert!(hash.starts_with("$pbkdf2-sha256$i=1000,l=32$"), "{hash}");
    }
    sign_in(&app.anonymous(), "argon2", PASSWORD).await.assert_status(200);
    sign_in(&app.anonymous(), "argon2", "another").await.assert_error(401, "invalid_credentials");
}

/// S32: the second to renew finds another hash than the one it checked, and looks again.
async fn many_first_sign_ins_at_once_renew_the_hash_and_lose_nobody(backend: Backend) {
    let app = TestApp::start_with(backend, &["--sessions-per-user", "100"]).await;
    let second = app.second_node().await;
    let node = |n: usize| if n.is_multiple_of(2) { &app } else { &second };
    let elsewhere = TestApp::start_with(backend, &["--password-hasher", "pbkdf2"]).await;
    let made = json!({ "username": "cheap", "email": given::address("cheap"), "password": PASSWORD });
    elsewhere.anonymous().post("/api/auth/register", made).await.assert_status(201);
    let cheap = stored_hash(&elsewhere.database, "cheap");
    for (name, hash, number) in [("cheap", &*cheap, 32), (DJANGO[5].0, DJANGO[5].1, 8)] {
        import(&app.database, name, None, hash);
        let body = json!({ "username": name, "password": PASSWORD });
        let request = |n| raw::Request::json(node(n).address(), "POST", "/api/auth/login", None, &body);
        let answers = raw::at_once(&(0..number).map(request).collect::<Vec<_>>());
        let mut tokens = Vec::new();
        for answer in answers {
            let answer = answer.unwrap();
            tokens.push(answer.assert_status(200).body["access_token"].as_str().unwrap().to_owned());
        }
        let renewed = stored_hash(&app.database, name);
        assert!(renewed.starts_with("$argon2id$"), "{renewed}");
        for token in tokens {
            app.anonymous().with_token(&token).get("/api/auth/profile").await.assert_status(200);
        }
        sign_in(&app.anonymous(), name, PASSWORD).await.assert_status(200);
        assert_eq!(stored_hash(&app.database, name), renewed);
    }
}

async fn a_hash_of_todays_kind_is_left_alone(backend: Backend) {
    let app = TestApp::start(backend).await;
    let alice = app.signed_in("alice").await;
    let hash = stored_hash(&app.database, "alice");
    assert!(hash.starts_with("$argon2id$"), "{hash}");
    alice.sign_in("alice").await;
    assert_eq!(stored_hash(&app.database, "alice"), hash);
}

/// S32: and the account stays shut to whoever has the database but not the pepper.
async fn a_pepper_set_later_is_mixed_in_at_the_next_sign_in(backend: Backend) {
    let app =
        TestApp::start_with(backend, &["--password-pepper", "k1:0123456789abcdef0123456789abcdef"]).await;
    let (name, hash) = DJANGO[5];
    import(&app.database, name, None, hash);
    sign_in(&app.anonymous(), name, PASSWORD).await.assert_status(200);
    let peppered = stored_hash(&app.database, name);
    assert!(peppered.contains("keyid="), "{peppered}");
    sign_in(&app.anonymous(), name, PASSWORD).await.assert_status(200);
    sign_in(&app.anonymous(), name, "correct horsE").await.assert_error(401, "invalid_credentials");

    let without = TestApp::start(backend).await;
    import(&without.database, name, None, &peppered);
    sign_in(&without.anonymous(), name, PASSWORD).await.assert_error(401, "invalid_credentials");
    assert_eq!(stored_hash(&without.database, name), peppered);
}
