//! Signed access tokens: what they say, where they are good, and that they end with their session.

use std::time::Duration;

use base64ct::{Base64UrlUnpadded, Encoding};
use reqwest::Method;
use serde_json::{Value, json};
use vestibule_auth::keys::KeyRing;
use vestibule_domain::time::Clock as _;
use vestibule_persistence::{Database, PoolOptions};
use vestibule_server::system::SystemRandom;

use super::suspend;
use crate::harness::client::Client;
use crate::harness::{Backend, TestApp, given};

on_both!(
    a_signed_token_says_what_rfc_9068_asks_for,
    a_signed_token_opens_what_an_opaque_one_opens,
    a_signed_token_ends_with_its_session,
    a_signed_token_ends_by_itself,
    a_token_of_a_clock_that_is_ahead_is_good_within_a_minute,
    a_good_signature_without_its_session_opens_nothing,
    after_a_rotation_old_and_new_tokens_are_good_on_every_node,
    a_removed_key_is_dead,
    no_other_format_is_known,
);

const PUBLIC_URL: &str = "http://accounts.example.org";

const SETTINGS: &[&str] = &["--public-url", PUBLIC_URL, "--sessions-per-user", "20"];

/// Another node believes what it read for this long.
const ELSEWHERE: Duration = Duration::from_secs(1);

const TTL: Duration = Duration::from_mins(30);

/// What a sign-in as `name` answers who asks for a signed token.
pub(crate) async fn opened(client: &Client, name: &str) -> Value {
    let mut body = given::credentials(name);
    body["format"] = json!("jwt");
    let answer = client.post("/api/auth/login", body).await;
    answer.assert_status(200).body.clone()
}

/// The same as a caller.
pub(crate) async fn signed_in(client: &Client, name: &str) -> Client {
    client.with_token(opened(client, name).await["access_token"].as_str().unwrap())
}

/// What the first or the second part of a token says.
pub(crate) fn part(token: &str, n: usize) -> Value {
    let bytes = Base64UrlUnpadded::decode_vec(token.split('.').nth(n).unwrap()).unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

fn kid(caller: &Client) -> String {
    part(caller.token.as_ref().unwrap(), 0)["kid"].as_str().unwrap().to_owned()
}

/// The names of the published keys.
pub(crate) async fn published(client: &Client) -> Vec<String> {
    let answer = client.get("/.well-known/jwks.json").await;
    let set: Value = serde_json::from_str(&answer.assert_status(200).text).unwrap();
    set["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

/// S18
async fn a_signed_token_says_what_rfc_9068_asks_for(backend: Backend) {
    let app = TestApp::start_with(backend, SETTINGS).await;
    let alice = app.signed_in("alice").await;
    let answer = opened(&app.anonymous(), "alice").await;
    let token = answer["access_token"].as_str().unwrap();
    let header = part(token, 0);
    assert_eq!(header, json!({ "alg": "EdDSA", "typ": "at+jwt", "kid": header["kid"] }));
    let now = app.clock.now().unix_seconds();
    let claims = part(token, 1);
    let sessions = alice.get("/api/auth/sessions").await.assert_status(200).body["data"].clone();
    let ids: Vec<_> = sessions.as_array().unwrap().iter().map(|session| session["id"].clone()).collect();
    assert!(ids.contains(&claims["sid"]), "{claims} {ids:?}");
    let jti = claims["jti"].as_str().unwrap();
    assert!(jti.len() == 32 && jti.bytes().all(|byte| byte.is_ascii_hexdigit()), "{jti}");
    let expected = json!({
        "iss": PUBLIC_URL, "aud": PUBLIC_URL, "client_id": "vestibule", "sub": answer["user"]["id"].to_string(),
        "iat": now, "exp": now + 1800, "sid": claims["sid"], "jti": jti,
    });
    assert_eq!(claims, expected);
    assert_eq!(answer["expires_at"], json!(app.clock.now().plus(TTL).to_string()));
    assert_eq!(answer["token_type"], json!("Bearer"));
    assert!(answer["refresh_token"].as_str().unwrap().starts_with("vrt_"));

    let set = app.anonymous().get("/.well-known/jwks.json").await;
    assert_eq!(set.header("content-type"), Some("application/jwk-set+json"));
    let set: Value = serde_json::from_str(&set.text).unwrap();
    let key = &set["keys"][0];
    let x = key["x"].as_str().unwrap();
    assert_eq!(Base64UrlUnpadded::decode_vec(x).unwrap().len(), 32);
    let public =
        json!({ "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": header["kid"], "x": x });
    assert_eq!(set, json!({ "keys": [public] }));
    // Neither the token nor the half of the key that signs is anywhere in the store.
    let dump = app.database.dump();
    for secret in [token, jti, token.rsplit('.').next().unwrap()] {
        assert!(!dump.windows(secret.len()).any(|window| window == secret.as_bytes()), "{secret}");
    }
}

async fn a_signed_token_opens_what_an_opaque_one_opens(backend: Backend) {
    let app = TestApp::start_with(backend, SETTINGS).await;
    let second = app.second_node().await;
    app.signed_in("alice").await;
    let alice = signed_in(&app.anonymous(), "alice").await;
    for node in [&app, &second] {
        let answer = alice.at(node).get("/api/auth/profile").await;
        assert_eq!(answer.assert_status(200).body["username"], json!("alice"));
        alice.at(node).patch("/api/auth/profile", json!({ "nickname": "Al" })).await.assert_status(200);
    }
    // The name of the scheme has no case, the token has.
    let token = alice.token.clone().unwrap();
    let request = app.anonymous().request(Method::GET, "/api/auth/profile");
    alice.send(request.header("Authorization", format!("bEaReR {token}"))).await.assert_status(200);
    let shouted = alice.with_token(&token.to_uppercase());
    shouted.get("/api/auth/profile").await.assert_error(401, "invalid_token");
}

/// S18, S21: by whatever the session ends, the token does too, on this node at once and elsewhere within a second.
async fn a_signed_token_ends_with_its_session(backend: Backend) {
    let app = TestApp::start_with(backend, SETTINGS).await;
    let second = app.second_node().await;
    app.signed_in("alice").await;
    let new_password =
        json!({ "current_password": given::PASSWORD, "new_password": given::PASSWORD.replace("42", "43") });
    let endings = ["logout", "logout-all", "revoked", "refreshed", "password/change", "suspended"];
    for ending in endings {
        let opened = opened(&app.anonymous(), "alice").await;
        let token = opened["access_token"].as_str().unwrap();
        let alice = app.anonymous().with_token(token);
        let other = signed_in(&app.anonymous(), "alice").await;
        for caller in [&alice, &alice.at(&second)] {
            caller.get("/api/auth/profile").await.assert_status(200);
        }
        let answer = match ending {
            "revoked" => {
                let id = part(token, 1)["sid"].as_str().unwrap().to_owned();
                other.delete(&format!("/api/auth/sessions/{id}")).await
            }
            "refreshed" => {
                let body = json!({ "refresh_token": opened["refresh_token"] });
                let answer = app.anonymous().post("/api/auth/refresh", body).await;
                let renewed = alice.with_token(answer.body["access_token"].as_str().unwrap());
                let claims = part(renewed.token.as_ref().unwrap(), 1);
                assert_eq!(claims["sid"], part(token, 1)["sid"], "the session goes on");
                assert_ne!(claims["jti"], part(token, 1)["jti"]);
                renewed.get("/api/auth/profile").await.assert_status(200);
                answer
            }
            "password/change" => other.post("/api/auth/password/change", new_password.clone()).await,
            "suspended" => {
                suspend(&app.database, "alice");
                app.clock.advance(ELSEWHERE);
                app.anonymous().get("/health/live").await
            }
            path => alice.post(&format!("/api/auth/{path}"), json!(null)).await,
        };
        answer.assert_status(200);
        alice.get("/api/auth/profile").await.assert_error(401, "invalid_token");
        app.clock.advance(ELSEWHERE);
        alice.at(&second).get("/api/auth/profile").await.assert_error(401, "invalid_token");
        if ending == "password/change" {
            let back =
                json!({ "current_password": new_password["new_password"], "new_password": given::PASSWORD });
            other.post("/api/auth/password/change", back).await.assert_status(200);
        }
    }
}

/// S18: `JWT_TTL`, by the server's clock, whatever is remembered.
async fn a_signed_token_ends_by_itself(backend: Backend) {
    let app = TestApp::start_with(backend, SETTINGS).await;
    app.signed_in("alice").await;
    let alice = signed_in(&app.anonymous(), "alice").await;
    let just_short = Duration::from_mins(29) + Duration::from_micros(59_999_999);
    app.clock.advance(just_short);
    alice.get("/api/auth/profile").await.assert_status(200);
    app.clock.advance(Duration::from_micros(1));
    alice.get("/api/auth/profile").await.assert_error(401, "invalid_token");
    let brief = TestApp::start_with(backend, &["--jwt-ttl", "1m"]).await;
    brief.signed_in("alice").await;
    let claims = part(signed_in(&brief.anonymous(), "alice").await.token.as_ref().unwrap(), 1);
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 60);
}

/// F10
async fn a_token_of_a_clock_that_is_ahead_is_good_within_a_minute(backend: Backend) {
    let settings = [SETTINGS, &["--session-cache-ttl", "0"]].concat();
    let app = TestApp::start_with(backend, &settings).await;
    app.signed_in("alice").await;
    let alice = signed_in(&app.anonymous(), "alice").await;
    app.clock.turn_back(Duration::from_mins(1));
    alice.get("/api/auth/profile").await.assert_status(200);
    app.clock.turn_back(Duration::from_secs(1));
    alice.get("/api/auth/profile").await.assert_error(401, "invalid_token");
    app.clock.advance(Duration::from_secs(1));
    alice.get("/api/auth/profile").await.assert_status(200);
    // Nor is anybody locked out who comes anew.
    app.clock.turn_back(Duration::from_hours(13));
    signed_in(&app.anonymous(), "alice").await.get("/api/auth/profile").await.assert_status(200);
}

/// S18: somebody who has stolen a key. Neither a token nobody was given, nor one of another session's `jti`.
async fn a_good_signature_without_its_session_opens_nothing(backend: Backend) {
    let app = TestApp::start_with(backend, SETTINGS).await;
    let alice = app.signed_in("alice").await;
    let bob = app.signed_in("bob").await;
    let ring = ring(&app);
    let id = |of: &Client| of.user["id"].as_i64().unwrap().try_into().unwrap();
    let session = |of: &Client| {
        let query = format!("select id from sessions where user_id = {}", of.user["id"]);
        app.database.sql(&query).parse().unwrap()
    };
    let now = app.clock.now();
    let sign = |user, session| ring.sign(now, &SystemRandom, user, session, now.plus(TTL)).unwrap();
    let made_up = sign(id(&alice), session(&alice));
    alice.with_token(&made_up.text).get("/api/auth/profile").await.assert_error(401, "invalid_token");
    for (user, session_of) in [(&alice, &bob), (&bob, &alice)] {
        let crossed = sign(id(user), session(session_of));
        let digest: Vec<_> =
            crossed.token_digest.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        let digest = match backend {
            Backend::Sqlite => format!("x'{}'", digest.concat()),
            Backend::Postgres => format!("'\\x{}'", digest.concat()),
        };
        let id = session(&alice).to_string();
        app.database.sql(&format!("update sessions set token_digest = {digest} where id = '{id}'"));
        alice.with_token(&crossed.text).get("/api/auth/profile").await.assert_error(401, "invalid_token");
    }
}

/// S18, F12
async fn after_a_rotation_old_and_new_tokens_are_good_on_every_node(backend: Backend) {
    let app = TestApp::start_with(backend, SETTINGS).await;
    let second = app.second_node().await;
    app.signed_in("alice").await;
    let old = signed_in(&app.anonymous(), "alice").await;
    let new_kid = ring(&app).rotate(app.clock.now(), &SystemRandom).unwrap();
    app.clock.advance(Duration::from_secs(2));
    let new = signed_in(&app.anonymous(), "alice").await;
    assert_eq!(kid(&new), new_kid);
    assert_ne!(kid(&old), new_kid);
    for node in [&app, &second] {
        assert_eq!(published(&app.anonymous().at(node)).await, [&*new_kid, &*kid(&old)]);
        for caller in [&old, &new] {
            caller.at(node).get("/api/auth/profile").await.assert_status(200);
        }
    }
    let event = "select count(*) from audit_events where event = 'keys.rotated' and outcome = 'success'";
    assert_eq!(app.database.sql(event), "1");
    // Thirty-five minutes after it was retired no token of the old one can be good.
    app.clock.advance(Duration::from_mins(34) + Duration::from_secs(57));
    assert_eq!(published(&app.anonymous()).await.len(), 2);
    app.clock.advance(Duration::from_secs(1));
    assert_eq!(published(&app.anonymous()).await, [&*new_kid]);
    assert_eq!(published(&second.anonymous()).await, [&*new_kid]);
}

/// S18: on every node, within a second.
async fn a_removed_key_is_dead(backend: Backend) {
    let app = TestApp::start_with(backend, SETTINGS).await;
    let second = app.second_node().await;
    let opaque = app.signed_in("alice").await;
    let alice = signed_in(&app.anonymous(), "alice").await;
    let kid = kid(&alice);
    alice.get("/api/auth/profile").await.assert_status(200);
    app.database.sql("delete from signing_keys");
    app.clock.advance(ELSEWHERE);
    for node in [&app, &second] {
        alice.at(node).get("/api/auth/profile").await.assert_error(401, "invalid_token");
        opaque.at(node).get("/api/auth/profile").await.assert_status(200);
        assert!(published(&app.anonymous().at(node)).await.is_empty());
    }
    let next = signed_in(&app.anonymous(), "alice").await;
    next.get("/api/auth/profile").await.assert_status(200);
    assert!(!published(&app.anonymous()).await.contains(&kid));
}

async fn no_other_format_is_known(backend: Backend) {
    let app = TestApp::start(backend).await;
    app.signed_in("alice").await;
    for format in [json!("JWT"), json!("paseto"), json!(""), json!(1), json!(["jwt"]), json!({})] {
        let mut body = given::credentials("alice");
        body["format"] = format.clone();
        let answer = app.anonymous().post("/api/auth/login", body).await;
        answer.assert_status(422);
        assert!(!answer.complaints("format").is_empty(), "{format}: {}", answer.text);
    }
}

/// The keys of `app`, in somebody else's hand.
fn ring(app: &TestApp) -> KeyRing {
    let database = Database::open(&app.database.url().parse().unwrap(), PoolOptions::default());
    KeyRing::new(database, given::SECRET_KEY.as_bytes(), PUBLIC_URL, TTL)
}
