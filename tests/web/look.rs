//! Every page in a real browser: at the width of a telephone and of a desk, in light and dark.
//!
//! The pictures go to `target/screenshots`, to be looked at.

use std::path::{Path, PathBuf};

use super::pages::{self, Place, Who};
use crate::harness::{Backend, Browser, TestApp};

on_both!(every_page_is_fit_for_strangers, every_page_is_fit_for_members, every_page_is_fit_for_admins);

/// Of a telephone and of a desk, by day and by night.
const LOOKS: &[(u32, bool)] = &[(360, true), (360, false), (1280, true), (1280, false)];

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
    let app = TestApp::start(backend).await;
    let given = pages::furnish(&app).await;
    let browser = pages::window(&app, who).await;
    let mut faults = Vec::new();
    for place in pages::all(&given).into_iter().filter(|place| place.who == who) {
        faults.extend(look_at(&browser, &place, backend).await);
    }
    // The browser's own controls have pictures of their own.
    let away = |address: &String| !address.starts_with(app.base()) && !address.starts_with("data:");
    faults
        .extend(browser.asked().into_iter().filter(away).map(|address| format!("something asks {address}")));
    faults.extend(browser.violations_of_policy());
    faults.extend(browser.complaints());
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

/// What is wrong with a page, as far as a program can tell.
async fn look_at(browser: &Browser, place: &Place, backend: Backend) -> Vec<String> {
    let mut faults = Vec::new();
    browser.goto(&place.address).await;
    if browser.status() != place.status {
        faults.push(format!("answers {}", browser.status()));
    }
    // The database changes what there is to see, not how it looks.
    let looks = match backend {
        Backend::Sqlite => LOOKS,
        Backend::Postgres => &LOOKS[..1],
    };
    for (width, dark) in looks {
        browser.set_width(*width).await;
        browser.set_dark(*dark).await;
        let scrolls = browser.evaluate("document.scrollingElement.scrollWidth").await;
        if scrolls.as_u64().is_none_or(|scrolls| scrolls > u64::from(*width)) {
            faults.push(format!("is {scrolls} wide on {width} pixels"));
        }
        let found = browser.axe().await;
        faults.extend(found.into_iter().map(|fault| format!("at {width}, dark {dark}: {fault}")));
        if backend == Backend::Sqlite {
            browser.screenshot(&picture(place, *width, *dark), *width, *dark).await;
        }
    }
    let (place, who) = (&place.address, place.who);
    faults.into_iter().map(|fault| format!("{place} for a {who:?}: {fault}")).collect()
}

fn picture(place: &Place, width: u32, dark: bool) -> PathBuf {
    let light = if dark { "dark" } else { "light" };
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../target/screenshots")
        .join(format!("{}-{width}-{light}.png", place.name()))
}
