//! What each field of a profile takes.

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::client::{Answer, Client};
use crate::harness::{Backend, TestApp};

on_both!(
    metadata_comes_back_as_it_was_sent,
    metadata_has_bounds,
    a_telephone_number_is_kept_in_one_form,
    a_day_of_birth_is_a_real_day_that_has_come,
    names_are_kept_as_typed_and_hide_nothing,
);

/// Key order, great numbers, the writing of numbers and of letters: everything a parser in between would lose.
async fn metadata_comes_back_as_it_was_sent(backend: Backend) {
    let app = TestApp::start(backend).await;
    let alice = app.signed_in("alice").await;
    for metadata in [
        "{}",
        r#"{"zebra":1,"apple":2,"mango":{"b":1,"a":2}}"#,
        r#"{"id":12345678901234567890123456789,"small":-9007199254740993,"exact":0.1000000000000000055511151231257827}"#,
        r#"{"a":1.0,"b":1e2,"c":1E+2,"d":-0,"e":-0.0,"f":1.10}"#,
        r#"{"text":"\u00e9 é \n \"quoted\" \/ \\ 😀 \ud83d\ude00 <script>"}"#,
        r#"{"empty":"","null":null,"list":[1,[2,[3,[4]]],{}],"":"no name"}"#,
        r#"{ "space" : [ 1 ,  2 ] }"#,
        r#"{"__proto__":{"x":1},"constructor":"x"}"#,
        r#"{"कुंजी":"मान","鍵":"値"}"#,
    ] {
        let changed = change(&alice, &format!(r#"{{"metadata":{metadata}}}"#)).await;
        let kept = format!(r#""metadata":{metadata}"#);
        assert!(changed.assert_status(200).text.contains(&kept), "{metadata}: {}", changed.text);
        for node in [&app, &app.second_node().await] {
            let profile = alice.at(node).get("/api/auth/profile").await;
            assert!(profile.assert_status(200).text.contains(&kept), "{metadata}: {}", profile.text);
        }
    }
}

/// 16 KiB and eight levels, both to the last byte and level.
async fn metadata_has_bounds(backend: Backend) {
    let app = TestApp::start(backend).await;
    let alice = app.signed_in("alice").await;
    let nested =
        |levels: usize| format!("{}{}", r#"{"a":"#.repeat(levels - 1) + "{}", "}".repeat(levels - 1));
    let long = |bytes: usize| format!(r#"{{"a":"{}"}}"#, "x".repeat(bytes - r#"{"a":""}"#.len()));
    for taken in [nested(8), long(16 * 1024)] {
        change(&alice, &format!(r#"{{"metadata":{taken}}}"#)).await.assert_status(200);
    }
    let before = alice.get("/api/auth/profile").await.text;
    for refused in [
        nested(9),
        nested(100),
        nested(1000),
        long(16 * 1024 + 1),
        long(60_000),
        r#"{"a":1,"a":2}"#.to_owned(),
        r#"{"a":{"b":1,"\u0062":2}}"#.to_owned(),
        r#"{"a":"\u0000"}"#.to_owned(),
        r#"{"\u0000":1}"#.to_owned(),
        r#"{"a":"\ud800"}"#.to_owned(),
        r#"{"a":1e999}"#.to_owned(),
        "[]".to_owned(),
        "\"text\"".to_owned(),
        "17".to_owned(),
        "false".to_owned(),
    ] {
        let answer = change(&alice, &format!(r#"{{"metadata":{refused}}}"#)).await;
        assert!(matches!(answer.status, 400 | 422), "{refused:.60}: {}", answer.text);
        if answer.status == 422 {
            assert_eq!(answer.complaints("metadata").len(), 1, "{refused:.60}: {}", answer.text);
        }
    }
    assert_eq!(alice.get("/api/auth/profile").await.text, before);
}

async fn a_telephone_number_is_kept_in_one_form(backend: Backend) {
    let app = TestApp::start(backend).await;
    let alice = app.signed_in("alice").await;
    for (typed, kept) in [
        ("+91 98765 43210", "+919876543210"),
        ("+91-98765-43210", "+919876543210"),
        ("+1 (202) 456-1111", "+12024561111"),
        ("+44 (0)20 7946 0018", "+442079460018"),
    ] {
        let answer = alice.patch("/api/auth/profile", json!({ "phone": typed })).await;
        assert_eq!(answer.assert_status(200).body["profile"]["phone"], json!(kept));
    }
    for typed in
        ["", "9876543210", "+91", "+999 123456789", "+91 98765 4321x", "+91\n9876543210", "+9198765432\0"]
    {
        assert_refused(&alice, "phone", &json!(typed)).await;
    }
}

/// The clock of these tests stands on 15 January 2026.
async fn a_day_of_birth_is_a_real_day_that_has_come(backend: Backend) {
    let app = TestApp::start(backend).await;
    let alice = app.signed_in("alice").await;
    for day in ["1900-01-01", "1990-01-31", "2000-02-29", "2026-01-15"] {
        let answer = alice.patch("/api/auth/profile", json!({ "dob": day })).await;
        assert_eq!(answer.assert_status(200).body["profile"]["dob"], json!(day));
    }
    for day in [
        "",
        "2026-01-16",
        "2999-01-01",
        "1899-12-31",
        "0000-01-01",
        "2001-02-29",
        "1990-02-30",
        "1990-13-01",
        "1990-1-31",
        "31.01.1990",
        "1990-01-31T00:00:00Z",
        " 1990-01-31",
        "+1990-01-31",
        "١٩٩٠-٠١-٣١",
    ] {
        assert_refused(&alice, "dob", &json!(day)).await;
    }
}

/// S78: display stays as typed; nothing that turns, hides or ends a line gets in.
async fn names_are_kept_as_typed_and_hide_nothing(backend: Backend) {
    let app = TestApp::start(backend).await;
    let alice = app.signed_in("alice").await;
    let place = |user: &Value, field: &str| match field {
        "full_name" => user["full_name"].clone(),
        field => user["profile"][field].clone(),
    };
    for (field, most) in [("full_name", 150), ("nickname", 64)] {
        let longest = "字".repeat(most);
        for name in [
            "Éva Nagy",
            "Zoe\u{308}",
            "李小龍",
            "می\u{200c}خواهم",
            "O'Brien <b>&amp;</b>",
            "Ｗｉｄｅ",
            &longest,
        ] {
            let answer = alice.patch("/api/auth/profile", json!({ field: name })).await;
            assert_eq!(place(&answer.assert_status(200).body, field), json!(name));
        }
        let too_long = "x".repeat(most + 1);
        for name in [
            "",
            " ",
            " x",
            "x ",
            "a\0b",
            "a\nb",
            "a\u{202e}b",
            "a\u{200b}b",
            "a\u{2028}b",
            "a\u{e000}b",
            &too_long,
        ] {
            assert_refused(&alice, field, &json!(name)).await;
        }
        assert_eq!(place(&alice.get("/api/auth/profile").await.body, field), json!(longest));
    }
}

async fn assert_refused(alice: &Client, field: &str, value: &Value) {
    let answer = alice.patch("/api/auth/profile", json!({ field: value })).await;
    assert_eq!(answer.code(), "invalid_fields", "{value}: {}", answer.text);
    assert_eq!(answer.complaints(field).len(), 1, "{value}: {}", answer.text);
}

/// Sends `text` byte for byte.
async fn change(alice: &Client, text: &str) -> Answer {
    let request =
        alice.request(Method::PATCH, "/api/auth/profile").header("Content-Type", "application/json");
    alice.send(request.body(text.to_owned())).await
}
