//! How often the database is asked for a page.

use serde_json::{Value, json};

use crate::accounts::import;
use crate::harness::database::TestDatabase;
use crate::harness::{Backend, Process, Visitor, given};

on_both!(a_longer_list_asks_no_more_often);

/// The statements that are sent for one look at `path`, as the log has them: the fewest of three looks, for what runs in the
/// background may ask at the same moment.
async fn statements(process: &Process, visitor: &Visitor, path: &str) -> usize {
    let mut counts = Vec::new();
    for _ in 0..3 {
        let before = logged(process, visitor, "/privacy").await.len();
        let lines = logged(process, visitor, path).await;
        let about = ["users", "comments", "posts", "audit_events"];
        let sql = lines.iter().skip(before).filter_map(|line| line["sql"].as_str());
        counts.push(
            sql.filter(|sql| sql.starts_with("SELECT") && about.iter().any(|it| sql.contains(it))).count(),
        );
    }
    counts.into_iter().min().unwrap()
}

/// Looks at `path`, and answers the whole log up to then: the line of the access log is the last of a request.
async fn logged(process: &Process, visitor: &Visitor, path: &str) -> Vec<Value> {
    let page = visitor.get(path).await;
    page.assert_status(200);
    let id = page.header("x-request-id").unwrap().to_owned();
    loop {
        let said = process.said();
        let lines: Vec<Value> = said.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        let is_last = |line: &Value| line["target"] == "access" && line["request_id"] == *id;
        if let Some(last) = lines.iter().position(is_last) {
            return lines.into_iter().take(last + 1).collect();
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
}

async fn a_longer_list_asks_no_more_often(backend: Backend) {
    let database = TestDatabase::new(backend);
    let process = Process::start(&[
        ("DATABASE_URL", &database.url()),
        ("SECRET_KEY", given::SECRET_KEY),
        ("LOG_FORMAT", "json"),
        ("LOG_LEVEL", "debug"),
        ("RATE_LIMITS", "off"),
        ("SESSIONS_PER_USER", "100"),
    ]);
    let client = process.anonymous();
    client.post("/api/auth/register", given::registration("keeper")).await.assert_status(201);
    let keeper = client.sign_in("keeper").await;
    let admin = Visitor::at(&format!("http://{}", process.address()));
    admin.sign_in("keeper").await;
    let mut asked = Vec::new();
    for count in [1, 12] {
        for n in 0..count {
            let name = format!("person-{count}-{n}");
            // Not by the server, which would have mails to write then, and ask for what they say.
            import(&database, &name, None, "!");
            let post =
                json!({ "title": format!("Letter {count} {n}"), "content": "Rain.", "status": "published" });
            let post = keeper.post("/api/posts", post).await.assert_status(201).body["data"]["id"].clone();
            let path = format!("/api/posts/{post}/comments");
            keeper.post(&path, json!({ "content": "Dry here." })).await.assert_status(201);
        }
        let mut counts = Vec::new();
        for path in
            ["/admin/users?page_size=100", "/admin/posts", "/admin/comments", "/admin/audit?page_size=100"]
        {
            counts.push(statements(&process, &admin, path).await);
        }
        asked.push(counts);
    }
    assert_eq!(asked[0], asked[1], "a row more is a statement more");
    assert!(asked[0].iter().all(|count| (1..=8).contains(count)), "{asked:?}");
}
