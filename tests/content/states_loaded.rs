//! The guides of the release, put in at the start.

use serde_json::json;
use vestibule_content::load_states;
use vestibule_domain::time::Timestamp;
use vestibule_persistence::{Database, DatabaseUrl, PoolOptions};

use super::states::{body_of, editor};
use crate::accounts::count;
use crate::harness::database::TestDatabase;
use crate::harness::{Backend, TestApp};

on_both!(
    a_start_puts_in_what_is_missing_and_leaves_editors_words,
    many_nodes_that_start_at_once_put_each_guide_in_once,
    a_start_with_nothing_to_do_writes_nothing,
);

/// S102: an upgrade brings the release's words, but for those that editors wrote.
async fn a_start_puts_in_what_is_missing_and_leaves_editors_words(backend: Backend) {
    let app = TestApp::start(backend).await;
    let (stranger, editor) = (app.anonymous(), editor(&app).await);
    let released = body_of(&stranger, "AS").await;
    let mut body = body_of(&stranger, "KL").await;
    body["summary"] = json!("An editor wrote this.");
    editor.put("/api/states/KL", body.clone()).await.assert_status(200);
    // As an earlier release, and a clumsy operator, may have left it.
    app.database
        .sql("update states set summary = 'Of an earlier release.', slug = 'old-assam' where code = 'AS'");
    app.database.sql("delete from states where code in ('GA', 'MH')");
    app.clock.advance(std::time::Duration::from_hours(1));
    let second = app.second_node().await;
    let stranger = second.anonymous();
    assert_eq!(body_of(&stranger, "KL").await, body);
    assert_eq!(body_of(&stranger, "assam").await, released);
    let renewed = stranger.get("/api/states/AS").await.body["data"].clone();
    assert_eq!(renewed["version"], json!(2), "a copy of what stood there is known to be old");
    assert_eq!(stranger.get("/api/states").await.body["total"], json!(36));
    assert_eq!(stranger.get("/api/states/goa").await.assert_status(200).body["data"]["version"], json!(1));
    assert_eq!(count(&app.database, "select count(*) from states where version > 1"), 2);
}

/// F12: on an empty table, and on one of an earlier release.
async fn many_nodes_that_start_at_once_put_each_guide_in_once(backend: Backend) {
    let test = TestDatabase::new(backend);
    let url: DatabaseUrl = test.url().parse().unwrap();
    let options = PoolOptions { size: 2, ..PoolOptions::default() };
    Database::open(&url, options).migrate().unwrap();
    let now = Timestamp::from_unix_seconds(1_795_262_400).unwrap();
    for round in 1..=2 {
        std::thread::scope(|scope| {
            for _ in 0..8 {
                let database = Database::open(&url, options);
                scope.spawn(move || load_states(&database, now).unwrap());
            }
        });
        let versions = if round == 1 { "36|36|36" } else { "36|36|72" };
        assert_eq!(test.sql("select count(*), count(distinct slug), sum(version) from states"), versions);
        test.sql("update states set summary = 'Of an earlier release.'");
    }
}

async fn a_start_with_nothing_to_do_writes_nothing(backend: Backend) {
    let app = TestApp::start(backend).await;
    let before = app.database.sql("select * from states order by code");
    app.clock.advance(std::time::Duration::from_hours(1));
    let _second = app.second_node().await;
    assert_eq!(app.database.sql("select * from states order by code"), before);
    assert_eq!(before.lines().count(), 36);
}
