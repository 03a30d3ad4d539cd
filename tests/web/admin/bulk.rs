//! What is done to several at once asks first, and says for each what came of it.

use super::{holder, id_of, officer, start};
use crate::harness::{Backend, TestApp, Visitor};

on_both!(
    nothing_is_done_before_it_is_confirmed,
    each_is_told_what_came_of_it,
    hidden_numbers_do_nothing_for_those_who_may_not,
    whoever_is_suspended_is_out_at_the_next_click,
    what_no_form_of_ours_sends_does_nothing,
);

const PATH: &str = "/admin/users/actions";

async fn tick(admin: &Visitor, ids: &[i64], action: &str) -> crate::harness::Page {
    let form = admin.get("/admin/users?page_size=100").await.form(PATH);
    let form = ids.iter().fold(form, |form, id| form.tick("id", &id.to_string()));
    form.press("action", action).send().await
}

fn suspended(app: &TestApp) -> String {
    app.database.sql("select username from users where suspended_at is not null order by username")
}

async fn nothing_is_done_before_it_is_confirmed(backend: Backend) {
    let app = start(backend).await;
    for name in ["alice", "bob"] {
        app.member(name).await;
    }
    let (admin, ids) = (app.visitor_admin().await, [id_of(&app, "alice"), id_of(&app, "bob")]);
    let asked = tick(&admin, &ids, "suspend").await;
    asked.assert_status(200);
    assert_eq!(asked.heading(), "Suspend these accounts?");
    let mut meant = asked.texts("ul.meant li");
    meant.sort();
    assert_eq!(meant, ["alice", "bob"]);
    assert_eq!(suspended(&app), "");
    let done = asked.form(PATH).send().await;
    done.assert_status(200);
    assert_eq!(suspended(&app), "alice\nbob");
    assert_eq!(done.words("h2"), "Suspended");
    let restored = tick(&admin, &ids, "restore").await.form(PATH).send().await;
    assert_eq!((restored.status, suspended(&app)), (200, String::new()));
    // One alone leads back to where it is looked at.
    let one = tick(&admin, &ids[..1], "suspend").await.form(PATH).send().await;
    one.assert_leads_to(&format!("/admin/users/{}", ids[0]));
    let nothing = admin.get("/admin/users").await.form(PATH).press("action", "suspend").send().await;
    assert!(
        nothing
            .assert_leads_to("/admin/users")
            .follow()
            .await
            .words(".notice")
            .starts_with("Tick what you mean")
    );
}

/// S65: the last administrator and whoever may do more than the officer are left as they are.
async fn each_is_told_what_came_of_it(backend: Backend) {
    let app = start(backend).await;
    for name in ["alice", "bob"] {
        app.member(name).await;
    }
    let ids = [id_of(&app, "alice"), id_of(&app, "keeper"), id_of(&app, "bob")];
    let admin = app.visitor_admin().await;
    let done = tick(&admin, &ids, "suspend").await.form(PATH).send().await;
    done.assert_status(200);
    assert_eq!(suspended(&app), "alice\nbob");
    assert_eq!(done.words(".faults dt"), "keeper");
    assert!(done.words(".faults dd").contains("the last administrator"), "{}", done.text);
    let writer = officer(&app, "writer", &["users.read", "users.write"]).await;
    let done = tick(&writer, &ids, "delete").await.form(PATH).send().await;
    done.assert_status(200);
    assert_eq!(done.words(".faults dt"), "keeper");
    assert!(done.words(".faults dd").contains("more than you may do yourself"), "{}", done.text);
    assert_eq!(app.database.sql("select username from users order by username"), "keeper\nwriter");
    // Where nothing at all was done the answer is none of success.
    let page = tick(&writer, &ids[1..2], "delete").await.form(PATH).send().await;
    page.assert_status(409);
    assert!(page.text.contains("Nothing was done."), "{}", page.text);
}

/// S65: whatever is posted by hand.
async fn hidden_numbers_do_nothing_for_those_who_may_not(backend: Backend) {
    let app = start(backend).await;
    app.member("bob").await;
    let member = app.visitor_signed_in("alice").await;
    let editor = holder(&app, "edith", &["editor", "member"]).await;
    let reader = officer(&app, "reader", &["users.read", "audit.read"]).await;
    let tables = [
        "select id, username, email, suspended_at, password_hash, full_name, nickname from users order by id",
        "select * from user_roles order by user_id, role",
        "select * from roles order by name",
        "select id from sessions order by id",
        "select count(*) from outbox",
    ];
    let state = || tables.map(|query| app.database.sql(query));
    let (before, bob) = (state(), id_of(&app, "bob").to_string());
    for visitor in [&member, &editor, &reader] {
        let csrf = visitor.csrf().await;
        for action in ["suspend", "restore", "reset", "end_sessions", "delete", "", "promote"] {
            let fields = [("csrf", &*csrf), ("action", action), ("confirmed", "yes"), ("id", &*bob)];
            visitor.post(PATH, &fields).await.assert_status(403);
        }
        for (path, fields) in [
            (format!("/admin/users/{bob}/roles"), [("roles", "admin"), ("has_roles", "yes")]),
            (format!("/admin/users/{bob}/edit"), [("username", "mallory"), ("as_of", "1-1")]),
            ("/admin/users/new".to_owned(), [("email", "new@example.org"), ("roles", "admin")]),
            ("/admin/roles/new".to_owned(), [("name", "mine"), ("permissions", "users.write")]),
            ("/admin/roles/member/edit".to_owned(), [("name", "member"), ("permissions", "users.write")]),
            ("/admin/roles/actions".to_owned(), [("name", "reader"), ("action", "delete")]),
            ("/admin/mail/actions".to_owned(), [("id", "1"), ("action", "retry")]),
        ] {
            let fields = [("csrf", &*csrf), ("confirmed", "yes"), fields[0], fields[1]];
            let page = visitor.post(&path, &fields).await;
            assert_eq!((page.status, &*page.heading()), (403, "This is not yours to see"), "{path}");
        }
    }
    // Whoever may write accounts gives no roles by it.
    let writer = officer(&app, "writer", &["users.read", "users.write"]).await;
    let csrf = writer.csrf().await;
    let users = || app.database.sql("select count(*) from users");
    let count = users();
    let fields = [("csrf", &*csrf), ("email", "new@example.org"), ("roles", "admin")];
    writer.post("/admin/users/new", &fields).await.assert_status(403);
    assert_eq!(users(), count);
    assert!(state()[0].starts_with(&before[0].lines().take(3).collect::<Vec<_>>().join("\n")));
    assert_eq!(app.database.sql("select count(*) from user_roles where role = 'admin'"), "1");
}

/// S22: also with a cookie that is still good for hours.
async fn whoever_is_suspended_is_out_at_the_next_click(backend: Backend) {
    let app = start(backend).await;
    let (alice, edith) =
        (app.visitor_signed_in("alice").await, holder(&app, "edith", &["editor", "member"]).await);
    edith.get("/admin/posts").await.assert_status(200);
    let (admin, ids) = (app.visitor_admin().await, [id_of(&app, "alice"), id_of(&app, "edith")]);
    tick(&admin, &ids, "suspend").await.form(PATH).send().await.assert_status(200);
    assert!(!alice.is_signed_in().await);
    assert_eq!(edith.get("/admin/posts").await.location(), "/login?redirect=%2Fadmin%2Fposts");
    app.visitor().sign_in_with("alice", crate::harness::given::PASSWORD).await;
    assert!(!alice.is_signed_in().await);
    // Deleting ends it as well, and the page's button for all sessions ends those alone.
    let carol = app.visitor_signed_in("carol").await;
    let asked = tick(&admin, &[id_of(&app, "carol")], "delete").await;
    asked.form(PATH).send().await.assert_leads_to("/admin/users");
    assert!(!carol.is_signed_in().await);
    let dave = app.visitor_signed_in("dave").await;
    let id = id_of(&app, "dave");
    let form = admin.get(&format!("/admin/users/{id}")).await.form(PATH);
    let asked = form.press("action", "end_sessions").send().await;
    asked.form(PATH).send().await.assert_leads_to(&format!("/admin/users/{id}"));
    assert!(!dave.is_signed_in().await);
    dave.sign_in("dave").await;
    assert!(dave.is_signed_in().await);
}

async fn what_no_form_of_ours_sends_does_nothing(backend: Backend) {
    let app = start(backend).await;
    app.member("alice").await;
    let admin = app.visitor_admin().await;
    let (csrf, alice) = (admin.csrf().await, id_of(&app, "alice").to_string());
    for (action, id) in
        [("explode", &*alice), ("", &alice), ("suspend", "x"), ("suspend", "-1"), ("suspend", "0")]
    {
        let fields = [("csrf", &*csrf), ("confirmed", "yes"), ("action", action), ("id", id)];
        admin.post(PATH, &fields).await.assert_status(400);
    }
    let numbers: Vec<String> = (1..=101).map(|n| n.to_string()).collect();
    let mut fields = vec![("csrf", &*csrf), ("confirmed", "yes"), ("action", "suspend")];
    fields.extend(numbers.iter().map(|n| ("id", n.as_str())));
    admin.post(PATH, &fields).await.assert_status(400);
    assert_eq!(suspended(&app), "");
    // Those that there are not are passed over.
    let fields = [("csrf", &*csrf), ("confirmed", "yes"), ("action", "suspend"), ("id", "999999")];
    admin.post(PATH, &fields).await.assert_leads_to("/admin/users");
}
