//! What is taken from somebody is gone at their next request, whatever they hold.

use std::time::Duration;

use serde_json::{Value, json};

use super::{give_roles, id, make_role, seen};
use crate::accounts::{mailed, sign_in};
use crate::harness::client::Client;
use crate::harness::{Backend, TestApp, given};

on_both!(
    whoever_is_ended_is_out_at_once_on_both_nodes,
    what_a_role_allowed_is_gone_at_once_on_both_nodes,
    what_was_mailed_before_opens_nothing_afterwards,
    ending_sessions_ends_them_and_nothing_else,
    whoever_is_restored_signs_in_anew,
    who_comes_again_by_the_same_address_is_somebody_else,
);

/// Both nodes have one name, or neither would take the other's signed tokens.
const ARGUMENTS: [&str; 4] = ["--sessions-per-user", "20", "--public-url", "http://localhost"];

/// How somebody's access is ended.
#[derive(Clone, Copy, Debug)]
enum End {
    Suspend,
    Deactivate,
    Delete,
    Reset,
    Email,
    Sessions,
}

impl End {
    const ALL: [Self; 6] =
        [Self::Suspend, Self::Deactivate, Self::Delete, Self::Reset, Self::Email, Self::Sessions];

    async fn of(self, admin: &Client, user: i64) {
        let path = format!("/api/users/{user}");
        let answer = match self {
            Self::Suspend => admin.post(&format!("{path}/suspend"), Value::Null).await,
            Self::Deactivate => admin.patch(&path, json!({ "is_active": false })).await,
            Self::Delete => admin.delete(&path).await,
            Self::Reset => admin.post(&format!("{path}/password-reset"), Value::Null).await,
            Self::Email => admin.patch(&path, json!({ "email": format!("new{user}@example.org") })).await,
            Self::Sessions => admin.delete(&format!("{path}/sessions")).await,
        };
        assert!(matches!(answer.status, 200 | 202), "{self:?}: {}", answer.text);
    }
}

/// Everything somebody may hold: tokens of both kinds, and what renews them.
struct Holds {
    tokens: Vec<Client>,
    refresh: Vec<String>,
}

async fn holds(app: &TestApp, name: &str) -> Holds {
    let (mut tokens, mut refresh) = (Vec::new(), Vec::new());
    for format in ["opaque", "jwt"] {
        let mut credentials = given::credentials(name);
        credentials["format"] = json!(format);
        let session = app.anonymous().post("/api/auth/login", credentials).await;
        session.assert_status(200);
        tokens.push(app.anonymous().with_token(session.body["access_token"].as_str().unwrap()));
        refresh.push(session.body["refresh_token"].as_str().unwrap().to_owned());
    }
    Holds { tokens, refresh }
}

/// S22, S06: live tokens of both kinds and refresh tokens; here at once, elsewhere when what is kept there for a second runs
/// out.
async fn whoever_is_ended_is_out_at_once_on_both_nodes(backend: Backend) {
    let app = TestApp::start_with(backend, &ARGUMENTS).await;
    let second = app.second_node().await;
    let admin = app.admin().await;
    for end in End::ALL {
        let name = format!("{end:?}").to_lowercase();
        let user = id(&app.signed_in(&name).await);
        let held = holds(&app, &name).await;
        for token in &held.tokens {
            // Both nodes know them now.
            token.get("/api/auth/profile").await.assert_status(200);
            token.at(&second).get("/api/auth/profile").await.assert_status(200);
        }
        end.of(&admin, user).await;
        for token in &held.tokens {
            token.get("/api/auth/profile").await.assert_error(401, "invalid_token");
            token.patch("/api/auth/profile", json!({ "nickname": "Al" })).await.assert_status(401);
        }
        for refresh in &held.refresh {
            let body = json!({ "refresh_token": refresh });
            for node in [&second, &app] {
                let answer = node.anonymous().post("/api/auth/refresh", body.clone()).await;
                assert_eq!(answer.status, 401, "{end:?}: {}", answer.text);
            }
        }
        app.clock.advance(Duration::from_secs(1));
        for token in &held.tokens {
            token.at(&second).get("/api/auth/profile").await.assert_error(401, "invalid_token");
        }
        let again = sign_in(&second.anonymous(), &name, given::PASSWORD).await;
        match end {
            End::Suspend | End::Deactivate => again.assert_error(403, "account_suspended"),
            End::Delete | End::Reset => again.assert_error(401, "invalid_credentials"),
            End::Email | End::Sessions => again.assert_status(200),
        };
        assert_eq!(
            app.database.sql(&format!("select count(*) from sessions where user_id = {user}")) == "0",
            again.status != 200
        );
    }
}

/// S22, S65: by taking the role from them, by taking the permission from the role, by renaming it or deleting it.
async fn what_a_role_allowed_is_gone_at_once_on_both_nodes(backend: Backend) {
    let app = TestApp::start_with(backend, &ARGUMENTS).await;
    let second = app.second_node().await;
    let admin = app.admin().await;
    for how in ["role taken", "permission taken", "role deleted", "demoted from admin"] {
        let name = how.replace(' ', "-");
        let officer = app.signed_in(&name).await;
        make_role(&admin, &name, &["users.read"]).await.assert_status(201);
        let role = if how == "demoted from admin" { "admin" } else { &name };
        give_roles(&admin, id(&officer), &["member", role]).await.assert_status(200);
        let held = holds(&app, &name).await;
        let all = || held.tokens.iter().chain([&officer]);
        for token in all() {
            // What was given holds at once too, for tokens that were there before.
            token.get("/api/users").await.assert_status(200);
            token.at(&second).get("/api/users").await.assert_status(200);
        }
        let path = format!("/api/roles/{name}");
        match how {
            "permission taken" => {
                admin.patch(&path, json!({ "permissions": ["posts.write"] })).await.assert_status(200)
            }
            "role deleted" => admin.delete(&path).await.assert_status(200),
            _ => give_roles(&admin, id(&officer), &["member"]).await.assert_status(200),
        };
        for token in all() {
            token.get("/api/users").await.assert_error(403, "forbidden");
            let profile = token.get("/api/auth/profile").await;
            assert_eq!(profile.assert_status(200).body["is_admin"], json!(false), "{how}");
            let roles = if how == "permission taken" { json!(["member", name]) } else { json!(["member"]) };
            assert_eq!(profile.body["roles"], roles, "{how}");
        }
        app.clock.advance(Duration::from_secs(1));
        for token in all() {
            token.at(&second).get("/api/users").await.assert_error(403, "forbidden");
        }
        for refresh in &held.refresh {
            let renewed =
                second.anonymous().post("/api/auth/refresh", json!({ "refresh_token": refresh })).await;
            let token = renewed.assert_status(200).body["access_token"].as_str().unwrap().to_owned();
            second.anonymous().with_token(&token).get("/api/users").await.assert_error(403, "forbidden");
        }
    }
    // Another name for a role takes nothing from who holds it.
    let officer = app.signed_in("renamed").await;
    make_role(&admin, "renamed", &["users.read"]).await.assert_status(201);
    give_roles(&admin, id(&officer), &["renamed"]).await.assert_status(200);
    admin.patch("/api/roles/renamed", json!({ "name": "called-otherwise" })).await.assert_status(200);
    officer.get("/api/users").await.assert_status(200);
    assert_eq!(seen(&admin, id(&officer)).await["roles"], json!(["called-otherwise"]));
}

/// S06: links of every kind.
async fn what_was_mailed_before_opens_nothing_afterwards(backend: Backend) {
    let app = TestApp::start_with(backend, &ARGUMENTS).await;
    let admin = app.admin().await;
    for end in [End::Suspend, End::Deactivate, End::Delete, End::Reset, End::Email] {
        let name = format!("{end:?}").to_lowercase();
        let caller = app.signed_in(&name).await;
        app.clock.advance(Duration::from_mins(2));
        let verify = mailed::verify_token(&app, &caller, &given::address(&name)).await;
        app.clock.advance(Duration::from_mins(2));
        let reset = mailed::reset_token(&app, &given::address(&name)).await;
        end.of(&admin, id(&caller)).await;
        let before = app.database.sql(&format!("select password_hash from users where id = {}", id(&caller)));
        let refused = mailed::reset(&app.anonymous(), &reset, "a quiet green harbour").await;
        assert_eq!(refused.status, 422, "{end:?}: {}", refused.text);
        let refused = mailed::verify(&app.anonymous(), &verify).await;
        assert_eq!(refused.status, 422, "{end:?}: {}", refused.text);
        let after = app.database.sql(&format!("select password_hash from users where id = {}", id(&caller)));
        assert_eq!(before, after, "{end:?}");
    }
}

/// S06: the person signs in again, with the password they have.
async fn ending_sessions_ends_them_and_nothing_else(backend: Backend) {
    let app = TestApp::start_with(backend, &ARGUMENTS).await;
    let (alice, bob) = (app.signed_in("alice").await, app.signed_in("bob").await);
    let admin = app.admin().await;
    let path = format!("/api/users/{}/sessions", id(&alice));
    let sessions = admin.get(&path).await;
    assert_eq!(sessions.assert_status(200).body["total"], json!(1));
    admin.delete(&path).await.assert_status(200);
    alice.get("/api/auth/profile").await.assert_status(401);
    bob.get("/api/auth/profile").await.assert_status(200);
    assert_eq!(admin.get(&path).await.assert_status(200).body["total"], json!(0));
    admin.delete(&path).await.assert_status(200);
    app.signed_in("alice").await.get("/api/auth/profile").await.assert_status(200);
}

/// S22: what ended stays ended.
async fn whoever_is_restored_signs_in_anew(backend: Backend) {
    let app = TestApp::start_with(backend, &ARGUMENTS).await;
    let alice = app.signed_in("alice").await;
    let held = holds(&app, "alice").await;
    let admin = app.admin().await;
    let path = format!("/api/users/{}", id(&alice));
    for (end, back) in [
        ("suspend", admin.post(&format!("{path}/suspend"), Value::Null).await),
        ("restore", admin.post(&format!("{path}/restore"), Value::Null).await),
        ("restore again", admin.post(&format!("{path}/restore"), Value::Null).await),
    ] {
        let is_active = back.assert_status(200).body["data"]["is_active"].clone();
        assert_eq!(is_active, json!(end != "suspend"), "{end}");
    }
    for token in held.tokens.iter().chain([&alice]) {
        token.get("/api/auth/profile").await.assert_status(401);
    }
    for refresh in held.refresh {
        let body = json!({ "refresh_token": refresh });
        app.anonymous().post("/api/auth/refresh", body).await.assert_status(401);
    }
    app.signed_in("alice").await.get("/api/auth/profile").await.assert_status(200);
}

/// S22: neither their number, nor their roles, nor what they told, nor what opened the account.
async fn who_comes_again_by_the_same_address_is_somebody_else(backend: Backend) {
    let app = TestApp::start_with(backend, &ARGUMENTS).await;
    let admin = app.admin().await;
    let alice = app.signed_in("alice").await;
    give_roles(&admin, id(&alice), &["admin", "editor", "member"]).await.assert_status(200);
    let told = json!({ "full_name": "Alice Canary", "nickname": "Al", "phone": "+919876543210", "dob": "1990-01-02",
                       "metadata": { "was": "here" } });
    alice.patch("/api/auth/profile", told).await.assert_status(200);
    let verify = mailed::verify_token(&app, &alice, &given::address("alice")).await;
    mailed::verify(&app.anonymous(), &verify).await.assert_status(200);
    let held = holds(&app, "alice").await;
    admin.delete(&format!("/api/users/{}", id(&alice))).await.assert_status(200);

    let again = app.signed_in("alice").await;
    assert!(id(&again) > id(&alice), "a number is never given twice");
    let profile = again.get("/api/auth/profile").await;
    let user = &profile.assert_status(200).body;
    assert_eq!((&user["roles"], &user["is_admin"]), (&json!(["member"]), &json!(false)));
    assert_eq!((&user["email_verified"], &user["full_name"]), (&json!(false), &Value::Null));
    for field in ["nickname", "phone", "dob", "avatar_url"] {
        assert_eq!(user["profile"][field], Value::Null, "{field}");
    }
    assert_eq!(user["profile"]["metadata"], json!({}));
    assert_eq!(again.get("/api/auth/sessions").await.body["total"], json!(1));
    for token in held.tokens.iter().chain([&alice]) {
        token.get("/api/auth/profile").await.assert_status(401);
    }
    admin.get(&format!("/api/users/{}", id(&alice))).await.assert_error(404, "not_found");
}
