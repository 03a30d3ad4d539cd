//! What a link of a mail did is said where one is led, whoever is signed in there.

use crate::accounts::mailed;
use crate::harness::{Backend, Page, TestApp, Visitor, given};

on_both!(
    a_new_password_is_told_of_to_somebody_who_is_signed_in,
    a_settled_address_is_told_of_to_somebody_who_is_signed_in,
    signing_in_again_says_nothing_that_was_not_done,
);

const NEW: &str = "a green boat at the pier";
const MOVED: &str = "new@example.org";

/// Follows to the end, as a browser does.
async fn end_of(page: &Page) -> Page {
    let mut page = page.assert_leads_to("/login").follow().await;
    for _ in 0..3 {
        if page.status != 303 {
            break;
        }
        page = page.follow().await;
    }
    page.assert_status(200);
    page
}

async fn choose(app: &TestApp, visitor: &Visitor) -> Page {
    let token = mailed::reset_token(app, &given::address("alice")).await;
    let form = visitor.get(&format!("/reset-password?token={token}")).await.form("/reset-password");
    form.fill("new_password", NEW).fill("new_password_again", NEW).send().await
}

/// S54: the session of the account itself ends by it, and anybody else's lives on.
async fn a_new_password_is_told_of_to_somebody_who_is_signed_in(backend: Backend) {
    let app = TestApp::start_with(backend, &["--sessions-per-user", "5"]).await;
    let (alice, bob) = (app.visitor_signed_in("alice").await, app.visitor_signed_in("bob").await);
    let admin = app.visitor_admin().await;
    for (visitor, heading, is_signed_in) in
        [(alice, Some("Sign in"), false), (bob, None, true), (admin, None, true)]
    {
        let page = end_of(&choose(&app, &visitor).await).await;
        assert_eq!(page.words(".notice"), "Your password is the new one. Sign in with it.");
        assert!(heading.is_none_or(|heading| page.heading() == heading), "{}", page.text);
        assert_eq!(visitor.is_signed_in().await, is_signed_in);
    }
}

/// S62: the same for both links of a change of address.
async fn a_settled_address_is_told_of_to_somebody_who_is_signed_in(backend: Backend) {
    let app = TestApp::start_with(backend, &["--sessions-per-user", "5"]).await;
    let api = app.signed_in("alice").await;
    let (alice, bob) = (app.visitor_signed_in("alice").await, app.visitor_signed_in("bob").await);
    let (confirm, keep) = mailed::change_tokens(&app, &api, &given::address("alice"), MOVED).await;
    for (visitor, token, is_signed_in) in [(&alice, confirm, false), (&bob, keep, true)] {
        let page = visitor.get(&format!("/confirm-email?token={token}")).await;
        let page = end_of(&page.form("/confirm-email").send().await).await;
        assert_eq!(page.words(".notice"), "Your account has this address now. Sign in again.");
        assert_eq!(visitor.is_signed_in().await, is_signed_in);
    }
}

/// S31: what the address says was done is a word of ours or nothing, and leads nowhere else.
async fn signing_in_again_says_nothing_that_was_not_done(backend: Backend) {
    let app = TestApp::start(backend).await;
    let alice = app.visitor_signed_in("alice").await;
    for (query, location) in [
        ("", "/"),
        ("?done=no-such-word", "/"),
        ("?done=%0d%0aX:%20y", "/"),
        ("?redirect=%2Fprofile", "/profile"),
        ("?done=password-reset&redirect=%2Fprofile", "/profile?done=password-reset"),
        ("?done=password-reset&redirect=%2Fblog%3Fq%3Da", "/blog?q=a&done=password-reset"),
        ("?done=password-reset&redirect=%2F%2Fevil.example", "/?done=password-reset"),
    ] {
        let page = alice.get(&format!("/login{query}")).await;
        assert_eq!((page.assert_status(303).location().as_str(), query), (location, query));
    }
    let told = alice.get("/login?done=address-settled&redirect=%2Fprofile").await.follow().await;
    assert_eq!(told.words(".notice"), "Your account has this address now. Sign in again.");
}
