//! Accounts by e-mail address with signed tokens, refresh rotation and a reset by mail.

use serde_json::{Value, json};

use crate::harness::{Backend, TestApp};

on_both!(an_address_is_all_one_needs);

const PASSWORD: &str = "walnut drawer 19 keys";

async fn an_address_is_all_one_needs(backend: Backend) {
    let app = TestApp::start(backend).await;
    let stranger = app.anonymous();

    // Register: the address is the name, in lower case; the password is confirmed and has to be good.
    let body = |password: &str, again: &str| {
        json!({
            "email": "Mira@Example.org", "full_name": "Mira Nair", "password": password, "password_confirm": again,
        })
    };
    for (password, again, field) in [
        ("short", "short", "password"),
        ("password123", "password123", "password"),
        ("19283746556", "19283746556", "password"),
        ("mira@example", "mira@example", "password"),
        (PASSWORD, "another one altogether", "password_confirm"),
    ] {
        let refused = stranger.post("/api/auth/register", body(password, again)).await;
        assert!(!refused.assert_status(422).complaints(field).is_empty(), "{password}");
    }
    let made = stranger.post("/api/auth/register", body(PASSWORD, PASSWORD)).await;
    let user = &made.assert_status(201).body["user"];
    assert_eq!((&user["username"], &user["full_name"]), (&Value::Null, &json!("Mira Nair")));
    stranger.post("/api/auth/register", body(PASSWORD, PASSWORD)).await.assert_error(409, "email_taken");

    // Log in for a signed token and rotate it; a token that was used is no good again.
    let login = json!({ "email": "mira@example.org", "password": PASSWORD, "format": "jwt" });
    let pair = stranger.post("/api/auth/login", login).await;
    let pair = pair.assert_status(200).body.clone();
    let old = stranger.with_token(pair["access_token"].as_str().unwrap());
    old.get("/api/auth/profile").await.assert_status(200);
    let refreshed =
        stranger.post("/api/auth/refresh", json!({ "refresh_token": pair["refresh_token"] })).await;
    let mira = stranger.with_token(refreshed.assert_status(200).body["access_token"].as_str().unwrap());
    mira.get("/api/auth/profile").await.assert_status(200);
    old.get("/api/auth/profile").await.assert_error(401, "invalid_token");

    // Log out: neither token opens anything.
    mira.post("/api/auth/logout", Value::Null).await.assert_status(200);
    mira.get("/api/auth/profile").await.assert_error(401, "invalid_token");
    let spent = json!({ "refresh_token": refreshed.body["refresh_token"] });
    stranger.post("/api/auth/refresh", spent).await.assert_error(401, "invalid_token");

    // Forget the password: a link by mail, good once, for a password that is good.
    let forgotten = stranger.post("/api/auth/password/forgot", json!({ "email": "mira@example.org" })).await;
    forgotten.assert_status(202);
    let token = app.mail_to("Mira@example.org", "reset_password").await.token();
    let reset = |password: &str| json!({ "token": token, "new_password": password });
    stranger.post("/api/auth/password/reset", reset("12345678")).await.assert_status(422);
    stranger.post("/api/auth/password/reset", reset("another walnut drawer")).await.assert_status(200);
    stranger
        .post("/api/auth/password/reset", reset("a third walnut drawer"))
        .await
        .assert_error(422, "invalid_link");
    let login = |password: &str| json!({ "email": "mira@example.org", "password": password });
    stranger.post("/api/auth/login", login(PASSWORD)).await.assert_error(401, "invalid_credentials");
    stranger.post("/api/auth/login", login("another walnut drawer")).await.assert_status(200);

    // The same by the pages, as the link leads to one.
    let visitor = app.visitor();
    let page = visitor.get("/forgot-password").await;
    let asked = page.form("/forgot-password").fill("email", "mira@example.org").send().await;
    assert!(asked.status < 400, "{}", asked.status);
    let token = app.mail_after(1, "Mira@example.org", "reset_password").await.token();
    let page = visitor.get(&format!("/reset-password?token={token}")).await;
    let form =
        page.form("/reset-password").fill("new_password", PASSWORD).fill("new_password_again", PASSWORD);
    let chosen = form.send().await;
    assert_eq!(chosen.status, 303, "{}", chosen.text);
    stranger.post("/api/auth/login", login(PASSWORD)).await.assert_status(200);

    // For those who run it.
    for path in ["/health/live", "/health/ready", "/openapi.json", "/docs/", "/redoc"] {
        assert_eq!(app.visitor().get(path).await.status, 200, "{path}");
    }
}
