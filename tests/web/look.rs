//! Every page in a real browser: at the width of a telephone and of a desk, in light and dark; and what comes of forms.
//!
//! The pictures go to `target/screenshots`, to be looked at.

use std::path::{Path, PathBuf};

use super::answers;
use super::pages::{self, Who};
use crate::harness::{Backend, Browser, TestApp};

on_both!(every_page_is_fit_for_strangers, every_page_is_fit_for_members, every_page_is_fit_for_admins);

/// Of a telephone and of a desk, by day and by night.
const LOOKS: &[(u32, bool)] = &[(360, true), (1280, false), (360, false), (1280, true)];

/// How many of them a program judges: each width and each light is among those, and neither makes a difference to the other.
const JUDGED: usize = 2;

/// S25, S93
async fn every_page_is_fit_for_strangers(backend: Backend) {
    look(backend, Who::Stranger).await;
}

/// S25, S93
async fn every_page_is_fit_for_members(backend: Backend) {
    look(backend, Who::Member).await;
}

/// S25, S93
async fn every_page_is_fit_for_admins(backend: Backend) {
    look(backend, Who::Admin).await;
}

async fn look(backend: Backend, who: Who) {
    // What happens elsewhere meanwhile signs nobody out here.
    let app = TestApp::start_with(backend, &["--sessions-per-user", "9"]).await;
    let given = pages::furnish(&app).await;
    let browser = pages::window(&app, who).await;
    // The database changes what there is to see, not how it looks.
    let looks = match backend {
        Backend::Sqlite => LOOKS,
        Backend::Postgres => &LOOKS[..1],
    };
    let mut faults = Vec::new();
    for place in pages::all(&given).into_iter().filter(|place| place.who == who) {
        browser.goto(&place.address).await;
        faults.extend(look_at(&browser, &place.name(), place.status, looks).await);
    }
    let after = async |name: &str, status| {
        let looks = &looks[..looks.len().min(JUDGED)];
        faults.extend(look_at(&browser, &format!("after-{name}"), status, looks).await);
    };
    answers::walk(&app, &given, &browser, who, after).await;
    // The browser's own controls have pictures of their own.
    let away = |address: &String| !address.starts_with(app.base()) && !address.starts_with("data:");
    faults
        .extend(browser.asked().into_iter().filter(away).map(|address| format!("something asks {address}")));
    faults.extend(browser.violations_of_policy());
    faults.extend(browser.complaints());
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

/// What is wrong with the page in the window, as far as a program can tell.
async fn look_at(browser: &Browser, name: &str, status: u16, looks: &[(u32, bool)]) -> Vec<String> {
    let mut faults = Vec::new();
    if browser.status() != status {
        faults.push(format!("answers {}: {}", browser.status(), browser.text("main").await));
    }
    for (index, (width, dark)) in looks.iter().enumerate() {
        browser.set_width(*width).await;
        browser.set_dark(*dark).await;
        if index < JUDGED {
            let scrolls = browser.evaluate("document.scrollingElement.scrollWidth").await;
            if scrolls.as_u64().is_none_or(|scrolls| scrolls > u64::from(*width)) {
                faults.push(format!("is {scrolls} wide on {width} pixels"));
            }
            let found = browser.axe().await;
            faults.extend(found.into_iter().map(|fault| format!("at {width}, dark {dark}: {fault}")));
        }
        if looks.len() > 1 {
            browser.screenshot(&picture(name, *width, *dark), *width, *dark).await;
        }
    }
    faults.into_iter().map(|fault| format!("{name}: {fault}")).collect()
}

fn picture(name: &str, width: u32, dark: bool) -> PathBuf {
    let light = if dark { "dark" } else { "light" };
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/screenshots");
    folder.join(format!("{name}-{width}-{light}.png"))
}
