//! Roles, made and changed by the pages.

use super::{holder, officer, start};
use crate::harness::Backend;

on_both!(
    a_role_is_made_given_changed_and_deleted,
    what_is_built_in_stays_as_it_is,
    nobody_gives_what_they_may_not_do,
);

async fn a_role_is_made_given_changed_and_deleted(backend: Backend) {
    let app = start(backend).await;
    let admin = app.visitor_admin().await;
    let form = admin.get("/admin/roles/new").await.form("/admin/roles/new");
    let form = form
        .fill("name", "guide")
        .fill("description", "Writes <b>guides</b>")
        .tick("permissions", "contact.read");
    form.send().await.assert_leads_to("/admin/roles");
    let list = admin.get("/admin/roles").await;
    assert_eq!(list.texts("tbody th[scope=row]"), ["admin", "editor", "guide", "member"]);
    assert_eq!(list.texts("tbody .badge"), ["built in", "built in", "added here", "built in"]);
    assert!(
        list.text.contains("Writes &#60;b&#62;guides") || list.text.contains("Writes &lt;b&gt;guides"),
        "{}",
        list.text
    );
    let gina = holder(&app, "gina", &["guide", "member"]).await;
    gina.get("/admin/contact").await.assert_status(200);
    let path = "/admin/roles/guide/edit";
    let form = admin.get(path).await.form(path);
    assert_eq!(form.value("name"), "guide");
    let form =
        form.untick("permissions", "contact.read").tick("permissions", "audit.read").fill("name", "herald");
    form.send().await.assert_leads_to("/admin/roles");
    gina.get("/admin/contact").await.assert_status(403);
    gina.get("/admin/audit").await.assert_status(200);
    // Its end is asked for, and says what it means for those who hold it.
    let list = admin.get("/admin/roles").await;
    let deletion =
        list.forms().into_iter().find(|form| form.has("name") && form.value("name") == "herald").unwrap();
    let asked = deletion.press("action", "delete").send().await;
    assert_eq!(asked.heading(), "Delete this role?");
    assert!(asked.text.contains("Nobody holds it any more"), "{}", asked.text);
    gina.get("/admin/audit").await.assert_status(200);
    asked.form("/admin/roles/actions").send().await.assert_leads_to("/admin/roles");
    gina.get("/admin/audit").await.assert_status(403);
    admin.get("/admin/roles/herald/edit").await.assert_status(404);
    // A role may be called as a part of an address is.
    let form = admin.get("/admin/roles/new").await.form("/admin/roles/new").fill("name", "new");
    form.send().await.assert_leads_to("/admin/roles");
    admin.get("/admin/roles/new/edit").await.assert_status(200);
    for (name, status) in [("new", 409), ("Admin", 422), ("", 422)] {
        let page =
            admin.get("/admin/roles/new").await.form("/admin/roles/new").fill("name", name).send().await;
        page.assert_status(status);
        assert!(!page.fault("name").is_empty(), "{name}: {}", page.text);
    }
}

async fn what_is_built_in_stays_as_it_is(backend: Backend) {
    let app = start(backend).await;
    let admin = app.visitor_admin().await;
    let before = app.database.sql("select * from roles order by name");
    for name in ["admin", "editor", "member"] {
        let path = format!("/admin/roles/{name}/edit");
        let page = admin.get(&path).await.form(&path).fill("description", "mine").send().await;
        page.assert_status(409);
        assert!(page.faults().contains("built in"), "{}", page.text);
        let csrf = admin.csrf().await;
        let fields = [("csrf", &*csrf), ("confirmed", "yes"), ("action", "delete"), ("name", name)];
        let page = admin.post("/admin/roles/actions", &fields).await;
        page.assert_status(409);
        assert!(page.words(".faults dd").contains("built in"), "{}", page.text);
    }
    assert_eq!(app.database.sql("select * from roles order by name"), before);
}

/// S65: nor by a box that the form does not have.
async fn nobody_gives_what_they_may_not_do(backend: Backend) {
    let app = start(backend).await;
    let clerk = officer(&app, "clerk", &["roles.manage", "contact.read"]).await;
    let page = clerk.get("/admin/roles/new").await;
    let boxes = page.attributes("input[name=permissions]", "value");
    assert_eq!(boxes, ["roles.manage", "posts.write", "comments.write", "contact.read"]);
    let form = page.form("/admin/roles/new").fill("name", "mine").with("permissions", "users.write");
    let page = form.send().await;
    page.assert_status(403);
    assert!(page.faults().contains("more than you may do yourself"), "{}", page.text);
    let form = clerk.get("/admin/roles/new").await.form("/admin/roles/new").fill("name", "mine");
    form.clone().with("permissions", "no.such").send().await.assert_status(400);
    assert_eq!(app.database.sql("select count(*) from roles where name = 'mine'"), "0");
    form.send().await.assert_leads_to("/admin/roles");
}
