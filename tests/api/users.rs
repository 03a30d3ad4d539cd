//! Looking after accounts: every call of `/api/users`, what it takes and what it answers.

use reqwest::Method;
use serde_json::{Value, json};

use crate::accounts::{import, sign_in};
use crate::harness::client::{Answer, Client};
use crate::harness::{Backend, TestApp, given};

on_both!(
    an_account_is_made_and_its_owner_chooses_the_password,
    every_fault_of_a_new_account_is_named_at_once,
    an_account_is_changed_field_by_field,
    what_is_no_change_is_refused,
    a_name_or_an_address_that_is_taken_is_a_conflict,
    something_to_sign_in_by_is_left,
    a_suspended_account_stays_out_until_it_is_restored,
    a_forced_reset_voids_the_password_and_sends_a_link,
    roles_are_given_and_taken,
    somebodys_sessions_are_seen_and_ended,
    a_deleted_account_is_nowhere,
    a_number_that_nobody_has_is_not_found,
);

/// S97: nobody sends a password along, and nobody is told one.
async fn an_account_is_made_and_its_owner_chooses_the_password(backend: Backend) {
    let app = TestApp::start(backend).await;
    let admin = app.admin().await;
    let body = json!({
        "username": "guide.one", "email": "One@example.org", "full_name": "Guide One", "roles": ["editor", "member", "editor"],
    });
    let made = admin.post("/api/users", body).await;
    let user = data(made.assert_status(201)).clone();
    assert_eq!(made.body["ok"], json!(true));
    assert_eq!((&user["username"], &user["email"]), (&json!("guide.one"), &json!("One@example.org")));
    assert_eq!((&user["full_name"], &user["roles"]), (&json!("Guide One"), &json!(["editor", "member"])));
    assert_eq!(
        (&user["email_verified"], &user["is_active"], &user["is_admin"]),
        (&json!(false), &json!(true), &json!(false))
    );
    assert_eq!((&user["last_login_at"], &user["profile"]["avatar_url"]), (&Value::Null, &Value::Null));
    let path = format!("/api/users/{}", user["id"]);
    let seen = admin.get(&path).await;
    assert_eq!(seen.assert_status(200).body, json!({ "ok": true, "data": user }));
    sign_in(&app.anonymous(), "guide.one", given::PASSWORD).await.assert_error(401, "invalid_credentials");

    let link = app.mail_to("One@example.org", "choose_first_password").await;
    let reset = json!({ "token": link.token(), "new_password": given::PASSWORD });
    app.anonymous().post("/api/auth/password/reset", reset).await.assert_status(200);
    let signed_in = sign_in(&app.anonymous(), "guide.one", given::PASSWORD).await;
    assert_eq!(signed_in.assert_status(200).body["user"]["email_verified"], json!(true));

    let plain = admin.post("/api/users", json!({ "email": "two@example.org" })).await;
    let plain = data(plain.assert_status(201));
    assert_eq!((&plain["username"], &plain["full_name"]), (&Value::Null, &Value::Null));
    assert_eq!(plain["roles"], json!(["member"]));
    let nobody = admin.post("/api/users", json!({ "email": "three@example.org", "roles": [] })).await;
    assert_eq!(data(nobody.assert_status(201))["roles"], json!([]));
}

async fn every_fault_of_a_new_account_is_named_at_once(backend: Backend) {
    let app = TestApp::start(backend).await;
    let admin = app.admin().await;
    let body = json!({ "username": "a", "email": "nobody", "full_name": "\n", "roles": ["Editor"] });
    let answer = admin.post("/api/users", body).await;
    answer.assert_error(422, "invalid_fields");
    for field in ["username", "email", "full_name", "roles"] {
        assert_eq!(answer.complaints(field).len(), 1, "{field}: {}", answer.text);
    }
    let email = "new@example.org";
    for (body, field) in [
        (json!({}), "email"),
        (json!({ "email": null }), "email"),
        (json!({ "email": 7 }), "email"),
        (json!({ "email": email, "password": given::PASSWORD }), "password"),
        (json!({ "email": email, "is_active": false }), "is_active"),
        (json!({ "email": email, "is_admin": true }), "is_admin"),
        (json!({ "email": email, "id": 7 }), "id"),
        (json!({ "email": email, "roles": "admin" }), "roles"),
        (json!({ "email": email, "roles": [7] }), "roles[0]"),
        (json!({ "email": email, "username": "admin" }), "username"),
        (json!({ "email": email, "username": "one@example.org" }), "username"),
    ] {
        let answer = admin.post("/api/users", body.clone()).await;
        answer.assert_error(422, "invalid_fields");
        assert_eq!(answer.complaints(field).len(), 1, "{body}: {}", answer.text);
    }
    let unknown = admin.post("/api/users", json!({ "email": email, "roles": ["member", "guide"] })).await;
    unknown.assert_error(422, "unknown_role");
    assert!(unknown.complaints("roles")[0].contains("guide"), "{}", unknown.text);
    admin.post("/api/users?roles=admin", json!({ "email": email })).await.assert_error(422, "invalid_fields");
    let all = admin.get("/api/users").await;
    assert_eq!(all.body["total"], json!(1), "nobody was made: {}", all.text);
}

/// Absent stays, `null` clears.
async fn an_account_is_changed_field_by_field(backend: Backend) {
    let app = TestApp::start(backend).await;
    let (alice, admin) = (app.signed_in("alice").await, app.admin().await);
    let path = user_path(&alice);
    let everything = json!({
        "username": "alice.b", "full_name": "Alice B", "nickname": "Al", "phone": "+91 98765 43210", "dob": "1990-01-31",
        "metadata": { "theme": "dark" }, "is_active": true,
    });
    let changed = admin.patch(&path, everything).await;
    let user = data(changed.assert_status(200));
    assert_eq!((&user["username"], &user["full_name"]), (&json!("alice.b"), &json!("Alice B")));
    let profile = &user["profile"];
    assert_eq!((&profile["nickname"], &profile["phone"]), (&json!("Al"), &json!("+919876543210")));
    assert_eq!((&profile["dob"], &profile["metadata"]), (&json!("1990-01-31"), &json!({ "theme": "dark" })));
    assert_eq!(user["email"], json!(given::address("alice")));
    alice.get("/api/auth/profile").await.assert_status(200);

    let same = admin.patch(&path, json!({})).await;
    assert_eq!(data(same.assert_status(200)), user);
    let cleared =
        json!({ "full_name": null, "nickname": null, "phone": null, "dob": null, "metadata": null });
    let cleared = admin.patch(&path, cleared).await;
    let user = data(cleared.assert_status(200));
    for field in ["nickname", "phone", "dob"] {
        assert_eq!(user["profile"][field], Value::Null, "{field}");
    }
    assert_eq!((&user["full_name"], &user["profile"]["metadata"]), (&Value::Null, &json!({})));
    assert_eq!(user["username"], json!("alice.b"));

    let moved = admin.patch(&path, json!({ "email": "alice@mail.example" })).await;
    let user = data(moved.assert_status(200));
    assert_eq!((&user["email"], &user["email_verified"]), (&json!("alice@mail.example"), &json!(false)));
    alice.get("/api/auth/profile").await.assert_error(401, "invalid_token");
    app.mail_to(&given::address("alice"), "email_replaced").await;
    app.mail_to("alice@mail.example", "verify_email").await;
    sign_in(&app.anonymous(), "alice@mail.example", given::PASSWORD).await.assert_status(200);
}

async fn what_is_no_change_is_refused(backend: Backend) {
    let app = TestApp::start(backend).await;
    let (alice, admin) = (app.signed_in("alice").await, app.admin().await);
    let path = user_path(&alice);
    let before = admin.get(&path).await.body;
    let wrong = json!({
        "username": "x", "email": "x", "full_name": "\u{0007}", "nickname": "", "phone": "12", "dob": "2999-01-01",
        "metadata": [1],
    });
    let answer = admin.patch(&path, wrong.clone()).await;
    answer.assert_error(422, "invalid_fields");
    for field in wrong.as_object().unwrap().keys() {
        assert_eq!(answer.complaints(field).len(), 1, "{field}: {}", answer.text);
    }
    for (body, field) in [
        (json!({ "is_active": null }), "is_active"),
        (json!({ "is_active": "false" }), "is_active"),
        (json!({ "nickname": 7 }), "nickname"),
        (json!({ "roles": ["admin"] }), "roles"),
        (json!({ "password": given::PASSWORD }), "password"),
        (json!({ "password_hash": "!" }), "password_hash"),
        (json!({ "email_verified": true }), "email_verified"),
        (json!({ "avatar": "x" }), "avatar"),
        (json!({ "avatar_url": "x" }), "avatar_url"),
        (json!({ "created_at": "2026-11-21T12:00:00Z" }), "created_at"),
        (json!({ "nickname": "a\u{0000}b" }), "nickname"),
    ] {
        let answer = admin.patch(&path, body.clone()).await;
        answer.assert_error(422, "invalid_fields");
        assert_eq!(answer.complaints(field).len(), 1, "{body}: {}", answer.text);
    }
    let twice = admin.request(Method::PATCH, &path).header("content-type", "application/json");
    let twice = admin.send(twice.body(r#"{"nickname":"a","nickname":"b"}"#)).await;
    assert_eq!(twice.assert_error(422, "invalid_fields").complaints("nickname").len(), 1);
    assert_eq!(admin.get(&path).await.body, before);
}

async fn a_name_or_an_address_that_is_taken_is_a_conflict(backend: Backend) {
    let app = TestApp::start(backend).await;
    let (alice, admin) = (app.signed_in("alice").await, app.admin().await);
    app.signed_in("bob").await;
    let path = user_path(&alice);
    let new = |username: &str, email: &str| json!({ "username": username, "email": email });
    admin.post("/api/users", new("BOB", "new@example.org")).await.assert_error(409, "username_taken");
    admin.post("/api/users", new("new", "BOB@example.org")).await.assert_error(409, "email_taken");
    admin.patch(&path, json!({ "username": "Ｂob" })).await.assert_error(409, "username_taken");
    admin.patch(&path, json!({ "email": "Bob@EXAMPLE.org" })).await.assert_error(409, "email_taken");
    // One's own, written differently, is nobody else's.
    let own = admin.patch(&path, json!({ "username": "Alice", "email": "Alice@example.org" })).await;
    let user = data(own.assert_status(200));
    assert_eq!((&user["username"], &user["email"]), (&json!("Alice"), &json!("Alice@example.org")));
}

async fn something_to_sign_in_by_is_left(backend: Backend) {
    let app = TestApp::start(backend).await;
    let (alice, admin) = (app.signed_in("alice").await, app.admin().await);
    let path = user_path(&alice);
    let answer = admin.patch(&path, json!({ "username": null, "email": null })).await;
    answer.assert_error(422, "no_way_in");
    assert_eq!((answer.complaints("username").len(), answer.complaints("email").len()), (1, 1));
    let named = admin.patch(&path, json!({ "email": null })).await;
    assert_eq!(data(named.assert_status(200))["email"], Value::Null);
    admin.patch(&path, json!({ "username": null })).await.assert_error(422, "no_way_in");
    sign_in(&app.anonymous(), "alice", given::PASSWORD).await.assert_status(200);
}

/// S22: and what it had open is closed at once.
async fn a_suspended_account_stays_out_until_it_is_restored(backend: Backend) {
    let app = TestApp::start(backend).await;
    let admin = app.admin().await;
    for by_patch in [false, true] {
        let alice = app.signed_in("alice").await;
        let path = user_path(&alice);
        let set = async |active: bool| match (by_patch, active) {
            (true, active) => admin.patch(&path, json!({ "is_active": active })).await,
            (false, true) => admin.post(&format!("{path}/restore"), Value::Null).await,
            (false, false) => admin.post(&format!("{path}/suspend"), Value::Null).await,
        };
        for _ in 0..2 {
            let suspended = set(false).await;
            assert_eq!(data(suspended.assert_status(200))["is_active"], json!(false));
        }
        alice.get("/api/auth/profile").await.assert_error(401, "invalid_token");
        sign_in(&app.anonymous(), "alice", given::PASSWORD).await.assert_error(403, "account_suspended");
        for _ in 0..2 {
            let restored = set(true).await;
            assert_eq!(data(restored.assert_status(200))["is_active"], json!(true));
        }
        alice.get("/api/auth/profile").await.assert_error(401, "invalid_token");
        sign_in(&app.anonymous(), "alice", given::PASSWORD).await.assert_status(200);
    }
}

async fn a_forced_reset_voids_the_password_and_sends_a_link(backend: Backend) {
    let app = TestApp::start(backend).await;
    let (alice, admin) = (app.signed_in("alice").await, app.admin().await);
    let forced = admin.post(&format!("{}/password-reset", user_path(&alice)), Value::Null).await;
    assert_eq!(forced.assert_status(202).body, json!({ "ok": true }));
    alice.get("/api/auth/profile").await.assert_error(401, "invalid_token");
    sign_in(&app.anonymous(), "alice", given::PASSWORD).await.assert_error(401, "invalid_credentials");
    let link = app.mail_to(&given::address("alice"), "choose_new_password").await;
    let reset = json!({ "token": link.token(), "new_password": "amber lantern 17 boats" });
    app.anonymous().post("/api/auth/password/reset", reset).await.assert_status(200);
    sign_in(&app.anonymous(), "alice", "amber lantern 17 boats").await.assert_status(200);

    import(&app.database, "unreachable", None, "!");
    let id = app.database.sql("select id from users where username = 'unreachable'");
    let refused = admin.post(&format!("/api/users/{id}/password-reset"), Value::Null).await;
    refused.assert_error(409, "no_email");
}

/// S22: for live sessions, too.
async fn roles_are_given_and_taken(backend: Backend) {
    let app = TestApp::start(backend).await;
    let (alice, admin) = (app.signed_in("alice").await, app.admin().await);
    let path = format!("{}/roles", user_path(&alice));
    let given = admin.put(&path, json!({ "roles": ["member", "admin", "admin"] })).await;
    let user = data(given.assert_status(200));
    assert_eq!((&user["roles"], &user["is_admin"]), (&json!(["admin", "member"]), &json!(true)));
    alice.get("/api/users").await.assert_status(200);
    let taken = admin.put(&path, json!({ "roles": [] })).await;
    assert_eq!(data(taken.assert_status(200))["roles"], json!([]));
    alice.get("/api/users").await.assert_error(403, "forbidden");

    let unknown = admin.put(&path, json!({ "roles": ["member", "guide"] })).await;
    unknown.assert_error(422, "unknown_role");
    assert_eq!(unknown.complaints("roles").len(), 1, "{}", unknown.text);
    for (body, field) in [
        (json!({}), "roles"),
        (json!({ "roles": null }), "roles"),
        (json!({ "roles": "member" }), "roles"),
        (json!({ "roles": [1] }), "roles[0]"),
        (json!({ "roles": ["ADMIN"] }), "roles"),
        (json!({ "roles": [], "id": 1 }), "id"),
    ] {
        let answer = admin.put(&path, body.clone()).await;
        answer.assert_error(422, "invalid_fields");
        assert_eq!(answer.complaints(field).len(), 1, "{body}: {}", answer.text);
    }
    assert_eq!(data(&admin.get(&user_path(&alice)).await)["roles"], json!([]));
}

async fn somebodys_sessions_are_seen_and_ended(backend: Backend) {
    let app = TestApp::start_with(backend, &["--sessions-per-user", "5"]).await;
    let (first, admin) = (app.signed_in("alice").await, app.admin().await);
    for _ in 0..3 {
        app.clock.advance(std::time::Duration::from_secs(1));
        app.signed_in("alice").await;
    }
    let path = format!("{}/sessions", user_path(&first));
    let own = first.get("/api/auth/sessions").await;
    let seen = admin.get(&path).await;
    let ids = |list: &Answer| {
        let sessions = list.body["data"].as_array().unwrap().iter();
        sessions.map(|session| session["id"].clone()).collect::<Vec<_>>()
    };
    assert_eq!((ids(&seen), &seen.assert_status(200).body["total"]), (ids(&own), &json!(4)));
    let current: Vec<_> =
        seen.body["data"].as_array().unwrap().iter().map(|one| one["current"].clone()).collect();
    assert_eq!(current, vec![json!(false); 4]);
    let page = admin.get(&format!("{path}?page_size=3")).await;
    let cursor = page.body["next_cursor"].as_str().unwrap().to_owned();
    let rest = admin.get(&format!("{path}?page_size=3&cursor={cursor}")).await;
    assert_eq!([ids(&page), ids(&rest)].concat(), ids(&own));
    let elsewhere = admin.get(&format!("{}/sessions?cursor={cursor}", user_path(&admin))).await;
    assert_eq!(elsewhere.assert_error(422, "invalid_fields").complaints("cursor").len(), 1);
    let mine = admin.get(&format!("{}/sessions", user_path(&admin))).await;
    assert_eq!(mine.body["data"][0]["current"], json!(true));

    let ended = admin.delete(&path).await;
    assert_eq!(ended.assert_status(200).body, json!({ "ok": true }));
    first.get("/api/auth/profile").await.assert_error(401, "invalid_token");
    let none = admin.get(&path).await;
    assert_eq!(
        none.body,
        json!({ "ok": true, "data": [], "total": 0, "total_is_exact": true, "next_cursor": null })
    );
    sign_in(&app.anonymous(), "alice", given::PASSWORD).await.assert_status(200);
}

async fn a_deleted_account_is_nowhere(backend: Backend) {
    let app = TestApp::start(backend).await;
    let (alice, admin) = (app.signed_in("alice").await, app.admin().await);
    let path = user_path(&alice);
    admin.delete(&format!("{path}?really=yes")).await.assert_error(422, "invalid_fields");
    let gone = admin.delete(&path).await;
    assert_eq!(gone.assert_status(200).body, json!({ "ok": true }));
    alice.get("/api/auth/profile").await.assert_error(401, "invalid_token");
    admin.get(&path).await.assert_error(404, "not_found");
    admin.delete(&path).await.assert_error(404, "not_found");
    let found = admin.get("/api/users?q=alice").await;
    assert_eq!((&found.body["data"], &found.body["total"]), (&json!([]), &json!(0)));
    let again = app.signed_in("alice").await;
    assert!(again.user["id"].as_i64() > alice.user["id"].as_i64(), "a number is given once");
}

/// S79: what is no number is answered like one that nobody has.
async fn a_number_that_nobody_has_is_not_found(backend: Backend) {
    let app = TestApp::start(backend).await;
    let admin = app.admin().await;
    let roles = json!({ "roles": ["member"] });
    for id in [
        "999999999",
        "9223372036854775807",
        "9223372036854775808",
        "0",
        "01",
        "-1",
        "+1",
        "1.0",
        "x",
        "%00",
        "me",
    ] {
        let path = format!("/api/users/{id}");
        for (method, path, body) in [
            (Method::GET, path.clone(), None),
            (Method::PATCH, path.clone(), Some(json!({}))),
            (Method::DELETE, path.clone(), None),
            (Method::PUT, format!("{path}/roles"), Some(roles.clone())),
            (Method::POST, format!("{path}/suspend"), None),
            (Method::POST, format!("{path}/restore"), None),
            (Method::POST, format!("{path}/password-reset"), None),
            (Method::GET, format!("{path}/sessions"), None),
            (Method::DELETE, format!("{path}/sessions"), None),
        ] {
            let request = admin.request(method.clone(), &path);
            let answer = admin.send(match &body {
                Some(body) => request.json(body),
                None => request,
            });
            assert_eq!(
                answer.await.assert_error(404, "not_found").body["fields"],
                Value::Null,
                "{method} {path}"
            );
        }
    }
    for path in ["/api/users/", "/api/users/1/", "/api/users/1/nothing", "/api/roles/"] {
        admin.get(path).await.assert_error(404, "not_found");
    }
}

/// S65: neither demoted, nor suspended, nor deleted, by anybody and in no way.
fn user_path(of: &Client) -> String {
    format!("/api/users/{}", of.user["id"])
}

fn data(answer: &Answer) -> &Value {
    &answer.body["data"]
}
