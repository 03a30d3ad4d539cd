//! Looking after accounts and roles: who may do what to whom, what comes of it at once, and what is left of those who go.

mod at_once;
mod deletion;
mod first_password;
mod last_admin;
mod lists;
mod mass_assignment;
mod matrix;
mod ranks;
mod trail;
mod views;

use serde_json::{Value, json};

use crate::accounts::import;
use crate::harness::client::{Answer, Client};
use crate::harness::{TestApp, given};

/// The number of `caller`'s own account.
fn id(caller: &Client) -> i64 {
    caller.user["id"].as_i64().unwrap()
}

/// Makes a role.
async fn make_role(caller: &Client, name: &str, permissions: &[&str]) -> Answer {
    caller.post("/api/roles", json!({ "name": name, "permissions": permissions })).await
}

/// Gives `user` these roles and no others.
async fn give_roles(caller: &Client, user: i64, roles: &[&str]) -> Answer {
    caller.put(&format!("/api/users/{user}/roles"), json!({ "roles": roles })).await
}

/// The account as an administrator sees it.
async fn seen(admin: &Client, user: i64) -> Value {
    admin.get(&format!("/api/users/{user}")).await.assert_status(200).body["data"].clone()
}

/// A member who also holds a role of their own name that allows `permissions`; signed in before they were given it.
async fn officer(app: &TestApp, name: &str, permissions: &[&str]) -> Client {
    let officer = app.signed_in(name).await;
    let admin = app.admin().await;
    make_role(&admin, name, permissions).await.assert_status(201);
    give_roles(&admin, id(&officer), &["member", name]).await.assert_status(200);
    officer
}

/// A member that nobody signs in as, with an address; for operations that change or delete somebody.
fn somebody(app: &TestApp, name: &str) -> i64 {
    import(&app.database, name, Some(&given::address(name)), "$argon2id$nobody-knows-it");
    let id = app.database.sql(&format!("select id from users where username = '{name}'"));
    app.database.sql(&format!("insert into user_roles (user_id, role) values ({id}, 'member')"));
    id.parse().unwrap()
}

/// Status and body without what differs from request to request: what somebody could tell two answers apart by.
fn apart_from_its_number(answer: &Answer) -> (u16, Value) {
    let mut body = answer.body.clone();
    if let Some(fields) = body.as_object_mut() {
        fields.remove("request_id");
    }
    (answer.status, body)
}
