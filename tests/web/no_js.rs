//! Scripts make pages a little better, and are never needed.

use crate::harness::{Backend, Browser, TestApp, given};

on_both!(without_scripts_one_signs_up_writes_and_comments, with_scripts_a_little_is_better);

async fn without_scripts_one_signs_up_writes_and_comments(backend: Backend) {
    let app = TestApp::start(backend).await;
    app.admin().await;
    let browser = Browser::at(app.base()).await;
    browser.set_javascript(false).await;
    browser.goto("/").await;
    browser.press("Sign up").await;
    assert!(!browser.has("button.peek").await, "scripts run");
    browser.fill("username", "ada").await;
    browser.fill("email", &given::address("ada")).await;
    browser.fill("password", given::PASSWORD).await;
    browser.fill("password_confirm", given::PASSWORD).await;
    browser.press("Make my account").await;
    assert!(browser.has("form[action='/logout']").await, "{}", browser.text("main").await);
    browser.goto("/blog/new").await;
    browser.fill("title", "A post without a script").await;
    browser.fill("content", "It *works*.").await;
    browser.press("Preview").await;
    assert_eq!(browser.text("#preview em").await, "works");
    browser.press("Publish").await;
    assert_eq!(browser.text("h1").await, "A post without a script");
    assert_eq!(browser.text(".prose em").await, "works");
    browser.fill("content", "And one may say so.").await;
    browser.press("Send comment").await;
    assert!(browser.text("main").await.contains("And one may say so."));
    assert_eq!(browser.violations_of_policy(), [""; 0]);
}

async fn with_scripts_a_little_is_better(backend: Backend) {
    let app = TestApp::start(backend).await;
    app.signed_in("ada").await;
    let browser = Browser::at(app.base()).await;
    browser.goto("/login").await;
    browser.fill("username", "ada").await;
    browser.fill("password", given::PASSWORD).await;
    browser.press("button.peek").await;
    assert_eq!(browser.evaluate("document.querySelector('[name=password]').type").await, "text");
    browser.press("Sign in").await;
    assert!(browser.has("form[action='/logout']").await);

    // A preview without leaving the page, and nothing of what was typed runs there.
    browser.goto("/blog/new").await;
    // What still fits is said in characters as the server counts them, and nothing is cut off.
    browser.fill("title", &"🌧".repeat(199)).await;
    assert_eq!(browser.text("[data-of=title]").await, "Characters left: 1");
    browser.fill("title", &"🌧".repeat(203)).await;
    assert_eq!(browser.text("[data-of=title]").await, "Characters too many: 3");
    let length = "[...document.querySelector('[name=title]').value].length";
    assert_eq!(browser.evaluate(length).await, 203);
    browser.fill("title", "Tried first").await;
    assert_eq!(browser.text("[data-of=title]").await, "");
    browser.fill("content", "It *works* <img src=x onerror=alert(1)> <script>alert(2)</script>").await;
    browser.press("Preview").await;
    browser.wait_for("#preview em").await;
    assert_eq!(browser.address().await, "/blog/new");
    assert!(!browser.has("#preview script, #preview [onerror]").await);
    browser.press("Publish").await;
    assert_eq!(browser.text("h1").await, "Tried first");

    // What was done is said once.
    assert!(browser.has(".notice").await);
    browser.reload().await;
    assert!(!browser.has(".notice").await);
    assert_eq!(browser.violations_of_policy(), [""; 0]);
    assert_eq!(browser.complaints(), [""; 0]);
}
