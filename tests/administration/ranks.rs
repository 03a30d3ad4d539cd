//! Nobody reaches above themselves.

use serde_json::{Value, json};

use super::{give_roles, id, make_role, officer, seen, somebody};
use crate::harness::client::Client;
use crate::harness::{Backend, TestApp, given};

on_both!(
    nobody_touches_who_may_do_more,
    nobody_gives_what_they_have_not_got,
    whoever_makes_accounts_makes_members_alone,
    no_role_is_bent_to_reach_above_oneself,
    what_is_built_in_stays_as_it_is,
    no_password_is_ever_set_or_shown,
);

/// S65, S01: not an administrator, nor anybody who holds a single permission that they do not.
async fn nobody_touches_who_may_do_more(backend: Backend) {
    let app = TestApp::start(backend).await;
    let writer = officer(&app, "writer", &["users.read", "users.write", "roles.manage"]).await;
    let auditor = officer(&app, "auditor", &["audit.read"]).await;
    let admin = app.admin().await;
    for above in [&admin, &auditor] {
        let (target, before) = (id(above), seen(&admin, id(above)).await);
        let path = format!("/api/users/{target}");
        for change in [
            json!({ "email": "mine@example.org" }),
            json!({ "username": "mine" }),
            json!({ "is_active": false }),
            json!({ "nickname": "Al" }),
            json!({}),
        ] {
            writer.patch(&path, change).await.assert_error(403, "forbidden");
        }
        for call in ["suspend", "restore", "password-reset"] {
            writer.post(&format!("{path}/{call}"), Value::Null).await.assert_error(403, "forbidden");
        }
        for roles in [&["member"][..], &[], &["member", "writer"]] {
            give_roles(&writer, target, roles).await.assert_error(403, "forbidden");
        }
        writer.delete(&format!("{path}/sessions")).await.assert_error(403, "forbidden");
        writer.delete(&path).await.assert_error(403, "forbidden");
        assert_eq!(seen(&admin, target).await, before);
        above.get("/api/auth/profile").await.assert_status(200);
        // Looking is another matter.
        assert_eq!(seen(&writer, target).await, before);
    }
    // An equal is no better, and a member is below.
    let equal = app.signed_in("equal").await;
    give_roles(&admin, id(&equal), &["member", "writer"]).await.assert_status(200);
    writer.patch(&format!("/api/users/{}", id(&equal)), json!({ "nickname": "Al" })).await.assert_status(200);
    let member = somebody(&app, "somebody");
    writer.post(&format!("/api/users/{member}/suspend"), Value::Null).await.assert_status(200);
}

/// S65, S01: to nobody, least of all to themselves.
async fn nobody_gives_what_they_have_not_got(backend: Backend) {
    let app = TestApp::start(backend).await;
    let chief = officer(&app, "chief", &["users.read", "users.write", "roles.manage"]).await;
    officer(&app, "auditor", &["audit.read"]).await;
    let target = somebody(&app, "somebody");
    for user in [id(&chief), target] {
        for role in ["admin", "editor", "auditor"] {
            let mut roles = vec!["member", role];
            if user == id(&chief) {
                roles.push("chief");
            }
            give_roles(&chief, user, &roles).await.assert_error(403, "forbidden");
        }
    }
    assert_eq!(seen(&chief, id(&chief)).await["roles"], json!(["chief", "member"]));
    assert_eq!(seen(&chief, target).await["roles"], json!(["member"]));
    give_roles(&chief, target, &["member", "chief"]).await.assert_status(200);
    give_roles(&chief, target, &[]).await.assert_status(200);
    assert_eq!(seen(&chief, target).await["roles"], json!([]));
    let unknown = give_roles(&chief, target, &["member", "no-such-role"]).await;
    unknown.assert_error(422, "unknown_role");
    assert!(!unknown.complaints("roles").is_empty(), "{}", unknown.text);
}

/// S65: who may write accounts but not roles does not come by roles through the accounts they make.
async fn whoever_makes_accounts_makes_members_alone(backend: Backend) {
    let app = TestApp::start(backend).await;
    let writer = officer(&app, "writer", &["users.read", "users.write"]).await;
    let chief = officer(&app, "chief", &["users.read", "users.write", "roles.manage"]).await;
    let make = async |caller: &Client, name: &str, roles: Value| {
        let body = json!({ "username": name, "email": given::address(name), "roles": roles });
        caller.post("/api/users", body).await
    };
    for roles in
        [json!(["admin"]), json!(["member", "admin"]), json!(["member", "writer"]), json!(["writer"])]
    {
        make(&writer, "puppet", roles).await.assert_error(403, "forbidden");
    }
    for roles in [json!(["admin"]), json!(["member", "editor"])] {
        make(&chief, "puppet", roles).await.assert_error(403, "forbidden");
    }
    assert_eq!(app.database.sql("select count(*) from users where username = 'puppet'"), "0");
    let plain = make(&writer, "plain", json!(["member"])).await;
    assert_eq!(plain.assert_status(201).body["data"]["roles"], json!(["member"]));
    let deputy = make(&chief, "deputy", json!(["member", "chief"])).await;
    assert_eq!(deputy.assert_status(201).body["data"]["roles"], json!(["chief", "member"]));
}

/// S65: neither by making one, nor by adding to one, nor by taking from one that allows more, nor under another name.
async fn no_role_is_bent_to_reach_above_oneself(backend: Backend) {
    let app = TestApp::start(backend).await;
    let chief = officer(&app, "chief", &["roles.manage"]).await;
    let admin = app.admin().await;
    make_role(&admin, "auditor", &["audit.read", "posts.write"]).await.assert_status(201);
    let before = app.database.sql("select * from roles order by name");
    for permissions in [&["audit.read"][..], &["roles.manage", "users.write"], &["states.write"]] {
        make_role(&chief, "own", permissions).await.assert_error(403, "forbidden");
        let more = json!({ "permissions": permissions });
        chief.patch("/api/roles/chief", more).await.assert_error(403, "forbidden");
    }
    for change in [json!({ "permissions": [] }), json!({ "description": "mine" }), json!({ "name": "mine" })]
    {
        chief.patch("/api/roles/auditor", change).await.assert_error(403, "forbidden");
    }
    chief.delete("/api/roles/auditor").await.assert_error(403, "forbidden");
    assert_eq!(app.database.sql("select * from roles order by name"), before);
    for unknown in
        [json!(["everything"]), json!(["*"]), json!(["USERS.READ"]), json!([""]), json!("users.read")]
    {
        let body = json!({ "name": "own", "permissions": unknown });
        chief.post("/api/roles", body).await.assert_error(422, "invalid_fields");
    }
    make_role(&chief, "own", &["roles.manage", "posts.write"]).await.assert_status(201);
    chief.patch("/api/roles/own", json!({ "permissions": ["posts.write"] })).await.assert_status(200);
    chief.delete("/api/roles/own").await.assert_status(200);
}

/// S65: not even an administrator changes what an administrator is.
async fn what_is_built_in_stays_as_it_is(backend: Backend) {
    let app = TestApp::start(backend).await;
    let admin = app.admin().await;
    let before = app.database.sql("select * from roles order by name");
    for role in ["admin", "editor", "member"] {
        let path = format!("/api/roles/{role}");
        for change in [
            json!({ "permissions": ["users.read"] }),
            json!({ "name": "other" }),
            json!({ "description": "something else" }),
        ] {
            let answer = admin.patch(&path, change).await;
            assert!(matches!(answer.status, 403 | 409), "{role}: {}", answer.text);
        }
        let answer = admin.delete(&path).await;
        assert!(matches!(answer.status, 403 | 409), "{role}: {}", answer.text);
        make_role(&admin, role, &[]).await.assert_status(409);
    }
    make_role(&admin, "guide", &[]).await.assert_status(201);
    admin.patch("/api/roles/guide", json!({ "name": "admin" })).await.assert_status(409);
    assert_eq!(app.database.sql("select * from roles where built_in order by name"), before);
}

/// S65, S97: nobody but its owner ever chooses one, and nothing that opens an account is in any answer.
async fn no_password_is_ever_set_or_shown(backend: Backend) {
    let app = TestApp::start(backend).await;
    app.signed_in("alice").await;
    let (admin, target) = (app.admin().await, somebody(&app, "somebody"));
    let path = format!("/api/users/{target}");
    for name in ["password", "new_password", "password_confirm", "password_hash", "hash"] {
        let mut body = json!({ "email": "new@example.org" });
        body[name] = json!(given::PASSWORD);
        admin.post("/api/users", body.clone()).await.assert_error(422, "invalid_fields");
        admin.patch(&path, body.clone()).await.assert_error(422, "invalid_fields");
        body.as_object_mut().unwrap().remove("email");
        let reset = admin.post(&format!("{path}/password-reset"), body).await;
        assert!(matches!(reset.status, 200 | 202 | 422), "{}", reset.text);
    }
    assert_eq!(
        app.database.sql(&format!("select email from users where id = {target}")),
        given::address("somebody")
    );
    let mut answers = Vec::new();
    for path in [
        "/api/users".to_owned(),
        path.clone(),
        format!("{path}/sessions"),
        format!("/api/users/{}/sessions", id(&admin)),
        "/api/roles".to_owned(),
        "/api/permissions".to_owned(),
        "/api/admin/stats".to_owned(),
    ] {
        answers.push(admin.get(&path).await);
    }
    answers.push(admin.post("/api/users", json!({ "email": "new@example.org" })).await);
    answers.push(admin.patch(&path, json!({ "nickname": "Al" })).await);
    answers.push(admin.post(&format!("{path}/password-reset"), Value::Null).await);
    for answer in answers {
        assert!(answer.status < 300, "{}", answer.text);
        let mut names = Vec::new();
        collect_names(&answer.body, &mut names);
        for word in ["password", "hash", "digest", "secret", "token", "epoch", "salt"] {
            assert!(!names.iter().any(|name| name.contains(word)), "{word} in {names:?}");
        }
    }
}

fn collect_names(value: &Value, names: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                names.push(name.clone());
                collect_names(value, names);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect_names(item, names)),
        _ => {}
    }
}
