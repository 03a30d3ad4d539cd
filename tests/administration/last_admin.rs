//! Somebody who may do everything is always left.

use serde_json::{Value, json};

use super::{give_roles, id, somebody};
use crate::accounts::count;
use crate::faults::either;
use crate::harness::client::Client;
use crate::harness::{Backend, TestApp, given, raw};

on_both!(
    the_last_admin_stays_by_every_way_out,
    an_admin_who_cannot_sign_in_counts_for_nobody,
    two_admins_who_end_each_other_leave_one,
    many_admins_who_leave_at_once_leave_one,
);

const ADMINS: &str = "select count(*) from users where suspended_at is null and id in \
                      (select user_id from user_roles where role = 'admin')";

/// S65: by themselves, with the password or without.
async fn the_last_admin_stays_by_every_way_out(backend: Backend) {
    let app = TestApp::start(backend).await;
    app.signed_in("alice").await;
    let admin = app.admin().await;
    let path = format!("/api/users/{}", id(&admin));
    for roles in [&[][..], &["member"], &["member", "editor"]] {
        give_roles(&admin, id(&admin), roles).await.assert_error(409, "last_admin");
    }
    admin.post(&format!("{path}/suspend"), Value::Null).await.assert_error(409, "last_admin");
    admin.patch(&path, json!({ "is_active": false })).await.assert_error(409, "last_admin");
    // Nothing of what stands beside it either.
    let both = json!({ "nickname": "Al", "is_active": false });
    admin.patch(&path, both).await.assert_error(409, "last_admin");
    admin.delete(&path).await.assert_error(409, "last_admin");
    let password = json!({ "password": given::PASSWORD });
    let leave = admin.request(reqwest::Method::DELETE, "/api/auth/account").json(&password);
    admin.send(leave).await.assert_error(409, "last_admin");
    let profile = admin.get("/api/auth/profile").await;
    assert_eq!(profile.assert_status(200).body["is_admin"], json!(true));
    assert_eq!(profile.body["profile"]["nickname"], Value::Null);
    // What takes nobody away is free.
    give_roles(&admin, id(&admin), &["admin"]).await.assert_status(200);
    admin.patch(&path, json!({ "is_active": true })).await.assert_status(200);
}

/// S65: suspended is as good as gone.
async fn an_admin_who_cannot_sign_in_counts_for_nobody(backend: Backend) {
    let app = TestApp::start(backend).await;
    let (admin, other) = (app.admin().await, somebody(&app, "other"));
    give_roles(&admin, other, &["admin", "member"]).await.assert_status(200);
    let path = format!("/api/users/{}", id(&admin));
    admin.post(&format!("/api/users/{other}/suspend"), Value::Null).await.assert_status(200);
    give_roles(&admin, id(&admin), &["member"]).await.assert_error(409, "last_admin");
    admin.delete(&path).await.assert_error(409, "last_admin");
    // Taking the role from one who is suspended takes nobody away.
    give_roles(&admin, other, &["member"]).await.assert_status(200);
    give_roles(&admin, other, &["admin"]).await.assert_status(200);
    admin.post(&format!("/api/users/{other}/restore"), Value::Null).await.assert_status(200);
    give_roles(&admin, id(&admin), &["member"]).await.assert_status(200);
    // Who gave it away has not got it any more.
    admin.get("/api/users").await.assert_error(403, "forbidden");
    assert_eq!(count(&app.database, ADMINS), 1);
}

/// How one admin ends another, or themselves.
#[derive(Clone, Copy, Debug)]
enum End {
    Demote,
    Suspend,
    Deactivate,
    Delete,
    Leave,
}

impl End {
    const ALL: [Self; 5] = [Self::Demote, Self::Suspend, Self::Deactivate, Self::Delete, Self::Leave];

    fn request(self, node: &TestApp, caller: &Client, other: &Client) -> raw::Request {
        let path = format!("/api/users/{}", id(other));
        let (method, path, body) = match self {
            Self::Demote => ("PUT", format!("{path}/roles"), json!({ "roles": ["member"] })),
            Self::Suspend => ("POST", format!("{path}/suspend"), Value::Null),
            Self::Deactivate => ("PATCH", path, json!({ "is_active": false })),
            Self::Delete => ("DELETE", path, Value::Null),
            Self::Leave => ("DELETE", "/api/auth/account".to_owned(), json!({ "password": given::PASSWORD })),
        };
        raw::Request::json(node.address(), method, &path, caller.token.as_deref(), &body)
    }
}

/// S65, S10: each ends the other, or themselves, at one moment, on one node and on two.
async fn two_admins_who_end_each_other_leave_one(backend: Backend) {
    let app = TestApp::start(backend).await;
    let second = app.second_node().await;
    app.admin().await;
    for round in 0..either(20, 100) {
        let [one, other] = admins(&app, &format!("round{round}")).await;
        let (first_end, second_end) = (End::ALL[round % 5], End::ALL[(round / 5 + round) % 5]);
        let node = if round % 2 == 0 { &app } else { &second };
        let requests = [first_end.request(&app, &one, &other), second_end.request(node, &other, &one)];
        let answers = raw::at_once(&requests).map_statuses();
        let good = answers.iter().filter(|status| **status == 200).count();
        assert!(
            answers.iter().all(|status| matches!(status, 200 | 401 | 403 | 404 | 409 | 422)),
            "{answers:?}"
        );
        let what = format!("round {round}, {first_end:?} and {second_end:?}: {answers:?}");
        // Two who leave, or one who leaves and is ended by the other, end the same one: then both may be told so.
        assert!(good >= 1, "{what}");
        assert_eq!(count(&app.database, ADMINS), 1, "{what}");
    }
}

/// S65, S10: of eight who leave at one moment, each by themselves, on two nodes.
async fn many_admins_who_leave_at_once_leave_one(backend: Backend) {
    let app = TestApp::start(backend).await;
    let second = app.second_node().await;
    app.admin().await;
    let mut leaving = Vec::new();
    for n in 0..4 {
        leaving.extend(promoted(&app, &format!("pair{n}")).await);
    }
    app.database.sql(
        "delete from user_roles where role = 'admin' and user_id in \
                      (select id from users where username = 'keeper')",
    );
    let requests: Vec<_> = leaving
        .iter()
        .enumerate()
        .map(|(n, admin)| End::Leave.request(if n % 2 == 0 { &app } else { &second }, admin, admin))
        .collect();
    let answers = raw::at_once(&requests).map_statuses();
    assert_eq!(answers.iter().filter(|status| **status == 200).count(), 7, "{answers:?}");
    assert_eq!(answers.iter().filter(|status| **status == 409).count(), 1, "{answers:?}");
    assert_eq!(count(&app.database, ADMINS), 1);
}

/// Two admins, and no other.
async fn admins(app: &TestApp, name: &str) -> [Client; 2] {
    let pair = promoted(app, name).await;
    let [one, other] = pair.each_ref().map(id);
    let others = format!("role = 'admin' and user_id not in ({one}, {other})");
    app.database.sql(&format!("delete from user_roles where {others}"));
    assert_eq!(count(&app.database, ADMINS), 2);
    pair
}

/// Two more admins, signed in.
async fn promoted(app: &TestApp, name: &str) -> [Client; 2] {
    let mut pair = Vec::new();
    for n in 0..2 {
        let admin = app.signed_in(&format!("{name}-{n}")).await;
        app.database.sql(&format!("insert into user_roles (user_id, role) values ({}, 'admin')", id(&admin)));
        pair.push(admin);
    }
    pair.try_into().unwrap_or_else(|_| unreachable!("two were made"))
}

trait MapStatuses {
    fn map_statuses(self) -> Vec<u16>;
}

impl MapStatuses for Vec<std::io::Result<crate::harness::client::Answer>> {
    fn map_statuses(self) -> Vec<u16> {
        self.into_iter().map(|answer| answer.unwrap().status).collect()
    }
}
