//! Accounts: found, looked at, made and changed by the pages.

use serde_json::json;

use super::{id_of, officer, second_admin, start};
use crate::accounts::mailed;
use crate::harness::{Backend, Page, TestApp, Visitor, given};

on_both!(
    accounts_are_found_filtered_and_sorted,
    a_list_is_walked_to_its_end,
    an_account_shows_what_is_known_and_no_secret,
    whoever_an_account_is_made_for_chooses_the_password,
    what_is_wrong_is_said_at_its_field,
    an_edit_that_came_between_is_not_lost,
    roles_hold_at_the_next_click,
    a_refusal_is_told_in_words,
);

async fn found(admin: &Visitor, query: &str) -> Vec<String> {
    admin.get(&format!("/admin/users?{query}")).await.assert_status(200).texts("tbody th a")
}

/// S91: what is searched is text, whatever it means to a database. S30, S66: nothing is sorted by what is not shown.
async fn accounts_are_found_filtered_and_sorted(backend: Backend) {
    let app = start(backend).await;
    for name in ["alice", "alina", "bob", "under_score"] {
        app.member(name).await;
    }
    let admin = app.visitor_admin().await;
    assert_eq!(found(&admin, "q=ALI&sort=username").await, ["alice", "alina"]);
    assert_eq!(found(&admin, "q=%25").await, [""; 0], "nothing is called %");
    assert_eq!(found(&admin, "q=b%25b").await, [""; 0]);
    assert_eq!(found(&admin, "q=r_s").await, ["under_score"]);
    assert_eq!(found(&admin, "q=%27%20or%201%3D1").await, [""; 0]);
    assert_eq!(found(&admin, "role=admin").await, ["keeper"]);
    assert_eq!(found(&admin, "sort=username").await, ["alice", "alina", "bob", "keeper", "under_score"]);
    assert_eq!(found(&admin, "sort=-id&page_size=2").await, ["under_score", "bob"]);
    let path = format!("/api/users/{}/suspend", id_of(&app, "bob"));
    app.admin().await.post(&path, json!({})).await.assert_status(200);
    assert_eq!(found(&admin, "is_active=false").await, ["bob"]);
    for (query, field) in [
        ("sort=password_hash", "sort"),
        ("sort=token_epoch", "sort"),
        ("is_active=perhaps", "is_active"),
        ("role=No+Role", "role"),
        ("page_size=101", "page_size"),
        ("page_size=0", "page_size"),
    ] {
        let page = admin.get(&format!("/admin/users?{query}")).await;
        page.assert_status(422);
        assert!(!page.fault(field).is_empty(), "{query}: {}", page.text);
        assert!(!page.has("tbody tr"), "{query}");
    }
    let page = admin.get("/admin/users?q=nobody-at-all").await;
    assert_eq!(page.words(".empty"), "No account fits. Try a shorter search, or clear the filter.");
    // What was asked for stands in the form again.
    let page = admin.get("/admin/users?q=ali&sort=username&is_active=true").await;
    let form = page.form("/admin/users");
    assert_eq!((form.value("q"), form.value("sort"), form.value("is_active")), ("ali", "username", "true"));
}

/// S71: a place in a list is sealed, and stands for that list alone.
async fn a_list_is_walked_to_its_end(backend: Backend) {
    let app = start(backend).await;
    for n in 0..6 {
        app.member(&format!("walker{n}")).await;
    }
    let admin = app.visitor_admin().await;
    let mut page = admin.get("/admin/users?q=walker&sort=username&page_size=2").await;
    let mut seen = page.texts("tbody th a");
    assert_eq!(page.words("p.meta"), "6 in all");
    while let Some(next) = page.attribute("nav.pager a[rel=next]", "href") {
        page = admin.get(&next).await;
        seen.extend(page.assert_status(200).texts("tbody th a"));
    }
    assert_eq!(seen, ["walker0", "walker1", "walker2", "walker3", "walker4", "walker5"]);
    let first = page.attribute("nav.pager a:not([rel])", "href").unwrap();
    assert_eq!(admin.get(&first).await.texts("tbody th a"), ["walker0", "walker1"]);
    let next = admin.get("/admin/users?sort=username&page_size=2").await;
    let cursor = next.attribute("nav.pager a[rel=next]", "href").unwrap();
    let cursor = cursor.split("cursor=").nth(1).unwrap();
    for wrong in [
        format!("sort=email&cursor={cursor}"),
        format!("sort=username&cursor={cursor}0"),
        "cursor=7".to_owned(),
    ] {
        let page = admin.get(&format!("/admin/users?{wrong}")).await;
        page.assert_status(422);
        assert!(page.faults().contains("Begin with the first page"), "{}", page.text);
    }
}

/// S65: nobody sees a password, however it is kept.
async fn an_account_shows_what_is_known_and_no_secret(backend: Backend) {
    let app = start(backend).await;
    let alice = app.signed_in("alice").await;
    let profile = json!({ "full_name": "Alice Liddell", "metadata": { "a": "</code><script>" } });
    alice.patch("/api/auth/profile", profile).await.assert_status(200);
    let (admin, id) = (app.visitor_admin().await, id_of(&app, "alice"));
    let page = admin.get(&format!("/admin/users/{id}")).await;
    page.assert_status(200);
    assert_eq!(page.heading(), "alice");
    let facts = page.texts("dl.facts dd").join("|");
    for fact in [
        "alice@example.org not confirmed",
        "Alice Liddell",
        "comments.write",
        "</code><script>",
        "15 January 2026, 12:00 UTC",
    ] {
        assert!(facts.contains(fact), "{fact}: {facts}");
    }
    assert_eq!(page.count("section[aria-labelledby=sessions] tbody tr"), 1);
    let hash = app.database.sql("select password_hash from users where username = 'alice'");
    assert!(!page.text.contains(&hash) && !page.text.contains("argon2"), "{}", page.text);
    assert!(!page.has("input[type=password]"));
    for nobody in ["999999", "0", "01", "x", "9223372036854775808"] {
        admin.get(&format!("/admin/users/{nobody}")).await.assert_status(404);
    }
    // The whole of what was done to her is a click away.
    let trail = page.attribute("a[href*=subject_id]", "href").unwrap();
    assert!(admin.get(&trail).await.texts("tbody th code").contains(&"account.registered".to_owned()));
}

/// S97, S65: there is no field for a password, and one that is sent is not looked at.
async fn whoever_an_account_is_made_for_chooses_the_password(backend: Backend) {
    let app = start(backend).await;
    let admin = app.visitor_admin().await;
    let form = admin.get("/admin/users/new").await.form("/admin/users/new");
    assert!(form.names().iter().all(|name| !name.contains("password")), "{:?}", form.names());
    let form = form.fill("username", "carol").fill("email", &given::address("carol"));
    let form = form.untick("roles", "member").tick("roles", "editor").with("password", given::PASSWORD);
    let done = form.send().await;
    done.assert_leads_to(&format!("/admin/users/{}", id_of(&app, "carol")));
    assert!(done.follow().await.words(".notice").contains("a link to choose a password is on its way"));
    app.visitor().sign_in_with("carol", given::PASSWORD).await.assert_status(401);
    let mail = app.mail_to(&given::address("carol"), "choose_first_password").await;
    mailed::reset(&app.anonymous(), &mail.token(), "a quiet green harbour").await.assert_status(200);
    let carol = app.visitor();
    carol.sign_in_with("carol", "a quiet green harbour").await.assert_status(303);
    carol.get("/admin/posts").await.assert_status(200);
}

async fn edit(admin: &Visitor, id: i64, field: &str, value: &str) -> Page {
    let path = format!("/admin/users/{id}/edit");
    admin.get(&path).await.form(&path).fill(field, value).send().await
}

async fn what_is_wrong_is_said_at_its_field(backend: Backend) {
    let app = start(backend).await;
    app.member("alice").await;
    app.member("bob").await;
    let (admin, id) = (app.visitor_admin().await, id_of(&app, "alice"));
    for (field, value, status) in [
        ("username", "a", 422),
        ("username", "bob", 409),
        ("email", "nothing", 422),
        ("email", "BOB@example.org", 409),
        ("phone", "12", 422),
        ("dob", "2999-01-01", 422),
        ("metadata", "[]", 422),
        ("full_name", "a\u{202E}b", 422),
    ] {
        let page = edit(&admin, id, field, value).await;
        page.assert_status(status);
        assert!(!page.fault(field).is_empty(), "{field}: {}", page.text);
        assert_eq!(
            page.form(&format!("/admin/users/{id}/edit")).value(field).trim(),
            value,
            "what was typed stays"
        );
    }
    let before = app.database.sql(&format!("select email, email_verified_at from users where id = {id}"));
    edit(&admin, id, "full_name", "Alice Liddell").await.assert_leads_to(&format!("/admin/users/{id}"));
    edit(&admin, id, "full_name", "").await.assert_leads_to(&format!("/admin/users/{id}"));
    assert_eq!(
        app.database.sql(&format!("select email, email_verified_at from users where id = {id}")),
        before
    );
    // Without a name and without an address nobody comes in.
    let path = format!("/admin/users/{id}/edit");
    let form = admin.get(&path).await.form(&path).fill("username", "").fill("email", "");
    let page = form.send().await;
    page.assert_status(409);
    assert!(page.faults().contains("A way to sign in has to be left"), "{}", page.text);
    // One's own address is changed where the password is asked.
    let page = edit(&admin, id_of(&app, "keeper"), "email", "other@example.org").await;
    page.assert_status(409);
    assert!(page.faults().contains("It is your own account"), "{}", page.text);
}

async fn an_edit_that_came_between_is_not_lost(backend: Backend) {
    let app = start(backend).await;
    app.member("alice").await;
    let (admin, id) = (app.visitor_admin().await, id_of(&app, "alice"));
    let path = format!("/admin/users/{id}/edit");
    let form = admin.get(&path).await.form(&path).fill("nickname", "Al");
    app.clock.advance(std::time::Duration::from_secs(1));
    let between = json!({ "nickname": "Lissy" });
    app.admin().await.patch(&format!("/api/users/{id}"), between).await.assert_status(200);
    let page = form.send().await;
    page.assert_status(409);
    assert!(page.faults().contains("Somebody changed this account"), "{}", page.text);
    assert!(page.texts("dl.facts dd").contains(&"Lissy".to_owned()));
    // What was typed is still there, and sending it once more is meant.
    page.form(&path).send().await.assert_leads_to(&format!("/admin/users/{id}"));
    assert_eq!(app.database.sql(&format!("select nickname from users where id = {id}")), "Al");
}

/// S22: what somebody may do by a page is decided at each click.
async fn roles_hold_at_the_next_click(backend: Backend) {
    let app = start(backend).await;
    let alice = app.visitor_signed_in("alice").await;
    let (admin, id) = (app.visitor_admin().await, id_of(&app, "alice"));
    let path = format!("/admin/users/{id}/roles");
    alice.get("/admin/contact").await.assert_status(403);
    let form = admin.get(&path).await.form(&path).tick("roles", "editor");
    form.send().await.assert_leads_to(&format!("/admin/users/{id}"));
    alice.get("/admin/contact").await.assert_status(200);
    let form = admin.get(&path).await.form(&path).untick("roles", "editor");
    form.send().await.assert_leads_to(&format!("/admin/users/{id}"));
    alice.get("/admin/contact").await.assert_status(403);
}

/// S65: the last administrator stays, and nobody reaches beyond their own rights.
async fn a_refusal_is_told_in_words(backend: Backend) {
    let app: TestApp = start(backend).await;
    let (admin, keeper) = (app.visitor_admin().await, id_of(&app, "keeper"));
    let path = format!("/admin/users/{keeper}/roles");
    let page = admin.get(&path).await.form(&path).untick("roles", "admin").send().await;
    page.assert_status(409);
    assert!(page.faults().contains("the last administrator who can sign in"), "{}", page.text);
    assert!(admin.get("/admin/roles").await.status == 200, "and still is one");
    let clerk = officer(&app, "clerk", &["users.read", "users.write", "roles.manage"]).await;
    for (path, field, value) in [
        (format!("/admin/users/{}/roles", id_of(&app, "clerk")), "roles", "admin"),
        (format!("/admin/users/{}/roles", id_of(&app, "clerk")), "roles", "editor"),
    ] {
        let page = clerk.get(&path).await.form(&path).tick(field, value).send().await;
        page.assert_status(403);
        assert!(page.faults().contains("It allows more than you may do yourself"), "{}", page.text);
    }
    let page = edit(&clerk, keeper, "full_name", "Clerk").await;
    page.assert_status(403);
    assert!(page.faults().contains("It allows more than you may do yourself"), "{}", page.text);
    // Of two administrators one may go.
    second_admin(&app, "second").await;
    let path = format!("/admin/users/{keeper}/roles");
    admin.get(&path).await.form(&path).untick("roles", "admin").send().await.assert_status(303);
    admin.get("/admin/roles").await.assert_status(403);
}
