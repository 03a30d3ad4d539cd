//! Several who do things at the same moment: to each other, or to the same account or role.

use serde_json::json;

use super::{holder, id_of, second_admin, start};
use crate::harness::visitor::{Form, Page};
use crate::harness::{Backend, TestApp, Visitor};

on_both!(
    two_administrators_who_end_each_other_leave_one,
    of_two_who_change_a_role_the_second_sees_what_the_first_did,
    of_two_who_change_an_account_the_second_sees_what_the_first_did,
    of_two_who_give_somebody_roles_the_second_sees_what_the_first_did,
    a_form_that_is_shown_again_is_still_of_what_it_began_with,
    a_form_that_does_not_say_what_it_was_made_for_is_refused,
);

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

/// Two administrators, each at the same form of `path`.
async fn two_at(app: &TestApp, path: &str) -> (Form, Form) {
    let (first, second) = (app.visitor_admin().await, second_admin(app, "second").await);
    (first.get(path).await.form(path), second.get(path).await.form(path))
}

/// Both send at once. Answers whether the first form was taken, and the page whoever sent the other one sees.
async fn race(one: &Form, other: &Form) -> (bool, Page) {
    let (one, other) = tokio::join!(one.clone().send(), other.clone().send());
    let is_first = one.status == 303;
    let (taken, refused) = if is_first { (one, other) } else { (other, one) };
    taken.assert_status(303);
    refused.assert_status(409);
    (is_first, refused)
}

/// The values of the ticked boxes of that name.
fn ticked(form: &Form, name: &str) -> Vec<String> {
    form.pairs().into_iter().filter(|(field, _)| *field == name).map(|(_, value)| value.to_owned()).collect()
}

async fn of_two_who_change_a_role_the_second_sees_what_the_first_did(backend: Backend) {
    let app = start(backend).await;
    let role = json!({ "name": "guide", "description": "Guides", "permissions": ["contact.read"] });
    app.admin().await.post("/api/roles", role).await.assert_status(201);
    let path = "/admin/roles/guide/edit";
    let (one, other) = two_at(&app, path).await;
    let stored = || {
        app.database
            .sql("select name || ': ' || description || ', ' || permissions from roles where name = 'guide'")
    };
    let one = one.fill("description", "Audits").tick("permissions", "audit.read");
    let other = other.fill("description", "Mails").tick("permissions", "mail.manage");
    let (is_first, page) = race(&one, &other).await;
    let (audits, mails) =
        ("guide: Audits, audit.read contact.read", "guide: Mails, mail.manage contact.read");
    let [first, second] = if is_first { [audits, mails] } else { [mails, audits] };
    assert_eq!(stored(), first, "nothing is overwritten");
    assert!(page.faults().contains("Somebody changed this role"), "{}", page.text);
    let now = page.texts("section[aria-labelledby=now] dd").join(", ").replace(", ", " ");
    assert_eq!(now, first.replace([':', ','], ""), "what stands there now is shown");
    // What was typed and ticked is still there, and sending it once more is meant.
    let (form, late) = (page.form(path), if is_first { &other } else { &one });
    assert_eq!(form.value("description"), late.value("description"));
    assert_eq!(ticked(&form, "permissions"), ticked(late, "permissions"));
    late.clone().send().await.assert_status(409);
    form.send().await.assert_leads_to("/admin/roles");
    assert_eq!(stored(), second);
    // Another role that came to have the name is another one, and one that is gone is not made again.
    let form = page.form(path);
    form.clone().send().await.assert_status(303);
    form.clone().send().await.assert_leads_to("/admin/roles");
    assert_eq!(stored(), second, "what is sent twice overtakes nobody");
    let admin = app.admin().await;
    admin.delete("/api/roles/guide").await.assert_status(200);
    form.clone().send().await.assert_status(404);
    let role = json!({ "name": "guide", "description": "Anew", "permissions": ["contact.read"] });
    admin.post("/api/roles", role).await.assert_status(201);
    form.send().await.assert_status(409);
    assert_eq!(stored(), "guide: Anew, contact.read");
}

async fn of_two_who_change_an_account_the_second_sees_what_the_first_did(backend: Backend) {
    let app = start(backend).await;
    app.member("alice").await;
    let id = id_of(&app, "alice");
    let path = format!("/admin/users/{id}/edit");
    let stored = || app.database.sql(&format!("select nickname from users where id = {id}"));
    let (one, other) = two_at(&app, &path).await;
    let (one, other) = (one.fill("nickname", "Al"), other.fill("nickname", "Lissy"));
    let (is_first, page) = race(&one, &other).await;
    let [first, second] = if is_first { ["Al", "Lissy"] } else { ["Lissy", "Al"] };
    assert_eq!(stored(), first, "nothing is overwritten");
    assert!(page.faults().contains("Somebody changed this account"), "{}", page.text);
    assert!(page.texts("section[aria-labelledby=now] dd").contains(&first.to_owned()), "{}", page.text);
    let late = if is_first { other } else { one };
    late.send().await.assert_status(409);
    assert_eq!(page.form(&path).value("nickname"), second);
    page.form(&path).send().await.assert_leads_to(&format!("/admin/users/{id}"));
    assert_eq!(stored(), second);
    // What the form does not show is not in its way: it overwrites nothing of it.
    let form = app.visitor_admin().await.get(&path).await.form(&path);
    let suspend = format!("/api/users/{id}/suspend");
    app.admin().await.post(&suspend, json!({})).await.assert_status(200);
    form.fill("nickname", "Lis").send().await.assert_leads_to(&format!("/admin/users/{id}"));
}

async fn of_two_who_give_somebody_roles_the_second_sees_what_the_first_did(backend: Backend) {
    let app = start(backend).await;
    app.member("alice").await;
    let id = id_of(&app, "alice");
    let path = format!("/admin/users/{id}/roles");
    let stored =
        || app.database.sql(&format!("select role from user_roles where user_id = {id} order by role"));
    let (one, other) = two_at(&app, &path).await;
    let (one, other) = (one.tick("roles", "editor"), other.untick("roles", "member"));
    let (is_first, page) = race(&one, &other).await;
    let [first, second] = if is_first { ["editor\nmember", ""] } else { ["", "editor\nmember"] };
    assert_eq!(stored(), first, "nothing is overwritten");
    assert!(page.faults().contains("Somebody gave this account other roles"), "{}", page.text);
    let now = if is_first { "editor, member" } else { "none" };
    assert_eq!(page.texts("section[aria-labelledby=now] dd"), [now]);
    let late = if is_first { other } else { one };
    assert_eq!(ticked(&page.form(&path), "roles"), ticked(&late, "roles"));
    late.send().await.assert_status(409);
    page.form(&path).send().await.assert_leads_to(&format!("/admin/users/{id}"));
    assert_eq!(stored(), second);
}

/// Whatever else was wrong with it: nobody has seen the change that came between.
async fn a_form_that_is_shown_again_is_still_of_what_it_began_with(backend: Backend) {
    let app = start(backend).await;
    app.member("alice").await;
    holder(&app, "bob", &["member"]).await;
    let (api, admin) = (app.admin().await, app.visitor_admin().await);
    let role = json!({ "name": "guide", "permissions": ["contact.read"] });
    api.post("/api/roles", role).await.assert_status(201);
    let path = "/admin/roles/guide/edit";
    let form = admin.get(path).await.form(path);
    let bad = form.fill("name", "Guide").fill("description", "Guides").send().await;
    assert!(!bad.assert_status(422).has("section[aria-labelledby=now]"), "{}", bad.text);
    api.patch("/api/roles/guide", json!({ "permissions": [] })).await.assert_status(200);
    let page = bad.form(path).fill("name", "guide").send().await;
    assert_eq!(page.assert_status(409).form(path).value("description"), "Guides");

    let alice = id_of(&app, "alice");
    let path = format!("/admin/users/{alice}/edit");
    let bad = admin.get(&path).await.form(&path).fill("email", "nothing").send().await;
    bad.assert_status(422);
    api.patch(&format!("/api/users/{alice}"), json!({ "nickname": "Al" })).await.assert_status(200);
    bad.form(&path).fill("email", "alice@example.org").send().await.assert_status(409);

    // The last administrator stays one, and meanwhile got another role.
    let keeper = id_of(&app, "keeper");
    let path = format!("/admin/users/{keeper}/roles");
    let form = admin.get(&path).await.form(&path);
    let bad = form.untick("roles", "admin").send().await;
    assert!(bad.assert_status(409).faults().contains("the last administrator"), "{}", bad.text);
    let roles = json!({ "roles": ["admin", "editor", "member"] });
    api.put(&format!("/api/users/{keeper}/roles"), roles).await.assert_status(200);
    let page = bad.form(&path).tick("roles", "admin").send().await;
    assert!(page.assert_status(409).faults().contains("other roles"), "{}", page.text);
}

async fn a_form_that_does_not_say_what_it_was_made_for_is_refused(backend: Backend) {
    let app = start(backend).await;
    app.member("alice").await;
    let role = json!({ "name": "guide", "permissions": [] });
    app.admin().await.post("/api/roles", role).await.assert_status(201);
    let (admin, alice) = (app.visitor_admin().await, id_of(&app, "alice"));
    let csrf = admin.csrf().await;
    for path in [
        "/admin/roles/guide/edit".to_owned(),
        format!("/admin/users/{alice}/edit"),
        format!("/admin/users/{alice}/roles"),
    ] {
        let fields =
            [("csrf", &*csrf), ("name", "guide"), ("username", "alice"), ("permissions", "audit.read")];
        admin.post(&path, &fields).await.assert_status(400);
        for as_of in ["", "1-1", "x"] {
            let fields = [&fields[..], &[("as_of", as_of)]].concat();
            admin.post(&path, &fields).await.assert_status(400);
        }
    }
    assert_eq!(app.database.sql("select permissions from roles where name = 'guide'"), "");
    let held = format!("select role from user_roles where user_id = {alice}");
    assert_eq!(app.database.sql(&held), "member");
}
