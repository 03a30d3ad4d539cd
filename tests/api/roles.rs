//! Roles and permissions: every call, what it takes and what it answers.

use serde_json::{Value, json};

use crate::harness::client::{Answer, Client};
use crate::harness::{Backend, TestApp};

on_both!(
    the_built_in_roles_are_there_and_stay,
    a_role_is_made_changed_and_deleted,
    every_fault_of_a_role_is_named_at_once,
    what_is_no_change_of_a_role_is_refused,
    a_role_that_is_not_there_is_not_found,
    every_permission_is_named_and_explained,
);

async fn the_built_in_roles_are_there_and_stay(backend: Backend) {
    let app = TestApp::start(backend).await;
    let admin = app.admin().await;
    let roles = admin.get("/api/roles").await;
    let names: Vec<_> = entries(&roles).iter().map(|role| role["name"].clone()).collect();
    assert_eq!(names, ["admin", "editor", "member"]);
    let permissions = admin.get("/api/permissions").await;
    let all: Vec<_> = entries(&permissions).iter().map(|permission| permission["name"].clone()).collect();
    assert_eq!(entries(&roles)[0]["permissions"], json!(all), "an admin may do everything");
    assert_eq!(entries(&roles)[2]["permissions"], json!(["posts.write", "comments.write"]));
    assert!(entries(&roles).iter().all(|role| role["built_in"] == json!(true)));
    for name in ["admin", "editor", "member"] {
        let path = format!("/api/roles/{name}");
        admin.patch(&path, json!({ "description": "mine" })).await.assert_error(409, "built_in_role");
        admin.patch(&path, json!({ "permissions": [] })).await.assert_error(409, "built_in_role");
        admin.delete(&path).await.assert_error(409, "built_in_role");
        let taken = admin.post("/api/roles", json!({ "name": name, "permissions": [] })).await;
        taken.assert_error(409, "role_taken");
    }
    assert_eq!(admin.get("/api/roles").await.body, roles.body);
}

async fn a_role_is_made_changed_and_deleted(backend: Backend) {
    let app = TestApp::start(backend).await;
    let (alice, admin) = (app.signed_in("alice").await, app.admin().await);
    let body = json!({
        "name": "guide", "description": "Writes the state guides", "permissions": ["states.write", "users.read", "states.write"],
    });
    let made = admin.post("/api/roles", body).await;
    let role = json!({
        "name": "guide", "description": "Writes the state guides", "permissions": ["users.read", "states.write"],
        "built_in": false,
    });
    assert_eq!(made.assert_status(201).body, json!({ "ok": true, "data": role }));
    assert_eq!(entries(&admin.get("/api/roles").await)[2], role);
    let roles = format!("/api/users/{}/roles", alice.user["id"]);
    admin.put(&roles, json!({ "roles": ["guide"] })).await.assert_status(200);
    alice.get("/api/users").await.assert_status(200);

    let change = json!({ "name": "state-guide", "description": null, "permissions": ["states.write"] });
    let changed = admin.patch("/api/roles/guide", change).await;
    let role = json!({ "name": "state-guide", "description": "", "permissions": ["states.write"], "built_in": false });
    assert_eq!(changed.assert_status(200).body, json!({ "ok": true, "data": role }));
    let same = admin.patch("/api/roles/state-guide", json!({})).await;
    assert_eq!(same.assert_status(200).body["data"], role);
    alice.get("/api/users").await.assert_error(403, "forbidden");
    assert_eq!(
        held(&admin, &alice).await,
        json!(["state-guide"]),
        "whoever held it holds it by its new name"
    );
    admin.patch("/api/roles/state-guide", json!({ "name": "editor" })).await.assert_error(409, "role_taken");
    let own_name = admin.patch("/api/roles/state-guide", json!({ "name": "state-guide" })).await;
    own_name.assert_status(200);

    let deleted = admin.delete("/api/roles/state-guide").await;
    assert_eq!(deleted.assert_status(200).body, json!({ "ok": true }));
    assert_eq!(held(&admin, &alice).await, json!([]));
    admin.delete("/api/roles/state-guide").await.assert_error(404, "not_found");
}

async fn every_fault_of_a_role_is_named_at_once(backend: Backend) {
    let app = TestApp::start(backend).await;
    let admin = app.admin().await;
    let body =
        json!({ "name": "Guide", "description": "two\nlines", "permissions": ["users.read", "users.fly"] });
    let answer = admin.post("/api/roles", body).await;
    answer.assert_error(422, "invalid_fields");
    for field in ["name", "description", "permissions"] {
        assert_eq!(answer.complaints(field).len(), 1, "{field}: {}", answer.text);
    }
    let name = "guide";
    for (body, field) in [
        (json!({}), "name"),
        (json!({ "permissions": [] }), "name"),
        (json!({ "name": name }), "permissions"),
        (json!({ "name": name, "permissions": null }), "permissions"),
        (json!({ "name": name, "permissions": "users.read" }), "permissions"),
        (json!({ "name": name, "permissions": [1] }), "permissions[0]"),
        (json!({ "name": name, "permissions": ["users.read users.write"] }), "permissions"),
        (json!({ "name": name, "permissions": [], "built_in": true }), "built_in"),
        (json!({ "name": name, "permissions": [], "description": "d".repeat(201) }), "description"),
        (json!({ "name": "", "permissions": [] }), "name"),
        (json!({ "name": "a".repeat(65), "permissions": [] }), "name"),
        (json!({ "name": "2nd", "permissions": [] }), "name"),
    ] {
        let answer = admin.post("/api/roles", body.clone()).await;
        answer.assert_error(422, "invalid_fields");
        assert_eq!(answer.complaints(field).len(), 1, "{body}: {}", answer.text);
    }
    let least =
        admin.post("/api/roles", json!({ "name": name, "description": null, "permissions": [] })).await;
    let role = json!({ "name": name, "description": "", "permissions": [], "built_in": false });
    assert_eq!(least.assert_status(201).body["data"], role);
}

async fn what_is_no_change_of_a_role_is_refused(backend: Backend) {
    let app = TestApp::start(backend).await;
    let admin = app.admin().await;
    let role = json!({ "name": "guide", "permissions": ["users.read"] });
    admin.post("/api/roles", role).await.assert_status(201);
    for (body, field) in [
        (json!({ "name": null }), "name"),
        (json!({ "name": "GUIDE" }), "name"),
        (json!({ "permissions": null }), "permissions"),
        (json!({ "permissions": ["*"] }), "permissions"),
        (json!({ "description": 7 }), "description"),
        (json!({ "built_in": true }), "built_in"),
    ] {
        let answer = admin.patch("/api/roles/guide", body.clone()).await;
        answer.assert_error(422, "invalid_fields");
        assert_eq!(answer.complaints(field).len(), 1, "{body}: {}", answer.text);
    }
    assert_eq!(entries(&admin.get("/api/roles").await)[2]["permissions"], json!(["users.read"]));
}

async fn a_role_that_is_not_there_is_not_found(backend: Backend) {
    let app = TestApp::start(backend).await;
    let admin = app.admin().await;
    for name in ["guide", "Admin", "admin%20", "%00", "2", &"a".repeat(65)] {
        let path = format!("/api/roles/{name}");
        admin.patch(&path, json!({ "permissions": [] })).await.assert_error(404, "not_found");
        admin.delete(&path).await.assert_error(404, "not_found");
    }
}

/// A list like every other, page by page.
async fn every_permission_is_named_and_explained(backend: Backend) {
    let app = TestApp::start(backend).await;
    let admin = app.admin().await;
    let whole = admin.get("/api/permissions").await;
    let whole = &whole.assert_status(200).body;
    assert_eq!(
        (&whole["total"], &whole["total_is_exact"], &whole["next_cursor"]),
        (&json!(12), &json!(true), &Value::Null)
    );
    for permission in whole["data"].as_array().unwrap() {
        let fields: Vec<_> = permission.as_object().unwrap().keys().collect();
        assert_eq!(fields, ["description", "name"]);
        assert!(permission["description"].as_str().unwrap().ends_with('.'), "{permission}");
    }
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = admin.get(&format!("/api/permissions?page_size=5{cursor}")).await;
        seen.extend(entries(&page).clone());
        let Some(next) = page.body["next_cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(&json!(seen), &whole["data"]);
    for query in ["page_size=0", "cursor=00", "q=users"] {
        admin.get(&format!("/api/permissions?{query}")).await.assert_error(422, "invalid_fields");
    }
}

async fn held(admin: &Client, by: &Client) -> Value {
    let user = admin.get(&format!("/api/users/{}", by.user["id"])).await;
    user.assert_status(200).body["data"]["roles"].clone()
}

fn entries(list: &Answer) -> &Vec<Value> {
    list.assert_status(200).body["data"].as_array().unwrap()
}
