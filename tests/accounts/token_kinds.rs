//! Every kind of token at every door: each opens its own and no other.

use serde_json::json;

use super::jwt::{opened, part};
use crate::harness::client::Client;
use crate::harness::{Backend, TestApp, given};

on_both!(no_token_opens_another_ones_door, introspection_tells_what_a_token_is_and_spends_nothing);

/// Where a token can be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Door {
    Bearer,
    Refresh,
    Reset,
    Verify,
    ConfirmChange,
}

impl Door {
    const ALL: [Self; 5] = [Self::Bearer, Self::Refresh, Self::Reset, Self::Verify, Self::ConfirmChange];

    async fn assert_closed(self, stranger: &Client, kind: &str, token: &str) {
        let (answer, expected) = match self {
            Self::Bearer => {
                (stranger.with_token(token).get("/api/auth/profile").await, (401, "invalid_token"))
            }
            Self::Refresh => {
                let body = json!({ "refresh_token": token });
                (stranger.post("/api/auth/refresh", body).await, (401, "invalid_token"))
            }
            Self::Reset => {
                let body = json!({ "token": token, "new_password": "an amber window 17" });
                (stranger.post("/api/auth/password/reset", body).await, (422, "invalid_link"))
            }
            Self::Verify => (
                stranger.post("/api/auth/email/verify", json!({ "token": token })).await,
                (422, "invalid_link"),
            ),
            Self::ConfirmChange => {
                let body = json!({ "token": token });
                (stranger.post("/api/auth/email/change/confirm", body).await, (422, "invalid_link"))
            }
        };
        assert_eq!((answer.status, answer.code()), expected, "{kind} at {self:?}: {}", answer.text);
    }
}

/// S18: not even after having been tried everywhere is a token spent.
async fn no_token_opens_another_ones_door(backend: Backend) {
    let app = TestApp::start_with(backend, &["--sessions-per-user", "20"]).await;
    let stranger = app.anonymous();
    let alice = app.signed_in("alice").await;
    let jwt = opened(&stranger, "alice").await;
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let address = given::address("alice");
    let change = json!({ "new_email": "alice@new.example.org", "password": given::PASSWORD });
    alice.post("/api/auth/email/change", change).await.assert_status(202);
    stranger.post("/api/auth/password/forgot", json!({ "email": address })).await.assert_status(202);
    let signed = text(&jwt["access_token"]);
    let claims = part(&signed, 1);
    let kinds = [
        ("opaque", alice.token.clone().unwrap(), Some(Door::Bearer)),
        ("jwt", signed.clone(), Some(Door::Bearer)),
        ("refresh", text(&jwt["refresh_token"]), Some(Door::Refresh)),
        ("reset", app.mail_to(&address, "reset_password").await.token(), Some(Door::Reset)),
        ("verify", app.mail_to(&address, "verify_email").await.token(), Some(Door::Verify)),
        (
            "change",
            app.mail_to("alice@new.example.org", "confirm_email_change").await.token(),
            Some(Door::ConfirmChange),
        ),
        ("keep", app.mail_to(&address, "email_change_notice").await.token(), Some(Door::ConfirmChange)),
        ("session", text(&claims["sid"]), None),
        ("jti", text(&claims["jti"]), None),
        ("jti twice", text(&claims["jti"]).repeat(2), None),
        ("refresh without its mark", text(&jwt["refresh_token"])[4..].to_owned(), None),
        ("opaque with the other's mark", format!("vrt_{}", alice.token.as_ref().unwrap()), None),
        ("part of a jwt", signed.rsplit_once('.').unwrap().0.to_owned(), None),
    ];
    for (kind, token, own) in &kinds {
        for door in Door::ALL.into_iter().filter(|door| Some(*door) != *own) {
            door.assert_closed(&stranger, kind, token).await;
        }
    }
    let [opaque, jwt, refresh, _, verify, change, ..] = &kinds;
    for (_, token, _) in [opaque, jwt] {
        stranger.with_token(token).get("/api/auth/profile").await.assert_status(200);
    }
    let body = json!({ "refresh_token": refresh.1 });
    stranger.post("/api/auth/refresh", body).await.assert_status(200);
    for (path, token) in [("email/verify", &verify.1), ("email/change/confirm", &change.1)] {
        stranger.post(&format!("/api/auth/{path}"), json!({ "token": token })).await.assert_status(200);
    }
}

/// RFC 7662: what opens nothing is inactive, whatever it is or was.
async fn introspection_tells_what_a_token_is_and_spends_nothing(backend: Backend) {
    let app = TestApp::start_with(backend, &["--sessions-per-user", "20"]).await;
    let alice = app.signed_in("alice").await;
    let keeper = app.admin().await;
    let ask = async |token: &str| {
        let request = keeper.request(reqwest::Method::POST, "/api/auth/introspect").form(&[("token", token)]);
        keeper.send(request).await.assert_status(200).body.clone()
    };
    let dead = json!({ "active": false });
    let opened = opened(&app.anonymous(), "alice").await;
    let [signed, refresh] = ["access_token", "refresh_token"].map(|name| opened[name].as_str().unwrap());
    let claims = part(signed, 1);
    let told = ask(signed).await;
    assert_eq!(told["active"], json!(true));
    for name in ["sub", "sid", "exp", "iat"] {
        assert_eq!(told[name], claims[name], "{name}");
    }
    assert_eq!(ask(alice.token.as_ref().unwrap()).await["sub"], claims["sub"]);
    for _ in 0..3 {
        let told = ask(refresh).await;
        assert_eq!((&told["active"], &told["sid"]), (&json!(true), &claims["sid"]));
    }
    // A pair that waits for its first use waits on, and the spent token is told to be spent.
    let again = async |refresh: &str| {
        app.anonymous().post("/api/auth/refresh", json!({ "refresh_token": refresh })).await
    };
    let second = again(refresh).await.assert_status(200).body.clone();
    assert_eq!(ask(second["access_token"].as_str().unwrap()).await["active"], json!(true));
    assert_eq!(ask(refresh).await, dead);
    assert_eq!(ask(signed).await, dead);
    let third = again(refresh).await.assert_status(200).body.clone();
    assert_eq!(ask(second["access_token"].as_str().unwrap()).await, dead);
    assert_eq!(ask(second["refresh_token"].as_str().unwrap()).await, dead);
    assert_eq!(ask(third["refresh_token"].as_str().unwrap()).await["active"], json!(true));
    for nonsense in ["", "x", "..", "vrt_", &"0".repeat(64), &"é".repeat(100), &claims["sid"].to_string()] {
        assert_eq!(ask(nonsense).await, dead, "{nonsense}");
    }
    super::suspend(&app.database, "alice");
    for token in [third["access_token"].as_str().unwrap(), third["refresh_token"].as_str().unwrap()] {
        assert_eq!(ask(token).await, dead);
    }
    let request = alice.request(reqwest::Method::POST, "/api/auth/introspect").form(&[("token", signed)]);
    assert!(matches!(alice.send(request).await.status, 401 | 403));
}
