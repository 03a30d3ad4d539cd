//! A new password by the page.

use crate::accounts::{mailed, stored_hash};
use crate::harness::visitor::{Page, Visitor};
use crate::harness::{Backend, TestApp, given};

on_both!(
    a_new_password_ends_all_sessions_but_this_one,
    a_wrong_or_weak_password_is_said_at_its_field,
    whoever_guesses_at_the_current_password_is_stopped,
);

const NEW: &str = "a green boat at the pier";

async fn change(visitor: &Visitor, current: &str, new: &str, again: &str) -> Page {
    let form = visitor.get("/profile/password").await.form("/profile/password");
    let form = form.fill("current_password", current).fill("new_password", new);
    form.fill("new_password_again", again).send().await
}

/// S61: a mail tells of it, and whoever else was signed in is out.
async fn a_new_password_ends_all_sessions_but_this_one(backend: Backend) {
    let app = TestApp::start_with(backend, &["--sessions-per-user", "5"]).await;
    let (alice, phone) = (app.visitor_signed_in("alice").await, app.visitor_signed_in("alice").await);
    let api = app.anonymous().sign_in("alice").await;
    let changed = change(&alice, given::PASSWORD, NEW, NEW).await;
    let page = changed.assert_leads_to("/profile/password").follow().await;
    assert!(page.words(".notice").starts_with("Your password is the new one."), "{}", page.text);
    assert!(!phone.is_signed_in().await);
    api.get("/api/auth/profile").await.assert_error(401, "invalid_token");
    app.mail_to(&given::address("alice"), "password_changed").await;
    // A form that was open goes on to work.
    page.form("/logout").send().await.assert_status(303);
    alice.sign_in_with("alice", given::PASSWORD).await.assert_status(401);
    alice.sign_in_with("alice", NEW).await.assert_status(303);
}

/// S61: and nothing is changed, nor is any of the three shown again.
async fn a_wrong_or_weak_password_is_said_at_its_field(backend: Backend) {
    let app = TestApp::start_with(backend, &["--sessions-per-user", "5"]).await;
    let (alice, phone) = (app.visitor_signed_in("alice").await, app.visitor_signed_in("alice").await);
    let before = stored_hash(&app.database, "alice");
    for (current, new, again, name, said) in [
        ("not the password", NEW, NEW, "current_password", "This is not your password."),
        ("", NEW, NEW, "current_password", ""),
        (given::PASSWORD, NEW, "a green boat at the quay", "new_password_again", "not the same"),
        (given::PASSWORD, NEW, "", "new_password_again", "not the same"),
        (given::PASSWORD, "12345678", "12345678", "new_password", "too common"),
        (given::PASSWORD, "short", "short", "new_password", "at least 8 characters"),
        (given::PASSWORD, "alice@example", "alice@example", "new_password", "too much like your"),
        (given::PASSWORD, "", "", "new_password", ""),
    ] {
        let page = change(&alice, current, new, again).await;
        page.assert_status(422);
        let fault = page.fault(name);
        assert!(!fault.is_empty() && fault.contains(said), "{name} of {new:?}: {fault:?}");
        assert!(page.attributes("input[type=password]", "value").iter().all(String::is_empty));
    }
    assert_eq!(stored_hash(&app.database, "alice"), before);
    assert!(alice.is_signed_in().await && phone.is_signed_in().await);
    mailed::all_mails_left(&app).await;
    assert_eq!(mailed::count_mails(&app, &given::address("alice"), "password_changed"), 0);
}

/// S35, S42: it counts like a sign-in, and is told on a page.
async fn whoever_guesses_at_the_current_password_is_stopped(backend: Backend) {
    let app = TestApp::start_with(backend, &["--rate-limits", "on", "--sessions-per-user", "5"]).await;
    let alice = app.visitor_signed_in("alice").await;
    let mut statuses = Vec::new();
    for _ in 0..40 {
        let page = change(&alice, "not the password", NEW, NEW).await;
        statuses.push(page.status);
        if page.status == 429 {
            assert_eq!(page.heading(), "Too many attempts");
            break;
        }
    }
    assert_eq!(statuses.last(), Some(&429), "{statuses:?}");
}
