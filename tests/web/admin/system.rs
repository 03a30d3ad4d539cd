//! The page that says how the server is.

use super::{holder, officer};
use crate::harness::{Backend, Redis, TestApp, given};

on_both!(
    the_system_page_tells_of_every_part_and_no_secret,
    it_is_for_those_who_decide_what_others_may_do,
    what_is_away_is_told_and_keeps_nobody_waiting,
);

async fn the_system_page_tells_of_every_part_and_no_secret(backend: Backend) {
    let canary = "canary-of-a-metrics-token-of-32-bytes";
    let app = TestApp::start_with(
        backend,
        &["--metrics-token", canary, "--smtp-url", "smtp://me:hunter2@127.0.0.1:1"],
    )
    .await;
    let page = app.visitor_admin().await.get("/admin/system").await;
    page.assert_status(200);
    let parts = page.texts("tbody:first-of-type th[scope=row]");
    for part in [
        "Version",
        "Database",
        "Database schema",
        "Search index",
        "Database connections",
        "Redis",
        "Pictures",
        "Mail",
    ] {
        assert!(parts.contains(&part.to_owned()), "{part}: {parts:?}");
    }
    let told = page.texts("td").join("|");
    for words in [env!("CARGO_PKG_VERSION"), "as this version wants it", "not used", "answers", "127.0.0.1:1"]
    {
        assert!(told.contains(words), "{words}: {told}");
    }
    assert!(
        page.texts("section[aria-labelledby=settings] th code").contains(&"SESSIONS_PER_USER".to_owned())
    );
    assert!(page.texts("section[aria-labelledby=queues] th").contains(&"hash".to_owned()));
    for secret in [canary, "hunter2", given::SECRET_KEY] {
        assert!(!page.text.contains(secret), "{secret}: {}", page.text);
    }
}

/// S65: an editor and an officer of other things see nothing of it.
async fn it_is_for_those_who_decide_what_others_may_do(backend: Backend) {
    let app = super::start(backend).await;
    let editor = holder(&app, "edith", &["editor", "member"]).await;
    let clerk = officer(&app, "clerk", &["users.read", "users.write", "mail.manage", "audit.read"]).await;
    for visitor in [editor, clerk] {
        visitor.get("/admin/system").await.assert_status(403);
    }
    let registrar = officer(&app, "registrar", &["roles.manage"]).await;
    registrar.get("/admin/system").await.assert_status(200);
}

async fn what_is_away_is_told_and_keeps_nobody_waiting(backend: Backend) {
    let redis = Redis::start();
    let app = TestApp::start_with(backend, &["--redis-url", &redis.url()]).await;
    let admin = app.visitor_admin().await;
    let row = async || {
        let page = admin.get("/admin/system").await;
        let rows = page.assert_status(200).texts("tbody tr");
        rows.into_iter().find(|row| row.starts_with("Redis")).unwrap()
    };
    assert!(row().await.contains("fine"));
    drop(redis);
    assert!(row().await.contains("does not answer"));
}
