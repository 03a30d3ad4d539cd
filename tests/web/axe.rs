//! What a program cannot see on a page at rest: what is said about a form that was refused, and whether a keyboard is enough.

use serde_json::Value;

use crate::harness::{Backend, Browser, TestApp, given};

on_both!(what_was_refused_is_said_to_everybody, a_keyboard_is_enough_to_sign_in);

async fn what_was_refused_is_said_to_everybody(backend: Backend) {
    let app = TestApp::start(backend).await;
    app.signed_in("ada").await;
    let browser = Browser::at(app.base()).await;
    browser.goto("/signup").await;
    browser.fill("email", "ada@example.org").await;
    browser.fill("username", "a space").await;
    browser.fill("password", "12345").await;
    browser.fill("password_confirm", "54321").await;
    browser.press("Make my account").await;
    assert_eq!(browser.status(), 422);
    let described = "[...document.querySelectorAll('[aria-invalid=true]')].map(field => field.getAttribute('aria-describedby')
        .split(' ').filter(id => id.endsWith('-fault') && document.getElementById(id)?.textContent.trim()).length)";
    let faults = browser.evaluate(described).await;
    let faults = faults.as_array().unwrap();
    assert!(faults.len() >= 2 && faults.iter().all(|told| *told == 1), "{faults:?}");
    fits_everybody(&browser).await;

    browser.goto("/login").await;
    browser.fill("username", "ada").await;
    browser.fill("password", "not the one it is").await;
    browser.press("Sign in").await;
    assert!(browser.has(".faults[role=alert]").await, "{}", browser.text("main").await);
    fits_everybody(&browser).await;
}

async fn fits_everybody(browser: &Browser) {
    for (width, dark) in [(360, true), (1280, false)] {
        browser.set_width(width).await;
        browser.set_dark(dark).await;
        assert_eq!(browser.axe().await, [""; 0], "{} at {width}", browser.address().await);
    }
}

async fn a_keyboard_is_enough_to_sign_in(backend: Backend) {
    let app = TestApp::start(backend).await;
    app.signed_in("ada").await;
    let browser = Browser::at(app.base()).await;
    browser.goto("/login").await;
    // The first thing a keyboard comes to leads past the menus, and is seen when it is reached.
    browser.key("Tab").await;
    let place = "[document.activeElement.className, document.activeElement.getBoundingClientRect().top >= 0]";
    assert_eq!(browser.evaluate(place).await, Value::from(vec![Value::from("skip"), true.into()]));
    browser.key("Enter").await;
    assert_eq!(browser.evaluate("document.activeElement.tagName").await, "MAIN");
    for (name, value) in [("username", "ada"), ("password", given::PASSWORD)] {
        tab_to(&browser, name).await;
        browser.fill(name, value).await;
    }
    browser.key("Enter").await;
    browser.wait_for("form[action='/logout']").await;
}

/// Goes on by the keyboard to the field of that name; what has the focus shows it.
async fn tab_to(browser: &Browser, name: &str) {
    for _ in 0..5 {
        browser.key("Tab").await;
        let outline = "parseFloat(getComputedStyle(document.activeElement).outlineWidth) >= 2";
        assert_eq!(browser.evaluate(outline).await, true, "the focus is not seen");
        if browser.evaluate("document.activeElement.name").await == name {
            return;
        }
    }
    panic!("{name} is not reached by the keyboard");
}
