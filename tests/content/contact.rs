//! Messages to those who run the site, and their inbox.

use reqwest::Method;
use serde_json::{Value, json};

use crate::accounts::count;
use crate::harness::client::{Answer, Client};
use crate::harness::{Backend, TestApp, given};

on_both!(
    a_message_comes_is_handled_and_goes,
    a_message_is_tied_to_whoever_is_signed_in,
    a_token_that_opens_nothing_sends_nothing,
    nothing_breaks_out_of_a_line,
    nothing_but_four_fields_can_be_said,
    the_inbox_is_read_page_by_page,
    what_is_no_message_is_not_there,
    of_many_at_once_with_one_key_one_is_kept,
    a_key_is_its_senders_own,
    an_attempt_whose_message_is_gone_is_not_made_again,
);

/// What somebody writes.
pub(crate) fn message(subject: &str) -> Value {
    json!({ "name": "Éva Nagy", "email": "eva@example.org", "subject": subject, "message": "Dear all,\n\nhow?\n" })
}

async fn send(client: &Client, subject: &str) -> Value {
    client.post("/api/contact", message(subject)).await.assert_status(201).body["data"].clone()
}

async fn send_with_key(client: &Client, key: &str, body: &Value) -> Answer {
    client.send(client.request(Method::POST, "/api/contact").header("Idempotency-Key", key).json(body)).await
}

/// S56, S58: nothing is mailed to anybody, and what was done with it is in the trail, without a word of it.
async fn a_message_comes_is_handled_and_goes(backend: Backend) {
    let app = TestApp::start(backend).await;
    let keeper = app.admin().await;
    let sent = send(&app.anonymous(), "A question").await;
    let at = sent["created_at"].clone();
    let id = sent["id"].as_i64().unwrap();
    assert_eq!(
        sent,
        json!({
            "id": id, "name": "Éva Nagy", "email": "eva@example.org", "subject": "A question",
            "message": "Dear all,\n\nhow?\n", "status": "new", "user_id": null, "created_at": at, "handled_at": null,
        })
    );
    assert_eq!(keeper.get("/api/contact").await.body["data"], json!([sent]));
    let path = format!("/api/contact/{id}");
    let mark = async |status: &str| {
        let answer = keeper.patch(&path, json!({ "status": status })).await;
        answer.assert_status(200).body["data"].clone()
    };
    app.clock.advance(std::time::Duration::from_mins(5));
    let handled = mark("handled").await;
    assert_eq!((&handled["status"], &handled["created_at"]), (&json!("handled"), &at));
    assert!(handled["handled_at"].as_str() > at.as_str());
    app.clock.advance(std::time::Duration::from_mins(5));
    assert_eq!(mark("handled").await, handled, "it was handled when it was handled first");
    let renewed = mark("new").await;
    assert_eq!((&renewed["status"], &renewed["handled_at"]), (&json!("new"), &Value::Null));
    keeper.delete(&path).await.assert_status(200);
    keeper.delete(&path).await.assert_error(404, "not_found");
    keeper.patch(&path, json!({ "status": "new" })).await.assert_error(404, "not_found");
    let trail = keeper.get("/api/admin/audit?event=contact.handled").await;
    let rows = trail.assert_status(200).body["data"].as_array().unwrap().clone();
    let told: Vec<_> = rows.iter().map(|row| row["detail"].as_str().unwrap().to_owned()).collect();
    let said = |what: &str| format!("message {id}: {what}");
    assert_eq!(told, [said("deleted"), said("new again"), said("handled")]);
    assert!(rows.iter().all(|row| row["actor_id"] == keeper.user["id"] && row["outcome"] == "success"));
    // What there is of mails is about the account of the administrator.
    app.mail_to(&given::address("keeper"), "verify_email").await;
    assert!(app.mails().iter().all(|mail| mail.to == given::address("keeper")), "S56: mailed to nobody");
}

/// S82: and goes with their account.
async fn a_message_is_tied_to_whoever_is_signed_in(backend: Backend) {
    let app = TestApp::start(backend).await;
    let alice = app.signed_in("alice").await;
    let sent = send(&alice, "From Alice").await;
    assert_eq!(sent["user_id"], alice.user["id"]);
    send(&app.anonymous(), "From nobody").await;
    let export = alice.get("/api/auth/export").await;
    assert!(export.assert_status(200).text.contains("From Alice"));
    let body = json!({ "password": given::PASSWORD });
    alice.send(alice.request(Method::DELETE, "/api/auth/account").json(&body)).await.assert_status(200);
    assert_eq!(app.database.sql("select subject from contact_messages"), "From nobody");
}

/// Whoever sends a token means to be known: their message is not kept as a stranger's.
async fn a_token_that_opens_nothing_sends_nothing(backend: Backend) {
    let app = TestApp::start(backend).await;
    let suspended = app.signed_in("alice").await;
    crate::accounts::suspend(&app.database, "alice");
    app.clock.advance(std::time::Duration::from_secs(2));
    for client in
        [suspended, app.anonymous().with_token("nonsense"), app.anonymous().with_token(&"0".repeat(64))]
    {
        client.post("/api/contact", message("Hello")).await.assert_error(401, "invalid_token");
    }
    assert_eq!(count(&app.database, "select count(*) from contact_messages"), 0);
}

/// S55: what may one day stand in the header of a mail is one line, and its address is one address.
async fn nothing_breaks_out_of_a_line(backend: Backend) {
    let app = TestApp::start(backend).await;
    let stranger = app.anonymous();
    let refused = async |field: &str, value: &str| {
        let mut body = message("Hello");
        body[field] = json!(value);
        let answer = stranger.post("/api/contact", body).await;
        assert_eq!((answer.status, answer.code()), (422, "invalid_fields"), "{value:?}: {}", answer.text);
        assert_eq!(answer.complaints(field).len(), 1, "{value:?}: {}", answer.text);
    };
    let breaks =
        ["\r\n", "\n", "\r", "\0", "\u{85}", "\u{2028}", "\u{2029}", "\u{B}", "\u{C}", "\u{1B}", "\u{202E}"];
    for line_break in breaks {
        for field in ["name", "subject"] {
            refused(field, &format!("Eva{line_break}Bcc: victim@example.org")).await;
        }
        refused("email", &format!("eva@example.org{line_break}Bcc: victim@example.org")).await;
        refused("email", &format!("eva{line_break}@example.org")).await;
    }
    for email in [
        "",
        "eva",
        "eva@example.org, victim@example.org",
        "<eva@example.org>",
        &format!("{}@example.org", "e".repeat(250)),
    ] {
        refused("email", email).await;
    }
    for (field, value) in
        [("name", ""), ("name", " "), ("subject", "\u{200B}"), ("message", " \n "), ("message", "a\0b")]
    {
        refused(field, value).await;
    }
    for (field, longest) in [("name", 150), ("subject", 200), ("message", 10_000)] {
        refused(field, &"字".repeat(longest + 1)).await;
        let mut body = message("Hello");
        body[field] = json!("字".repeat(longest));
        stranger.post("/api/contact", body).await.assert_status(201);
    }
    assert_eq!(count(&app.database, "select count(*) from contact_messages"), 3);
}

/// S02: no column of the table is set by naming it, nor by whoever handles the message.
async fn nothing_but_four_fields_can_be_said(backend: Backend) {
    let app = TestApp::start(backend).await;
    let keeper = app.admin().await;
    let id = send(&app.anonymous(), "Hello").await["id"].clone();
    for field in
        ["id", "user", "user_id", "status", "created_at", "handled_at", "key", "website", "__proto__"]
    {
        let mut body = message("Hello");
        body[field] = json!(1);
        let answer = keeper.post("/api/contact", body).await;
        answer.assert_error(422, "invalid_fields");
        assert_eq!(answer.complaints(field), ["This field is not known here."]);
    }
    for field in ["id", "user_id", "name", "email", "subject", "message", "created_at", "handled_at"] {
        let mut body = json!({ "status": "handled" });
        body[field] = json!(1);
        let answer = keeper.patch(&format!("/api/contact/{id}"), body).await;
        assert_eq!(answer.complaints(field), ["This field is not known here."], "{}", answer.text);
    }
    for status in [json!(null), json!(true), json!("Handled"), json!("done"), json!(["new"]), json!("")] {
        let answer = keeper.patch(&format!("/api/contact/{id}"), json!({ "status": status })).await;
        answer.assert_error(422, "invalid_fields");
    }
    assert_eq!(app.database.sql("select count(*), count(handled_at) from contact_messages"), "1|0");
}

async fn the_inbox_is_read_page_by_page(backend: Backend) {
    let app = TestApp::start(backend).await;
    let keeper = app.admin().await;
    let mut ids = Vec::new();
    for n in 0..7 {
        ids.insert(0, send(&app.anonymous(), &format!("Number {n}")).await["id"].as_i64().unwrap());
    }
    for id in [ids[1], ids[4]] {
        keeper.patch(&format!("/api/contact/{id}"), json!({ "status": "handled" })).await.assert_status(200);
    }
    let new: Vec<_> = ids.iter().copied().filter(|id| *id != ids[1] && *id != ids[4]).collect();
    for (filter, expected) in
        [("", ids.clone()), ("&status=new", new), ("&status=handled", vec![ids[1], ids[4]])]
    {
        let (mut seen, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = keeper.get(&format!("/api/contact?page_size=2{filter}{cursor}")).await;
            let page = &page.assert_status(200).body;
            assert_eq!((&page["total"], &page["total_is_exact"]), (&json!(expected.len()), &json!(true)));
            seen.extend(page["data"].as_array().unwrap().iter().map(|entry| entry["id"].as_i64().unwrap()));
            let Some(next) = page["next_cursor"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        assert_eq!(seen, expected, "{filter}");
    }
    for (name, query) in [
        ("status", "status=done"),
        ("q", "q=x"),
        ("cursor", "cursor=00"),
        ("status", "status=new&status=new"),
    ] {
        let answer = keeper.get(&format!("/api/contact?{query}")).await;
        answer.assert_error(422, "invalid_fields");
        assert_eq!(answer.complaints(name).len(), 1, "{query}: {}", answer.text);
    }
}

/// S79: a number that is written in another way is no other address of the same message.
async fn what_is_no_message_is_not_there(backend: Backend) {
    let app = TestApp::start(backend).await;
    let keeper = app.admin().await;
    let id = send(&app.anonymous(), "Hello").await["id"].as_i64().unwrap();
    for other in [
        "0",
        "-1",
        "x",
        "%00",
        "9223372036854775808",
        &format!("0{id}"),
        &format!("+{id}"),
        &(id + 1).to_string(),
    ] {
        let path = format!("/api/contact/{other}");
        keeper.patch(&path, json!({ "status": "handled" })).await.assert_error(404, "not_found");
        keeper.delete(&path).await.assert_error(404, "not_found");
    }
    assert_eq!(app.database.sql("select count(*), count(handled_at) from contact_messages"), "1|0");
}

/// S80: an impatient finger and a lost answer keep one message, and hear of the same one.
async fn of_many_at_once_with_one_key_one_is_kept(backend: Backend) {
    let app = TestApp::start(backend).await;
    let body = message("Once");
    let attempts = (0..32).map(|_| {
        let (client, body) = (app.anonymous(), body.clone());
        async move { send_with_key(&client, "8e03978e-40d5-43e8-bc93-6894a57f9324", &body).await }
    });
    let answers = futures_util::future::join_all(attempts).await;
    let first = &answers[0].assert_status(201).body["data"];
    assert!(answers.iter().all(|answer| answer.status == 201 && answer.body["data"] == *first));
    let second = app.second_node().await;
    let repeated = send_with_key(&second.anonymous(), "8e03978e-40d5-43e8-bc93-6894a57f9324", &body).await;
    assert_eq!(repeated.assert_status(201).body["data"], *first);
    assert_eq!(count(&app.database, "select count(*) from contact_messages"), 1);
    for field in ["name", "subject", "message"] {
        let mut other = body.clone();
        other[field] = json!("Something else");
        let answer = send_with_key(&app.anonymous(), "8e03978e-40d5-43e8-bc93-6894a57f9324", &other).await;
        answer.assert_error(422, "key_reused");
    }
    for key in ["", "a b", "\u{e9}", &"k".repeat(129)] {
        send_with_key(&app.anonymous(), key, &body).await.assert_error(400, "bad_request");
    }
    let twice = app.anonymous().request(Method::POST, "/api/contact").header("Idempotency-Key", "a");
    let twice = app.anonymous().send(twice.header("Idempotency-Key", "b").json(&body)).await;
    assert_eq!(twice.status, 400, "{}", twice.text);
    assert_eq!(count(&app.database, "select count(*) from contact_messages"), 1);
}

/// S80: what somebody else calls their attempt is another attempt, and a wrong one takes no key.
async fn a_key_is_its_senders_own(backend: Backend) {
    let app = TestApp::start(backend).await;
    let clients = [app.anonymous(), app.signed_in("alice").await, app.signed_in("bob").await];
    let wrong = send_with_key(&clients[0], "mine", &json!({ "name": "x" })).await;
    wrong.assert_error(422, "invalid_fields");
    for round in 0..2 {
        for client in &clients {
            let sent = send_with_key(client, "mine", &message("Hello")).await;
            let user = client.user.get("id").cloned().unwrap_or_default();
            assert_eq!(sent.assert_status(201).body["data"]["user_id"], user, "{round}");
        }
    }
    assert_eq!(count(&app.database, "select count(*) from contact_messages"), 3);
}

async fn an_attempt_whose_message_is_gone_is_not_made_again(backend: Backend) {
    let app = TestApp::start(backend).await;
    let keeper = app.admin().await;
    let sent = send_with_key(&app.anonymous(), "once", &message("Spam")).await;
    let id = sent.assert_status(201).body["data"]["id"].clone();
    keeper.delete(&format!("/api/contact/{id}")).await.assert_status(200);
    let again = send_with_key(&app.anonymous(), "once", &message("Spam")).await;
    again.assert_error(404, "not_found");
    assert_eq!(count(&app.database, "select count(*) from contact_messages"), 0);
}
