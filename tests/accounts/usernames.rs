//! Names people choose.

use serde_json::json;

use super::count;
use crate::harness::{Backend, TestApp, given};

on_both!(deceiving_names_are_refused, names_of_any_script_are_shown_as_typed);

/// S78: nothing that hides, turns or passes for something else, and no name the service needs.
const DECEIVING: &[&str] = &[
    "ali\0ce",
    "ali\u{7}ce",
    "ali\nce",
    "ali\u{202e}ce",
    "ali\u{2066}ce",
    "ali\u{200b}ce",
    "ali\u{200d}ce",
    "ali\u{feff}ce",
    "ali\u{ad}ce",
    "ali\u{e000}ce",
    "ali\u{fffd}ce",
    "ali\u{2028}ce",
    "ali\u{3164}ce",
    "ali\u{1f600}ce",
    "ali ce",
    "ali\u{a0}ce",
    " alice",
    "alice ",
    ".alice",
    "alice-",
    "ali@ce",
    "ali+ce",
    "ali/ce",
    "../alice",
    "<b>alice</b>",
    "alice'--",
    "{{7*7}}",
    "${jndi}",
    "%s%s%s",
    "al",
    "",
    "\u{301}\u{301}\u{301}",
    "a\u{301}\u{301}\u{301}\u{301}\u{301}bc",
    "аlice",
    "p\u{430}ypal",
    "ali\u{441}e",
    "α\u{3bb}ice",
    "12\u{664}4",
    "admin",
    "Admin",
    "ＡＤＭＩＮ",
    "ad.min",
    "a-d_m.i-n",
    "\u{430}dmin",
    "\u{430}\u{501}m\u{456}n",
    "adm\u{131}n",
    "\u{e1}dmin",
    "ADMlN",
    "r00t",
    "support",
    "no-reply",
    "api",
    "well-known",
    "postmaster",
    "null",
];

async fn deceiving_names_are_refused(backend: Backend) {
    let app = TestApp::start(backend).await;
    let long = "a".repeat(65);
    for name in DECEIVING.iter().copied().chain([&*long]) {
        let mut body = given::registration("alice");
        body["username"] = json!(name);
        let answer = app.anonymous().post("/api/auth/register", body).await;
        assert_eq!(answer.code(), "invalid_fields", "{name:?}: {}", answer.text);
        assert_eq!(answer.complaints("username").len(), 1, "{name:?}: {}", answer.text);
    }
    assert_eq!(count(&app.database, "select count(*) from users"), 0);
}

/// S78: what is kept is what was typed; only the key is folded.
async fn names_of_any_script_are_shown_as_typed(backend: Backend) {
    let app = TestApp::start(backend).await;
    let names = [
        "Ｊｏｈｎ２",
        "Jos\u{e9}",
        "Zoe\u{308}",
        "\u{41c}\u{430}\u{440}\u{438}\u{44f}",
        "李小龍",
        "\u{92e}\u{940}\u{930}\u{93e}",
        "علي_٣٤",
        "山田Taro",
        "x_y.z-9",
        "12345",
    ];
    for (n, name) in names.into_iter().enumerate() {
        let mut body = given::registration(&format!("n{n}"));
        body["username"] = json!(name);
        let answer = app.anonymous().post("/api/auth/register", body).await;
        assert_eq!(answer.assert_status(201).body["user"]["username"], json!(name));
        let session = super::sign_in(&app.anonymous(), &name.to_lowercase(), given::PASSWORD).await;
        assert_eq!(session.assert_status(200).body["user"]["username"], json!(name));
    }
}
