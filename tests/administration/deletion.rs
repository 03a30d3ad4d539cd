//! What is left of those who go: what they wrote for others, by nobody, and numbers in the trail.

use serde_json::{Value, json};
use vestibule_domain::time::Clock as _;
use vestibule_persistence::posts::{self, NewPost};
use vestibule_persistence::{Database, PoolOptions, StoreError};

use super::id;
use crate::accounts::{count, mailed, quoted, sign_in};
use crate::faults::either;
use crate::harness::client::Client;
use crate::harness::clock::TestClock;
use crate::harness::database::TestDatabase;
use crate::harness::{Backend, TestApp, given, raw};

on_both!(
    nothing_personal_is_left_in_the_database,
    whoever_leaves_gives_the_password,
    what_people_wrote_stays_by_nobody,
    leaving_amid_everything_breaks_nothing,
);

/// Everything that could tell who it was.
const CANARIES: [&str; 8] = [
    "canaria",
    "Wellensittich",
    "Zeisig",
    "9876543210",
    "1987-06-05",
    "Gimpelfink",
    "203.0.113.99",
    "Feathers/7",
];

/// S82: by an administrator, and by themselves.
async fn nothing_personal_is_left_in_the_database(backend: Backend) {
    for by_themselves in [false, true] {
        let app =
            TestApp::start_with(backend, &["--trusted-proxies", "127.0.0.1/32", "--sessions-per-user", "5"])
                .await;
        let (caller, user) = somebody_with_everything(&app).await;
        let before = app.database.dump();
        let found = CANARIES.iter().filter(|canary| holds(&before, canary)).count();
        assert_eq!(found, CANARIES.len(), "the test sees what it is to see gone");
        if by_themselves {
            leave(&caller, given::PASSWORD).await.assert_status(200);
        } else {
            app.admin().await.delete(&format!("/api/users/{user}")).await.assert_status(200);
        }
        // The last mail says good-bye, and is gone when it has left.
        app.mail_to("canaria@example.org", "account_deleted").await;
        mailed::all_mails_left(&app).await;
        assert_no_orphans(&app.database, backend);
        let kept = app.database.sql(&format!("select count(*) from audit_events where subject_id = {user}"));
        assert!(kept.parse::<i64>().unwrap() > 0, "the trail keeps the number");
        compact(&app.database, backend);
        let trail = app.database.sql("select ip from audit_events");
        let after = app.database.dump();
        for canary in CANARIES {
            // The trail keeps where from, as long as it keeps rows.
            let expected = canary == "203.0.113.99" && trail.contains(canary);
            assert!(expected || !holds(&after, canary), "{canary} is left, by themselves: {by_themselves}");
        }
        app.anonymous().get("/health/ready").await.assert_status(200);
    }
}

async fn whoever_leaves_gives_the_password(backend: Backend) {
    let app = TestApp::start(backend).await;
    let alice = app.signed_in("alice").await;
    leave(&alice, "not the one at all").await.assert_error(422, "wrong_password");
    let none = alice.delete("/api/auth/account").await;
    assert!(matches!(none.status, 415 | 422 | 400), "{}", none.text);
    alice.get("/api/auth/profile").await.assert_status(200);
    let left = leave(&alice, given::PASSWORD).await;
    assert_eq!(left.assert_status(200).body, json!({ "ok": true }));
    alice.get("/api/auth/profile").await.assert_status(401);
    leave(&alice, given::PASSWORD).await.assert_status(401);
    sign_in(&app.anonymous(), "alice", given::PASSWORD).await.assert_error(401, "invalid_credentials");
    assert_no_orphans(&app.database, backend);
}

/// S82: posts and comments; messages to the house are the person's own.
async fn what_people_wrote_stays_by_nobody(backend: Backend) {
    let app = TestApp::start(backend).await;
    let (alice, bob) = (app.signed_in("alice").await, app.signed_in("bob").await);
    for author in [id(&alice), id(&bob)] {
        written(&app.database, author, &format!("by {author}"));
    }
    leave(&alice, given::PASSWORD).await.assert_status(200);
    let authors = |table: &str| app.database.sql(&format!("select count(*), count(author_id) from {table}"));
    assert_eq!([authors("posts"), authors("comments")], ["2|1", "2|1"]);
    assert_eq!(app.database.sql("select count(*), count(user_id) from contact_messages"), "1|1");
    assert_no_orphans(&app.database, backend);
}

/// S82, S81: while the same person signs in, changes their profile, asks for mails and writes, on two nodes.
async fn leaving_amid_everything_breaks_nothing(backend: Backend) {
    let app = TestApp::start_with(backend, &["--sessions-per-user", "20"]).await;
    let second = app.second_node().await;
    let admin = app.admin().await;
    for round in 0..either(4, 30) {
        let name = format!("leaver{round}");
        let leaver = app.signed_in(&name).await;
        let user = id(&leaver);
        let mut calls = Vec::new();
        for n in 0..8 {
            calls.extend([
                ("POST", "/api/auth/login", None, given::credentials(&name)),
                ("PATCH", "/api/auth/profile", leaver.token.clone(), json!({ "nickname": format!("n{n}") })),
                ("POST", "/api/auth/password/forgot", None, json!({ "email": given::address(&name) })),
                ("POST", "/api/auth/email/verify/request", leaver.token.clone(), Value::Null),
            ]);
        }
        let half = calls.len() / 2;
        let path = format!("/api/users/{user}");
        let gone = if round % 2 == 0 {
            ("DELETE", path.as_str(), admin.token.clone(), Value::Null)
        } else {
            ("DELETE", "/api/auth/account", leaver.token.clone(), json!({ "password": given::PASSWORD }))
        };
        calls.insert(half, gone);
        let requests: Vec<_> = calls
            .iter()
            .enumerate()
            .map(|(n, (method, path, token, body))| {
                let node = if n % 2 == 0 { &app } else { &second };
                raw::Request::json(node.address(), method, path, token.as_deref(), body)
            })
            .collect();
        // They write meanwhile: kept by nobody or not at all, and never left behind.
        let database = &app.database;
        let store = Database::open(&database.url().parse().unwrap(), PoolOptions::default());
        let answers = std::thread::scope(|threads| {
            let writer =
                threads.spawn(|| (0..6).for_each(|n| try_to_write(&store, user, &format!("by {round} {n}"))));
            let answers = raw::at_once(&requests);
            writer.join().unwrap();
            answers
        });
        for ((method, path, ..), answer) in calls.iter().zip(answers) {
            let answer = answer.unwrap();
            let is_right = matches!(answer.status, 200 | 202 | 401 | 404 | 422);
            assert!(is_right, "round {round}, {method} {path}: {} {}", answer.status, answer.text);
        }
        if count(database, &format!("select count(*) from users where id = {user}")) == 1 {
            // Its own leaving came after a sign-out or a changed password: then somebody else ends it.
            admin.delete(&path).await.assert_status(200);
        }
        assert_no_orphans(database, backend);
        sign_in(&second.anonymous(), &name, given::PASSWORD).await.assert_status(401);
        assert_eq!(count(database, &format!("select count(*) from sessions where user_id = {user}")), 0);
    }
}

async fn leave(caller: &Client, password: &str) -> crate::harness::client::Answer {
    let request = caller.request(reqwest::Method::DELETE, "/api/auth/account");
    caller.send(request.json(&json!({ "password": password }))).await
}

/// Somebody of whom every table knows something.
async fn somebody_with_everything(app: &TestApp) -> (Client, i64) {
    let registration = json!({
        "username": "canaria", "email": "canaria@example.org", "password": given::PASSWORD, "full_name": "Wellensittich",
    });
    app.admin().await;
    app.anonymous().post("/api/auth/register", registration).await.assert_status(201);
    let stranger = app.anonymous();
    let login =
        stranger.request(reqwest::Method::POST, "/api/auth/login").json(&given::credentials("canaria"));
    let login = login.header("x-forwarded-for", "203.0.113.99").header("user-agent", "Feathers/7");
    let session = stranger.send(login).await;
    let caller = stranger.with_token(session.assert_status(200).body["access_token"].as_str().unwrap());
    let user = session.body["user"]["id"].as_i64().unwrap();
    let told = json!({ "nickname": "Zeisig", "phone": "+919876543210", "dob": "1987-06-05",
                       "metadata": { "note": "Gimpelfink" } });
    caller.patch("/api/auth/profile", told).await.assert_status(200);
    let verify = mailed::verify_token(app, &caller, "canaria@example.org").await;
    mailed::verify(&app.anonymous(), &verify).await.assert_status(200);
    mailed::change_tokens(app, &caller, "canaria@example.org", "canaria@new.example").await;
    app.database.sql(&format!(
        "insert into contact_messages (user_id, name, email, subject, message, created_at) values \
         ({user}, 'Zeisig', 'canaria@example.org', 'Gimpelfink', 'Wellensittich', '2026-01-15 12:00:00')"
    ));
    (caller, user)
}

fn written(database: &TestDatabase, author: i64, title: &str) {
    let (slug, title) = (quoted(&title.replace(' ', "-")), quoted(title));
    let at = "'2026-01-15 12:00:00'";
    database.sql(&format!(
        "insert into posts (author_id, title, slug, content, created_at, updated_at, published_at) values \
         ({author}, {title}, {slug}, 'text', {at}, {at}, {at}); \
         insert into comments (post_id, author_id, content, created_at, updated_at) \
         select max(id), {author}, 'text', {at}, {at} from posts; \
         insert into contact_messages (user_id, name, email, subject, message, created_at) \
         values ({author}, 'A', 'a@example.org', 'b', 'c', {at})"
    ));
}

/// A post by somebody who may be gone by now.
fn try_to_write(store: &Database, author: i64, title: &str) {
    let (author, title, content) = (author.try_into().ok(), title.parse().unwrap(), "text".parse().unwrap());
    let post = NewPost { author, title, content, published_at: None };
    let at = TestClock::at_noon().now();
    match store.write(|conn| posts::insert(conn, at, &post)) {
        Ok(_) | Err(StoreError::Missing) => {}
        Err(error) => panic!("{error}: {post:?}"),
    }
}

/// S82: every foreign key, and every column that names an account without being one.
fn assert_no_orphans(database: &TestDatabase, backend: Backend) {
    let columns = match backend {
        Backend::Sqlite => {
            "select t.name, f.\"from\", f.\"table\", f.\"to\" from sqlite_master t, pragma_foreign_key_list(t.name) f \
             where t.type = 'table'"
        }
        Backend::Postgres => {
            "select c.conrelid::regclass, a.attname, c.confrelid::regclass, b.attname from pg_constraint c \
             join pg_attribute a on a.attrelid = c.conrelid and a.attnum = c.conkey[1] \
             join pg_attribute b on b.attrelid = c.confrelid and b.attnum = c.confkey[1] where c.contype = 'f'"
        }
    };
    let keys = database.sql(columns);
    assert!(keys.lines().count() >= 10, "{keys}");
    let also = ["outbox|user_id|users|id", "mail_tokens|user_id|users|id", "known_clients|user_id|users|id"];
    for key in keys.lines().chain(also) {
        let [table, column, to, target] = key.split('|').collect::<Vec<_>>()[..] else { panic!("{key}") };
        let orphans = format!(
            "select count(*) from {table} where {column} is not null and {column} not in (select {target} from {to})"
        );
        assert_eq!(count(database, &orphans), 0, "{key}");
    }
}

/// Has the database write its pages anew, so that what was deleted is not in them any more.
fn compact(database: &TestDatabase, backend: Backend) {
    match backend {
        Backend::Sqlite => database.sql("vacuum; pragma wal_checkpoint(truncate)"),
        Backend::Postgres => database.sql("select 1"),
    };
}

fn holds(dump: &[u8], text: &str) -> bool {
    dump.windows(text.len()).any(|window| window.eq_ignore_ascii_case(text.as_bytes()))
}
