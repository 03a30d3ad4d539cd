//! The feed of the blog, as readers of feeds read it.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use super::blog::{start, write};
use super::naughty::assert_inert;
use crate::harness::{Backend, Page, TestApp, Visitor};

on_both!(
    the_feed_tells_the_newest_posts_to_readers,
    an_empty_feed_is_a_feed,
    a_feed_that_is_known_is_not_sent_again,
    nothing_anybody_writes_breaks_the_feed,
);

const PYTHON: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/venv/bin/python");

/// Has `feedparser`, of another language, read the feed: what it understands, and whether the feed is well-formed.
const SCRIPT: &str = r"
import json, sys, xml.dom.minidom
import feedparser
text = sys.stdin.buffer.read()
xml.dom.minidom.parseString(text)
read = feedparser.parse(text, sanitize_html=False)
assert not read.bozo, read.bozo_exception
entry = lambda e: {**{k: e.get(k) for k in ('id', 'title', 'link', 'author', 'published', 'updated')},
    'html': e.content[0].value, 'kind': e.content[0].type, 'title_kind': e.title_detail.type, 'base': e.content[0].base}
print(json.dumps({'version': read.version, 'id': read.feed.id, 'title': read.feed.title, 'updated': read.feed.updated,
    'links': sorted((l.rel, l.href) for l in read.feed.links), 'entries': [entry(e) for e in read.entries]}))
";

fn read(feed: &Page) -> Value {
    let install = "feedparser was not found in target/venv; type `just setup`";
    assert!(Path::new(PYTHON).is_file(), "{install}");
    let mut command = Command::new(PYTHON);
    command.args(["-c", SCRIPT]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut reader = command.spawn().unwrap();
    reader.stdin.take().unwrap().write_all(feed.text.as_bytes()).unwrap();
    let output = reader.wait_with_output().unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{install}, or: {complaint}\n{}", feed.text);
    serde_json::from_slice(&output.stdout).unwrap()
}

async fn feed(app: &TestApp) -> Page {
    let feed = app.visitor().get("/blog/feed.atom").await;
    assert_eq!(feed.assert_status(200).header("content-type"), Some("application/atom+xml; charset=utf-8"));
    feed
}

/// S67: drafts are in no feed.
async fn the_feed_tells_the_newest_posts_to_readers(backend: Backend) {
    let app = start(backend).await;
    let alice = app.signed_in("alice").await;
    for n in 1..=22 {
        app.clock.advance(Duration::from_mins(1));
        let text = format!("Tom & *Jerry* {n} <b>]]></b> [about](/states) &lt;script&gt;");
        write(&alice, &format!("Letter <{n}> & more"), &text, "published").await;
    }
    write(&alice, "Canary", "A canary.", "draft").await;
    app.clock.advance(Duration::from_hours(1));
    let newest = app.anonymous().get("/api/posts").await.body["data"][0].clone();
    let told = read(&feed(&app).await);
    let base = app.base();
    assert_eq!((&told["version"], &told["id"]), (&json!("atom10"), &json!(format!("{base}/blog"))));
    assert_eq!(
        told["links"],
        json!([["alternate", format!("{base}/blog")], ["self", format!("{base}/blog/feed.atom")]])
    );
    assert_eq!((&told["updated"], told["entries"].as_array().unwrap().len()), (&newest["updated_at"], 20));
    let entry = &told["entries"][0];
    let html = format!("<p>Tom &amp; <em>Jerry</em> 22 &lt;b&gt;]]&gt;&lt;/b&gt; <a href=\"{base}/states\"");
    assert!(entry["html"].as_str().unwrap().starts_with(&html), "{entry}");
    assert!(entry["html"].as_str().unwrap().ends_with("&lt;script&gt;</p>"), "{entry}");
    let rest = ["id", "title", "link", "author", "published", "updated", "kind", "title_kind"]
        .map(|name| entry[name].clone());
    let expected = [
        json!(format!("{base}/blog/{}", newest["id"])),
        json!("Letter <22> & more"),
        json!(format!("{base}/blog/{}", newest["slug"].as_str().unwrap())),
        json!("alice"),
        newest["published_at"].clone(),
        newest["updated_at"].clone(),
        json!("text/html"),
        json!("text/plain"),
    ];
    assert_eq!(rest, expected);
    // The name of an entry stays what it was whatever becomes of the post, and leads to it.
    let path = format!("/api/posts/{}", newest["id"]);
    alice.patch(&path, json!({ "title": "Renamed" })).await.assert_status(200);
    let again = read(&feed(&app).await);
    assert_eq!(
        (&again["entries"][0]["id"], &again["entries"][0]["title"]),
        (&entry["id"], &json!("Renamed"))
    );
    app.visitor().get(entry["id"].as_str().unwrap().strip_prefix(base).unwrap()).await.assert_status(301);
    assert!(!feed(&app).await.text.to_lowercase().contains("canary"));
}

async fn an_empty_feed_is_a_feed(backend: Backend) {
    let app = start(backend).await;
    let told = read(&feed(&app).await);
    assert_eq!((&told["entries"], &told["updated"]), (&json!([]), &json!("1970-01-01T00:00:00Z")));
}

async fn a_feed_that_is_known_is_not_sent_again(backend: Backend) {
    let app = start(backend).await;
    let alice = app.signed_in("alice").await;
    write(&alice, "First", "One.", "published").await;
    // What has just changed may change again within the second a date can tell.
    assert_eq!(feed(&app).await.header("last-modified"), None);
    app.clock.advance(Duration::from_mins(1));
    let known = feed(&app).await;
    assert_eq!(known.header("cache-control"), Some("public, max-age=300"));
    assert_eq!(known.header("last-modified"), Some("Thu, 15 Jan 2026 12:00:00 GMT"));
    let tag = known.header("etag").unwrap().to_owned();
    let ask = async |visitor: &Visitor, pairs: &[(&str, &str)]| {
        let request = visitor.request(Method::GET, "/blog/feed.atom");
        visitor.send(pairs.iter().fold(request, |request, (name, value)| request.header(*name, *value))).await
    };
    let member = app.visitor_signed_in("bob").await;
    let date = "Thu, 15 Jan 2026 12:00:00 GMT";
    for visitor in [&app.visitor(), &member] {
        for pairs in [
            vec![("if-none-match", &*tag)],
            vec![("if-none-match", "\"x\", *")],
            vec![("if-modified-since", date)],
            vec![("if-none-match", &*tag), ("if-modified-since", "Wed, 15 Jan 2020 12:00:00 GMT")],
        ] {
            let answer = ask(visitor, &pairs).await;
            assert_eq!(
                (answer.status, answer.text.as_str(), answer.header("etag")),
                (304, "", Some(&*tag)),
                "{pairs:?}"
            );
            assert_eq!(answer.header("set-cookie"), None);
        }
        for pairs in [
            vec![("if-none-match", "\"x\"")],
            vec![("if-none-match", "\"x\""), ("if-modified-since", date)],
            vec![("if-modified-since", "Thu, 15 Jan 2026 12:00:01 GMT")],
            vec![("if-modified-since", "yesterday")],
        ] {
            assert_eq!(ask(visitor, &pairs).await.status, 200, "{pairs:?}");
        }
    }
    write(&alice, "Second", "Two.", "published").await;
    assert_eq!(ask(&app.visitor(), &[("if-none-match", &tag)]).await.status, 200);
    assert_eq!(ask(&app.visitor(), &[("if-modified-since", date)]).await.status, 200);
}

/// S24: whatever is written, the feed is well-formed, and its HTML harmless.
async fn nothing_anybody_writes_breaks_the_feed(backend: Backend) {
    let app = start(backend).await;
    let alice = app.signed_in("alice").await;
    let strings = crate::content::strings();
    let controls: String =
        (1..32_u8).map(char::from).chain(['\u{7f}', '\u{85}', '\u{fffe}', '\u{feff}', '\u{2028}']).collect();
    let texts = [
        controls,
        "]]><script>alert(1)</script>".to_owned(),
        "&amp;amp; &#0; &#x1; <?php ?> <!DOCTYPE x [<!ENTITY y \"z\">]>&y;".to_owned(),
    ];
    for part in strings.chunks(60).map(|part| part.join("\n\n")).chain(texts) {
        write(&alice, "]]> & <title>", &format!("a\n\n{part}"), "published").await;
    }
    let told = read(&feed(&app).await);
    let entries = told["entries"].as_array().unwrap();
    assert!(entries.len() > 9, "{}", entries.len());
    for entry in entries {
        assert_inert(entry["html"].as_str().unwrap(), "body", "the feed");
        assert_eq!(entry["title"], json!("]]> & <title>"));
    }
}
