//! The big list of naughty strings, through every field people write and back.
//!
//! The list is that of the npm package `big-list-of-naughty-strings` 1.0.0, under the MIT licence that lies beside it.

use serde_json::{Value, json};
use vestibule_domain::comment::CommentContent;
use vestibule_domain::post::{PostContent, Title};

use super::posts::{path, write};
use crate::harness::client::Client;
use crate::harness::{Backend, TestApp};

on_both!(every_naughty_string_comes_back_as_it_went_in);

/// Every string of the list.
pub(crate) fn strings() -> Vec<String> {
    let list: Vec<String> = serde_json::from_str(include_str!("../data/naughty-strings/blns.json")).unwrap();
    assert!(list.len() > 400, "{}", list.len());
    list
}

/// S24, S91, S78: as it was written, or refused by a sentence that names the field; and nothing of it acts.
async fn every_naughty_string_comes_back_as_it_went_in(backend: Backend) {
    let app = TestApp::start(backend).await;
    let alice = app.signed_in("alice").await;
    let place = write(&alice, "A place for comments", "published").await;
    let comments = format!("{}/comments", path(&place));
    let mut taken = [0; 3];
    for text in strings() {
        let title = text.parse::<Title>().ok().map(|title| title.as_str().to_owned());
        let body = json!({ "title": text, "content": "x", "status": "published" });
        let post = sent(&alice, "/api/posts", body, "title", title.as_deref()).await;
        taken[0] += usize::from(post.is_some());
        if let Some(post) = post {
            let slug = post["slug"].as_str().unwrap();
            let read = app.anonymous().get(&format!("/api/posts/{slug}")).await;
            assert_eq!(read.assert_status(200).body["data"], post, "{text:?}");
        }
        let content = text.parse::<PostContent>().ok().map(|_| text.as_str());
        let body = json!({ "title": "x", "content": text, "status": "published" });
        let post = sent(&alice, "/api/posts", body, "content", content).await;
        taken[1] += usize::from(post.is_some());
        if let Some(post) = post {
            let html = post["content_html"].as_str().unwrap();
            assert_harmless(html, &text);
            assert_eq!(app.anonymous().get(&path(&post)).await.body["data"], post, "{text:?}");
        }
        let comment = text.parse::<CommentContent>().ok().map(|_| text.as_str());
        let said = sent(&alice, &comments, json!({ "content": text }), "content", comment).await;
        taken[2] += usize::from(said.is_some());
    }
    // Most of them are texts that somebody may well mean.
    assert!(taken.iter().all(|taken| *taken > 380), "{taken:?}");
}

/// What was kept, where `expected` is what it must come back as; nothing where it must be refused.
async fn sent(alice: &Client, path: &str, body: Value, field: &str, expected: Option<&str>) -> Option<Value> {
    let answer = alice.post(path, body).await;
    let Some(expected) = expected else {
        answer.assert_error(422, "invalid_fields");
        assert_eq!(answer.complaints(field).len(), 1, "{}", answer.text);
        return None;
    };
    let kept = answer.assert_status(201).body["data"].clone();
    assert_eq!(kept[field], json!(expected));
    Some(kept)
}

/// Every element is one of ours, with attributes of ours: text shows `<` as `&lt;`.
fn assert_harmless(html: &str, text: &str) {
    const KNOWN: [&str; 27] = [
        "p",
        "br",
        "hr",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "blockquote",
        "pre",
        "code",
        "ul",
        "ol",
        "li",
        "em",
        "strong",
        "del",
        "a",
        "img",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "sup",
        "div",
    ];
    for tag in html.split('<').skip(1).map(|rest| rest.split('>').next().unwrap()) {
        let mut words = tag.trim_start_matches('/').split_whitespace();
        let name = words.next().unwrap_or_default();
        assert!(KNOWN.contains(&name), "{text:?}: {html}");
        // Outside of quotes there are names of attributes alone.
        let outside: String = tag[name.len()..].split('"').step_by(2).collect();
        assert!(!outside.contains("on") && !outside.contains("style"), "{text:?}: {html}");
        assert!(!tag.to_lowercase().contains("=\"javascript:"), "{text:?}: {html}");
    }
}
