//! What a real browser shows after signing out.

use crate::harness::{Backend, Browser, TestApp, given};

on_both!(after_signing_out_nobody_goes_back_to_a_page);

/// S94: the button that leads back shows the page where people sign in, and nothing of the page that was there.
async fn after_signing_out_nobody_goes_back_to_a_page(backend: Backend) {
    let app = TestApp::start(backend).await;
    app.member("alice").await;
    let browser = Browser::at(app.base()).await;
    browser.goto("/login?redirect=/profile").await;
    browser.fill("username", "alice").await;
    browser.fill("password", given::PASSWORD).await;
    browser.press("main form .actions button").await;
    assert_eq!(browser.address().await, "/profile");
    assert!(browser.html().await.contains(&given::address("alice")));
    browser.press("form[action='/logout'] button").await;
    assert!(["/", "/?done=signed-out"].contains(&&*browser.address().await));
    assert!(!browser.has("form[action='/logout']").await);
    browser.back().await;
    assert_eq!(browser.address().await, "/login?redirect=%2Fprofile");
    assert!(!browser.html().await.contains(&given::address("alice")));
    assert_eq!(browser.violations_of_policy(), [""; 0]);
}
