//! The big list of naughty strings, through the contact form and the guides to the states and back.

use std::str::FromStr;

use serde_json::{Value, json};
use vestibule_domain::contact::{ContactName, ContactText, Subject};
use vestibule_domain::guide::{GuideLine, Highlight, Language, Summary};

use super::contact::message;
use super::naughty::strings;
use super::states::{body_of, editor};
use crate::harness::client::{Answer, Client};
use crate::harness::{Backend, TestApp};

on_both!(every_naughty_message_comes_back_as_it_went_in, every_naughty_guide_comes_back_as_it_went_in);

/// What is kept of `text` in a line of type `T`.
fn line<T: FromStr>(text: &str) -> Option<String> {
    text.parse::<T>().ok().map(|_| text.trim().to_owned())
}

/// What is kept of `text` in a text of type `T`.
fn whole<T: FromStr>(text: &str) -> Option<String> {
    text.parse::<T>().ok().map(|_| text.to_owned())
}

/// Whether it was kept as `expected`; where nothing is expected it was refused by a sentence beside the field.
fn is_kept(answer: &Answer, field: &str, expected: Option<&Value>) -> bool {
    let Some(expected) = expected else {
        answer.assert_error(422, "invalid_fields");
        assert_eq!(answer.complaints(field).len(), 1, "{}", answer.text);
        return false;
    };
    assert!(matches!(answer.status, 200 | 201), "{field}: {}", answer.text);
    assert_eq!(answer.body["data"][field], *expected);
    true
}

/// S24, S91: as it was written, in the inbox too.
async fn every_naughty_message_comes_back_as_it_went_in(backend: Backend) {
    let app = TestApp::start(backend).await;
    let (stranger, keeper) = (app.anonymous(), app.admin().await);
    let (mut sent, mut taken) = (Vec::new(), [0; 3]);
    for text in strings() {
        let fields = [
            ("name", line::<ContactName>(&text)),
            ("subject", line::<Subject>(&text)),
            ("message", whole::<ContactText>(&text)),
        ];
        for (n, (field, expected)) in fields.into_iter().enumerate() {
            let mut body = message("Hello");
            body[field] = json!(text);
            let answer = stranger.post("/api/contact", body).await;
            if is_kept(&answer, field, expected.map(Value::from).as_ref()) {
                taken[n] += 1;
                sent.insert(0, answer.body["data"].clone());
            }
        }
    }
    assert!(taken.iter().all(|taken| *taken > 380), "{taken:?}");
    assert_eq!(inbox(&keeper).await, sent);
}

async fn inbox(keeper: &Client) -> Vec<Value> {
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = keeper.get(&format!("/api/contact?page_size=100{cursor}")).await;
        seen.extend(page.assert_status(200).body["data"].as_array().unwrap().clone());
        let Some(next) = page.body["next_cursor"].as_str() else { return seen };
        cursor = format!("&cursor={next}");
    }
}

/// S24, S91: in every text of a guide at once; and a search for it finds the guide by what it says.
async fn every_naughty_guide_comes_back_as_it_went_in(backend: Backend) {
    let app = TestApp::start(backend).await;
    let (stranger, editor) = (app.anonymous(), editor(&app).await);
    let whole_body = body_of(&stranger, "KL").await;
    let mut taken = [0; 6];
    for text in strings() {
        let fields = [
            ("name", json!(text), line::<GuideLine>(&text).map(Value::from)),
            ("capital", json!(text), line::<GuideLine>(&text).map(Value::from)),
            ("region", json!(text), line::<GuideLine>(&text).map(Value::from)),
            ("languages", json!([text]), line::<Language>(&text).map(|text| json!([text]))),
            ("highlights", json!([text]), line::<Highlight>(&text).map(|text| json!([text]))),
            ("summary", json!(text), whole::<Summary>(&text).map(Value::from)),
        ];
        // All that is good goes in with one request; each that is not is refused by itself.
        let mut body = whole_body.clone();
        for (n, (field, value, expected)) in fields.iter().enumerate() {
            if expected.is_some() {
                body[*field] = value.clone();
                taken[n] += 1;
            } else {
                let mut wrong = whole_body.clone();
                wrong[*field] = value.clone();
                is_kept(&editor.put("/api/states/KL", wrong).await, field, None);
            }
        }
        let edited = editor.put("/api/states/KL", body).await;
        for (field, _, expected) in fields.iter().filter(|(_, _, expected)| expected.is_some()) {
            is_kept(&edited, field, expected.as_ref());
        }
        let read = stranger.get("/api/states/KL").await;
        assert_eq!(read.assert_status(200).body["data"], edited.body["data"], "{text:?}");
        search(&stranger, &text, line::<GuideLine>(&text).is_some()).await;
    }
    assert!(taken.iter().all(|taken| *taken > 300), "{taken:?}");
}

async fn search(stranger: &Client, text: &str, is_there: bool) {
    let request = stranger.request(reqwest::Method::GET, "/api/states?page_size=100");
    let mut url = request.build().unwrap().url().clone();
    url.query_pairs_mut().append_pair("q", text);
    let answer = stranger.get(&format!("{}?{}", url.path(), url.query().unwrap())).await;
    if is_there && text.trim().chars().count() <= 100 {
        let found = answer.assert_status(200).body["data"].as_array().unwrap().clone();
        assert!(found.iter().any(|guide| guide["code"] == "KL"), "{text:?}: {}", answer.text);
    } else {
        assert!(matches!(answer.status, 200 | 422), "{text:?}: {}", answer.text);
    }
}
