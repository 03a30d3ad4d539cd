//! How often a page asks the database: as often for twenty entries as for one.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};

use super::blog::{page_of, say, write};
use crate::harness::database::TestDatabase;
use crate::harness::{Backend, Process, Visitor, given};

on_both!(a_full_page_asks_no_more_than_one_with_a_single_entry);

async fn a_full_page_asks_no_more_than_one_with_a_single_entry(backend: Backend) {
    let database = TestDatabase::new(backend);
    let server = Process::start(&[
        ("DATABASE_URL", &database.url()),
        ("SECRET_KEY", given::SECRET_KEY),
        ("LOG_FORMAT", "json"),
        ("LOG_LEVEL", "debug"),
        ("RATE_LIMITS", "off"),
        ("SESSIONS_PER_USER", "5"),
        ("DATABASE_POOL_SIZE", "2"),
    ]);
    let stranger = server.anonymous();
    stranger.post("/api/auth/register", given::registration("alice")).await.assert_status(201);
    let alice = stranger.sign_in("alice").await;
    let member = Visitor::at(&format!("http://{}", server.address()));
    member.sign_in("alice").await;
    let reader = Visitor::at(&format!("http://{}", server.address()));
    let post = write(&alice, "Post", "Text.", "published").await;
    write(&alice, "Draft", "Text.", "draft").await;
    say(&alice, &post, "Words.").await;
    let own = page_of(&post);
    let places = [
        (&reader, "/blog"),
        (&reader, &*own),
        (&reader, "/blog/feed.atom"),
        (&reader, "/states"),
        (&member, "/blog"),
        (&member, "/blog/drafts"),
        (&member, &*own),
    ];
    let mut with_one = Vec::new();
    for (visitor, path) in places {
        with_one.push(asked(&server, visitor, path).await);
    }
    for n in 0..24 {
        // Of another author each, where that is how a page would come to ask more.
        let name = format!("author{}", n % 6);
        stranger.post("/api/auth/register", given::registration(&name)).await;
        let author = stranger.sign_in(&name).await;
        write(&author, &format!("Post {n}"), "Text.", "published").await;
        write(&alice, &format!("Draft {n}"), "Text.", "draft").await;
        say(&author, &post, "More words.").await;
    }
    for ((visitor, path), one) in places.into_iter().zip(with_one) {
        let many = asked(&server, visitor, path).await;
        let entries = visitor.get(path).await.count("article.card, .cards li");
        assert!(entries >= 20 || path.contains(".atom"), "{path}: {entries}");
        // The session is looked up once a second.
        let others = |asked: &[String]| asked.iter().filter(|sql| !sql.contains("sessions")).count();
        assert!(others(&many) <= others(&one), "{path}: {} and then {}: {many:#?}", one.len(), many.len());
        assert!((1..=6).contains(&others(&many)), "{path}: {many:#?}");
    }
}

/// The statements about people and what they write that the server sends for the page at `path`.
async fn asked(server: &Process, visitor: &Visitor, path: &str) -> Vec<String> {
    static NUMBER: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let [before, after] = [format!("before-{number}"), format!("after-{number}")];
    for (path, name) in [("/health/live", &before), (path, &after)] {
        let named = visitor.request(Method::GET, path).header("x-request-id", name);
        visitor.send(named).await.assert_status(200);
    }
    let begun = Instant::now();
    loop {
        let said = server.said();
        let between =
            said.split_once(&before).and_then(|(_, rest)| Some(rest.split_once(&after)?.0.to_owned()));
        if let Some(between) = between {
            let lines = between.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
            let queries = lines.filter(|line| line["target"] == json!("database"));
            let queries = queries.filter_map(|line| line["sql"].as_str().map(str::to_owned));
            let is_of_pages = |sql: &String| {
                ["posts", "comments", "states", "users"].iter().any(|table| sql.contains(table))
            };
            return queries.filter(is_of_pages).collect();
        }
        assert!(begun.elapsed() < Duration::from_secs(20), "the log does not come to {after}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
