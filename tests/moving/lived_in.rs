//! An installation that was lived in, with something in every table.

use std::time::Duration;

use serde_json::json;

use crate::accounts::sign_in;
use crate::harness::client::Client;
use crate::harness::database::TestDatabase;
use crate::harness::{Backend, Process, given};

/// A server that keeps its things in `database`; not started.
pub(super) fn server(database: &TestDatabase) -> Process {
    let url = database.url();
    Process::prepare(&[
        ("DATABASE_URL", &url),
        ("SECRET_KEY", given::SECRET_KEY),
        ("PUBLIC_URL", "http://localhost"),
        ("SESSIONS_PER_USER", "5"),
        ("RATE_LIMITS", "off"),
    ])
}

/// Starts it.
pub(super) fn run(server: &mut Process) {
    server.spawn();
    server.wait_until_ready();
}

/// Stops it in good order.
pub(super) fn stop(server: &mut Process) {
    server.terminate();
    assert!(server.wait().success());
}

/// Text with all that a line of text has trouble with.
const KNOTS: &str = "tab\tnewline\nreturn\r\\ \\N \\. \\t \u{b}\u{8}\u{7f}'\"\u{928}\u{1f40e}\u{2028} end ";

/// What a life leaves behind in every table.
fn fill(database: &TestDatabase, backend: Backend) {
    let character = if backend == Backend::Sqlite { "char" } else { "chr" };
    let knots = KNOTS.chars().fold(String::new(), |sql, c| match c {
        c if c.is_control() => format!("{sql}'||{character}({})||'", u32::from(c)),
        '\'' => sql + "''",
        c => sql + &c.to_string(),
    });
    let knots = format!("'{knots}'");
    let (yes, bytes) = if backend == Backend::Sqlite {
        ("1", "x'00ff095c0a'")
    } else {
        ("true", "decode('00ff095c0a', 'hex')")
    };
    // The harness' own connection to SQLite does not look after what points at a row.
    let keys = if backend == Backend::Sqlite { "pragma foreign_keys = on; " } else { "" };
    let at = ["'2025-01-02 03:04:05'", "'2025-01-02 03:04:05.600'", "'2025-01-02 03:04:05.123456'"];
    let statements = [
        format!(
            "insert into roles values ('guides', {knots}, 'posts.write', {})",
            yes.replace('1', "0").replace("true", "false")
        ),
        "insert into user_roles select id, 'guides' from users where username = 'alice'".to_owned(),
        format!(
            "update users set nickname = 'O''Bob \\N \\t न🐎', dob = '1990-05-17', suspended_at = {} where username = 'bob'",
            at[1]
        ),
        format!(
            "insert into outbox (kind, user_id, payload, created_at, due_at, last_error) values ('x', 1, {knots}, {}, '9999-01-01 00:00:00', {knots})",
            at[0]
        ),
        format!(
            "insert into email_ways_back values ({bytes}, 1, 'old@example.org', null, {}, '9999-01-01 00:00:00')",
            at[2]
        ),
        format!("insert into media_files values ({knots}, {})", at[1]),
        format!(
            "insert into imports (source, step, tally, started_at) values ('csv:old', 'users', '', {})",
            at[0]
        ),
        format!(
            "insert into imported_rows (source, kind, source_key, target_id, digest, imported_at) values ('csv:old', 'user', {knots}, 1, {bytes}, {})",
            at[2]
        ),
        format!(
            "insert into imported_rows (source, kind, source_key, target_id, digest, imported_at) values ('csv:old', 'user', 'B', 2, {bytes}, {})",
            at[2]
        ),
        format!(
            "insert into imported_rows (source, kind, source_key, target_id, digest, imported_at) values ('csv:old', 'user', 'a', 2, {bytes}, {})",
            at[2]
        ),
        format!(
            "insert into posts (author_id, title, slug, content, created_at, updated_at) values (1, {knots}, 'one', {knots}, {}, {})",
            at[0], at[1]
        ),
        format!(
            "insert into comments (post_id, author_id, content, created_at, updated_at) values (1, null, {knots}, {}, {})",
            at[0], at[1]
        ),
        format!(
            "insert into contact_messages (name, email, subject, message, created_at) values ({knots}, '', '', {knots}, {})",
            at[2]
        ),
        format!("{keys}delete from users where username = 'gone'"),
    ];
    for statement in statements {
        database.sql(&statement);
    }
}

/// A server that was lived in, and stopped: Alice's bearer token and signed token, Bob, suspended, and somebody who has gone.
pub(super) async fn lived_in(database: &TestDatabase, backend: Backend) -> (Process, Client, Client, String) {
    let mut house = server(database);
    run(&mut house);
    let stranger = house.anonymous();
    for name in ["keeper", "alice", "bob", "gone"] {
        stranger.post("/api/auth/register", given::registration(name)).await.assert_status(201);
    }
    let alice = stranger.sign_in("alice").await;
    let metadata = json!({ "metadata": { "a": "\t\\N\n\u{7f}\u{1f40e}", "b": [1.50, null] } });
    alice.patch("/api/auth/profile", metadata).await.assert_status(200);
    sign_in(&stranger, "alice", "wrong").await.assert_status(401);
    let mut login = given::credentials("alice");
    login["format"] = json!("jwt");
    let opened = stranger.post("/api/auth/login", login).await;
    let signed = stranger.with_token(opened.assert_status(200).body["access_token"].as_str().unwrap());
    let refresh = opened.body["refresh_token"].as_str().unwrap().to_owned();
    // Refusals are a second on their way to the trail.
    tokio::time::sleep(Duration::from_millis(1200)).await;
    stop(&mut house);
    fill(database, backend);
    (house, alice, signed, refresh)
}
