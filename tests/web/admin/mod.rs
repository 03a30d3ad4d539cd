//! The dashboard, by whoever may see which part of it.

mod at_once;
mod bulk;
mod inbox;
mod mails;
mod moderation;
mod overview;
mod queries;
mod roles;
mod system;
mod trail;
mod users;

use serde_json::json;

use crate::harness::{Backend, TestApp, Visitor};

/// Several people look at once here.
async fn start(backend: Backend) -> TestApp {
    TestApp::start_with(backend, &["--sessions-per-user", "100"]).await
}

/// The number of somebody's account.
fn id_of(app: &TestApp, name: &str) -> i64 {
    app.database.sql(&format!("select id from users where username = '{name}'")).parse().unwrap()
}

/// Waits until as many refused sign-ins stand in the trail: refusals are written down a moment later.
async fn refusals_told(app: &TestApp, count: usize) {
    let query = "select count(*) from audit_events where event = 'session.signed_in' and outcome = 'failure'";
    for _ in 0..500 {
        if app.database.sql(query) == count.to_string() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("{} refused sign-ins are told of, not {count}", app.database.sql(query));
}

/// A member who also holds these roles, signed in by the page.
pub(super) async fn holder(app: &TestApp, name: &str, roles: &[&str]) -> Visitor {
    let visitor = app.visitor_signed_in(name).await;
    let path = format!("/api/users/{}/roles", id_of(app, name));
    app.admin().await.put(&path, json!({ "roles": roles })).await.assert_status(200);
    visitor
}

/// A member whose own role allows these permissions, signed in by the page.
async fn officer(app: &TestApp, name: &str, permissions: &[&str]) -> Visitor {
    let role = json!({ "name": name, "permissions": permissions });
    app.admin().await.post("/api/roles", role).await.assert_status(201);
    holder(app, name, &["member", name]).await
}

/// An administrator besides the first one, signed in by the page.
async fn second_admin(app: &TestApp, name: &str) -> Visitor {
    holder(app, name, &["admin", "member"]).await
}
