//! Taking one's data along, and leaving, by the page.

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Backend, TestApp, given};
use crate::media::Pictures;

on_both!(
    what_is_kept_about_one_is_downloaded_as_programs_get_it,
    an_account_is_deleted_with_its_password_and_nothing_else,
    the_last_admin_is_told_why_not,
);

/// S82, S23: the same document as by the API; looking at the page alone hands out nothing and is told nowhere.
async fn what_is_kept_about_one_is_downloaded_as_programs_get_it(backend: Backend) {
    let app = TestApp::start_with(backend, &["--sessions-per-user", "5"]).await;
    let (alice, bob) = (app.visitor_signed_in("alice").await, app.visitor_signed_in("bob").await);
    // The link in it is part of what is kept.
    app.mail_to(&given::address("alice"), "verify_email").await;
    let told = || app.database.sql("select count(*) from audit_events where event = 'account.exported'");
    let page = alice.get("/profile/export").await;
    assert_eq!(page.assert_status(200).heading(), "Take your data with you");
    let foreign = bob.csrf().await;
    alice.post("/profile/export", &[("csrf", &foreign)]).await.assert_status(403);
    assert_eq!(told(), "0");

    let file = page.form("/profile/export").send().await;
    assert_eq!(file.assert_status(200).header("content-type"), Some("application/json"));
    let name = file.header("content-disposition").unwrap();
    assert!(name.starts_with("attachment; filename=\"vestibule-export-"), "{name}");
    assert_eq!(file.header("cache-control"), Some("no-store"));
    assert_eq!(told(), "1");
    let mut by_page: Value = serde_json::from_str(&file.text).unwrap();
    let api = app.anonymous().sign_in("alice").await;
    let mut by_api = api.get("/api/auth/export").await.body.clone();
    let current = by_page["data"]["sessions"].as_array().unwrap().iter().filter(|row| row["current"] == true);
    assert_eq!(current.count(), 1);
    let fields = |export: &Value| export["data"].as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(fields(&by_page), fields(&by_api));
    // What the second sign-in and the first export added aside, they are the same.
    for export in [&mut by_page, &mut by_api] {
        for changing in ["sessions", "audit_events", "known_clients", "waiting_mails", "exported_at"] {
            export["data"].as_object_mut().unwrap().remove(changing);
        }
        export["data"]["account"].as_object_mut().unwrap().remove("last_login_at");
    }
    assert_eq!(by_page, by_api);
    assert_eq!(by_page["data"]["account"]["email"], json!(given::address("alice")));
}

/// S82: and the browser is signed out, the picture gone, and a mail tells of it.
async fn an_account_is_deleted_with_its_password_and_nothing_else(backend: Backend) {
    let app = TestApp::start_with(backend, &["--sessions-per-user", "5"]).await;
    let (alice, phone) = (app.visitor_signed_in("alice").await, app.visitor_signed_in("alice").await);
    let bob = app.visitor_signed_in("bob").await;
    let picture = Pictures::make(&["plain.png"]).bytes("plain.png");
    let form = alice.get("/profile").await.form("/profile/picture").file("avatar", "me.png", &picture);
    let shown = form.send().await.follow().await.attribute("img.avatar", "src").unwrap();
    let page = alice.get("/profile/delete").await;
    assert!(page.words("main").contains("cannot be taken back"), "{}", page.text);
    for wrong in ["", "not the password"] {
        let refused = page.form("/profile/delete").fill("password", wrong).send().await;
        assert!(!refused.assert_status(422).fault("password").is_empty(), "{}", refused.text);
    }
    assert!(alice.is_signed_in().await);

    let left = page.form("/profile/delete").fill("password", given::PASSWORD).send().await;
    let home = left.assert_leads_to("/").follow().await;
    assert!(home.words(".notice").starts_with("Your account is deleted."), "{}", home.text);
    assert_eq!(alice.session(), None);
    assert!(!phone.is_signed_in().await && bob.is_signed_in().await);
    assert_eq!(app.database.sql("select count(*) from users where username = 'alice'"), "0");
    assert_eq!(app.anonymous().request(Method::GET, &shown).send().await.unwrap().status(), 404);
    app.mail_to(&given::address("alice"), "account_deleted").await;
    alice.sign_in_with("alice", given::PASSWORD).await.assert_status(401);
}

async fn the_last_admin_is_told_why_not(backend: Backend) {
    let app = TestApp::start(backend).await;
    let keeper = app.visitor_admin().await;
    let form = keeper.get("/profile/delete").await.form("/profile/delete");
    let refused = form.fill("password", given::PASSWORD).send().await;
    assert!(
        refused.assert_status(409).faults().contains("Make somebody else admin first"),
        "{}",
        refused.text
    );
    assert!(keeper.is_signed_in().await);
}
