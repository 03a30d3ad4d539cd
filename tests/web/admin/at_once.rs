//! Several who do things to each other at the same moment.

use super::{id_of, second_admin, start};
use crate::harness::{Backend, Visitor};

on_both!(two_administrators_who_end_each_other_leave_one);

async fn end(admin: Visitor, action: &str, other: i64) -> u16 {
    let path = "/admin/users/actions";
    let (csrf, other) = (admin.csrf().await, other.to_string());
    let fields = [("csrf", &*csrf), ("confirmed", "yes"), ("action", action), ("id", &*other)];
    admin.post(path, &fields).await.status
}

/// S65: whatever the order their clicks arrive in.
async fn two_administrators_who_end_each_other_leave_one(backend: Backend) {
    for action in ["suspend", "reset", "delete"] {
        let app = start(backend).await;
        let second = second_admin(&app, "second").await;
        let first = app.visitor_admin().await;
        let (one, other) = (id_of(&app, "keeper"), id_of(&app, "second"));
        let statuses = tokio::join!(end(first, action, other), end(second, action, one));
        let left = app.database.sql(
            "select count(*) from users where suspended_at is null and password_hash not like '!%' \
             and id in (select user_id from user_roles where role = 'admin')",
        );
        assert_eq!(left, "1", "{action}: {statuses:?}");
    }
}
