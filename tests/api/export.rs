//! Taking all that is kept about oneself, and leaving.

use std::fmt::Write as _;

use reqwest::Method;
use serde_json::{Value, json};

use crate::accounts::count;
use crate::harness::client::Client;
use crate::harness::{Backend, TestApp, given};

on_both!(
    everything_about_a_person_is_in_it,
    nothing_of_others_and_nothing_that_opens_an_account_is_in_it,
    a_long_one_is_whole,
    one_that_fails_in_the_middle_is_no_json,
    that_it_was_taken_is_in_the_trail,
    a_picture_is_named_by_its_whole_address,
    leaving_takes_the_password_and_nothing_else,
);

const LISTS: [&str; 10] = [
    "audit_events",
    "comments",
    "contact_messages",
    "imports",
    "known_clients",
    "mailed_links",
    "posts",
    "sessions",
    "waiting_mails",
    "ways_back",
];

async fn everything_about_a_person_is_in_it(backend: Backend) {
    let app = TestApp::start(backend).await;
    let alice = app.signed_in("alice").await;
    app.mail_to(&given::address("alice"), "verify_email").await;
    let told =
        json!({ "full_name": "Alice B", "nickname": "Al", "metadata": { "theme": ["dark", 1.50, null] } });
    alice.patch("/api/auth/profile", told).await.assert_status(200);
    let change = json!({ "new_email": "next@example.org", "password": given::PASSWORD });
    alice.post("/api/auth/email/change", change).await.assert_status(202);
    app.mail_to("next@example.org", "confirm_email_change").await;
    app.mail_to(&given::address("alice"), "email_change_notice").await;
    write(&app, &alice);
    let answer = alice.get("/api/auth/export").await;
    let data = &answer.assert_status(200).body["data"];
    assert_eq!(answer.body["ok"], json!(true));
    let fields: Vec<_> = data.as_object().unwrap().keys().map(String::as_str).collect();
    let mut known: Vec<_> = LISTS.into_iter().chain(["account", "exported_at"]).collect();
    known.sort_unstable();
    assert_eq!(fields, known);
    assert_eq!(data["account"], alice.get("/api/auth/profile").await.body);
    let only = |list: &str| {
        assert_eq!(data[list].as_array().unwrap().len(), 1, "{list}: {}", data[list]);
        &data[list][0]
    };
    assert_eq!(only("sessions"), &alice.get("/api/auth/sessions").await.body["data"][0]);
    assert_eq!(only("known_clients")["address"], json!("127.0.0.1"));
    let links: Vec<_> = data["mailed_links"].as_array().unwrap().iter().map(|link| &link["email"]).collect();
    assert_eq!(links, [&json!(given::address("alice")), &json!("next@example.org")]);
    let way = only("ways_back");
    assert_eq!((&way["old_email"], &way["old_verified_at"]), (&json!(given::address("alice")), &Value::Null));
    let post = only("posts");
    assert_eq!((&post["title"], &post["content"]), (&json!("On \"quotes\""), &json!("First line\nand कथा")));
    assert_eq!(
        (&only("comments")["post_id"], &only("comments")["content"]),
        (&post["id"], &json!("A thought"))
    );
    assert_eq!(only("contact_messages")["message"], json!("Where is the harbour?"));
    assert_eq!(
        (&only("imports")["source"], &only("imports")["source_key"]),
        (&json!("django"), &json!("17"))
    );
    let mail = only("waiting_mails");
    assert_eq!((&mail["kind"], &mail["about"]["user_agent"]), (&json!("new_sign_in"), &json!("Feathers/7")));
    let events: Vec<_> = data["audit_events"].as_array().unwrap().iter().map(|line| &line["event"]).collect();
    assert_eq!(
        events,
        ["account.registered", "session.signed_in", "email.change_requested", "account.exported"],
        "oldest first, and each once"
    );
}

/// S66, S64
async fn nothing_of_others_and_nothing_that_opens_an_account_is_in_it(backend: Backend) {
    let app = TestApp::start_with(backend, &["--trusted-proxies", "127.0.0.1/32"]).await;
    let (alice, bob) = (app.signed_in("alice").await, app.signed_in("bob").await);
    write(&app, &bob);
    let admin = app.admin().await;
    let path = format!("/api/users/{}", alice.user["id"]);
    let change = admin.request(Method::PATCH, &path).json(&json!({ "nickname": "Al" }));
    let change = change.header("x-forwarded-for", "203.0.113.77").header("x-request-id", "an-admins-own");
    admin.send(change).await.assert_status(200);
    let export = alice.get("/api/auth/export").await;
    let text = &export.assert_status(200).text;
    assert!(text.contains("account.updated"), "{text}");
    for other in ["bob", "keeper", "203.0.113.77", "an-admins-own", "On \\\"quotes", "harbour"] {
        assert!(!text.contains(other), "{other}: {text}");
    }
    let hex = |column: &str| match backend {
        Backend::Sqlite => format!("lower(hex({column}))"),
        Backend::Postgres => format!("encode({column}, 'hex')"),
    };
    let mut secrets = vec![alice.token.clone().unwrap()];
    for query in [
        format!("select {} from sessions", hex("token_digest")),
        format!("select {} from refresh_tokens", hex("digest")),
        format!("select {} from mail_tokens", hex("digest")),
        "select password_hash from users".to_owned(),
    ] {
        secrets.extend(app.database.sql(&query).lines().map(str::to_owned));
    }
    assert!(secrets.len() >= 8, "{secrets:?}");
    for secret in secrets {
        assert!(!text.contains(&secret), "{secret}");
    }
    app.anonymous().get("/api/auth/export").await.assert_error(401, "authentication_required");
    alice.get("/api/auth/export?user=2").await.assert_error(422, "invalid_fields");
}

/// Longer than any part that is read at once, and sent as it is read.
async fn a_long_one_is_whole(backend: Backend) {
    let app = TestApp::start_with(backend, &["--sessions-per-user", "1000"]).await;
    let alice = app.signed_in("alice").await;
    let id = alice.user["id"].as_i64().unwrap();
    let mut sql = String::new();
    for n in 0..450 {
        let (actor, subject) = [(id, id), (id, 900), (900, id)][n % 3];
        write!(
            sql,
            "insert into audit_events (at, event, outcome, actor_id, subject_id, detail) \
             values ('2026-11-21 12:00:00', 'mail.retried', 'success', {actor}, {subject}, 'line {n}');"
        )
        .unwrap();
    }
    app.database.sql(&sql);
    sql.clear();
    let text = "a long text, ".repeat(40);
    for n in 0..61 {
        write!(
            sql,
            "insert into posts (author_id, title, slug, content, created_at, updated_at) \
             values ({id}, 'post {n}', 'post-{n}', '{text}', '2026-11-21 12:00:00', '2026-11-21 12:00:00');"
        )
        .unwrap();
    }
    app.database.sql(&sql);
    for _ in 0..6 {
        app.database.sql("update posts set content = content || content");
    }
    let long = text.repeat(64);
    let http = alice.request(Method::GET, "/api/auth/export").send().await.unwrap();
    assert_eq!(http.headers()["transfer-encoding"], "chunked");
    assert!(!http.headers().contains_key("content-length"));
    let name = format!("attachment; filename=\"vestibule-export-{id}.json\"");
    assert_eq!(http.headers()["content-disposition"], name.as_str());
    assert_eq!(http.headers()["content-type"], "application/json");
    let export: Value = serde_json::from_str(&http.text().await.unwrap()).unwrap();
    let lines = export["data"]["audit_events"].as_array().unwrap().iter();
    let lines: Vec<_> =
        lines.filter(|line| line["event"] == "mail.retried").map(|line| line["detail"].clone()).collect();
    let expected: Vec<_> = (0..450).map(|n| json!(format!("line {n}"))).collect();
    assert_eq!(lines, expected, "each once, in order");
    let posts = export["data"]["posts"].as_array().unwrap();
    assert_eq!(
        (posts.len(), &posts[60]["title"], &posts[60]["content"]),
        (61, &json!("post 60"), &json!(long))
    );
}

/// What parses is whole: where a part cannot be read the connection breaks.
async fn one_that_fails_in_the_middle_is_no_json(backend: Backend) {
    let app = TestApp::start(backend).await;
    let alice = app.signed_in("alice").await;
    let spoil = format!(
        "insert into audit_events (at, event, outcome, actor_id) values ('2026-11-21 12:00:00', 'of.tomorrow', 'success', {})",
        alice.user["id"]
    );
    app.database.sql(&spoil);
    let received = match alice.request(Method::GET, "/api/auth/export").send().await {
        Ok(response) => response.text().await,
        Err(broken) => Err(broken),
    };
    assert!(received.is_err(), "{received:?}");
    alice.get("/api/auth/profile").await.assert_status(200);
}

async fn that_it_was_taken_is_in_the_trail(backend: Backend) {
    let app = TestApp::start(backend).await;
    let alice = app.signed_in("alice").await;
    for _ in 0..2 {
        alice.get("/api/auth/export").await.assert_status(200);
    }
    let id = &alice.user["id"];
    let told = format!(
        "select count(*) from audit_events where event = 'account.exported' and actor_id = {id} and subject_id = {id}"
    );
    assert_eq!(count(&app.database, &told), 2);
}

/// Whoever reads an answer elsewhere than here can follow it.
async fn a_picture_is_named_by_its_whole_address(backend: Backend) {
    let app = TestApp::start(backend).await;
    let (alice, admin) = (app.signed_in("alice").await, app.admin().await);
    let name = "0123456789abcdef-0123456789abcdef0123456789abcdef";
    app.database.sql(&format!("update users set avatar = '{name}' where username = 'alice'"));
    let expected = json!(format!("{}/media/avatars/{name}-512.webp", app.base()));
    let signed_in = alice.sign_in("alice").await;
    assert_eq!(signed_in.user["profile"]["avatar_url"], expected);
    let seen = admin.get(&format!("/api/users/{}", alice.user["id"])).await;
    assert_eq!(seen.body["data"]["profile"]["avatar_url"], expected);
    let export = signed_in.get("/api/auth/export").await;
    assert_eq!(export.body["data"]["account"]["profile"]["avatar_url"], expected);
}

async fn leaving_takes_the_password_and_nothing_else(backend: Backend) {
    let app = TestApp::start(backend).await;
    let (alice, bob) = (app.signed_in("alice").await, app.signed_in("bob").await);
    let leave =
        async |body: Value| alice.send(alice.request(Method::DELETE, "/api/auth/account").json(&body)).await;
    let id = bob.user["id"].clone();
    for (body, field) in [
        (json!({}), "password"),
        (json!({ "password": null }), "password"),
        (json!({ "password": "" }), "password"),
        (json!({ "password": "p".repeat(1025) }), "password"),
        (json!({ "password": given::PASSWORD, "id": id }), "id"),
    ] {
        let answer = leave(body.clone()).await;
        answer.assert_error(422, "invalid_fields");
        assert_eq!(answer.complaints(field).len(), 1, "{body}: {}", answer.text);
    }
    let wrong = leave(json!({ "password": "not the one at all" })).await;
    assert_eq!(wrong.assert_error(422, "wrong_password").complaints("password").len(), 1);
    assert_eq!(
        leave(json!({ "password": given::PASSWORD })).await.assert_status(200).body,
        json!({ "ok": true })
    );
    alice.get("/api/auth/export").await.assert_error(401, "invalid_token");
    bob.get("/api/auth/profile").await.assert_status(200);
    let told = app.mail_to(&given::address("alice"), "account_deleted").await;
    assert!(!told.text.contains("token="), "there is nothing left to be opened: {}", told.text);
}

/// A post, a comment, a message, a mark of an import, and a mail that does not leave.
fn write(app: &TestApp, author: &Client) {
    let (id, at) = (&author.user["id"], "'2026-11-21 12:00:00'");
    let far = "'2999-01-01 00:00:00'";
    app.database.sql(&format!(
        "insert into posts (author_id, title, slug, content, created_at, updated_at) \
         values ({id}, 'On \"quotes\"', 'on-quotes', 'First line\nand कथा', {at}, {at});\
         insert into comments (post_id, author_id, content, created_at, updated_at) \
         select id, {id}, 'A thought', {at}, {at} from posts;\
         insert into contact_messages (user_id, name, email, subject, message, created_at) \
         values ({id}, 'A', 'a@example.org', 'The harbour', 'Where is the harbour?', {at});\
         insert into imported_rows (source, kind, source_key, target_id, digest, imported_at) \
         values ('django', 'user', '17', {id}, {digest}, {at}), ('django', 'post', '18', {id}, {digest}, {at});\
         insert into outbox (kind, user_id, payload, created_at, due_at) \
         values ('new_sign_in', {id}, '{{\"user_id\":{id},\"ip\":null,\"user_agent\":\"Feathers/7\"}}', {at}, {far})",
        digest = "''"
    ));
}
