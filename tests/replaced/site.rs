//! A full site with a token API: people, a blog, state guides, a contact form and a dashboard from one server.

use serde_json::{Value, json};

use crate::harness::{Backend, TestApp};

on_both!(a_site_and_its_token_api_are_one_server);

const PASSWORD: &str = "monsoon over malabar";

async fn a_site_and_its_token_api_are_one_server(backend: Backend) {
    let app = TestApp::start(backend).await;
    let stranger = app.anonymous();

    // Register: the first becomes admin, names and addresses are nobody's twice, errors are one sentence.
    let john = json!({ "username": "john", "email": "john@example.org", "password": PASSWORD });
    let made = stranger.post("/api/auth/register", john.clone()).await;
    let made = &made.assert_status(201).body;
    assert_eq!(made["ok"], json!(true));
    assert_eq!(
        (&made["user"]["id"], &made["user"]["username"], &made["user"]["is_admin"]),
        (&json!(1), &json!("john"), &json!(true))
    );
    let again = stranger.post("/api/auth/register", john).await;
    assert!(again.assert_status(409).body["error"].as_str().is_some_and(|sentence| sentence.ends_with('.')));
    for (field, value) in [("email", "no address"), ("password", "short"), ("username", "a b")] {
        let mut body = json!({ "username": "jane", "email": "jane@example.org", "password": PASSWORD });
        body[field] = json!(value);
        let refused = stranger.post("/api/auth/register", body).await;
        assert!(!refused.assert_status(422).complaints(field).is_empty(), "{field}");
    }
    let jane = json!({ "username": "jane", "email": "jane@example.org", "password": PASSWORD });
    let jane = stranger.post("/api/auth/register", jane).await;
    assert_eq!(jane.assert_status(201).body["user"]["is_admin"], json!(false));

    // Log in: 64 hexadecimal characters for twelve hours, and the old token goes.
    let credentials = json!({ "username": "john", "password": PASSWORD });
    let first = stranger.post("/api/auth/login", credentials.clone()).await;
    let first_token = first.assert_status(200).body["access_token"].as_str().unwrap().to_owned();
    assert!(first_token.len() == 64 && first_token.bytes().all(|b| b"0123456789abcdef".contains(&b)));
    assert!(first.body["expires_at"].as_str().unwrap().ends_with('Z'));
    let second = stranger.post("/api/auth/login", credentials).await;
    let john = stranger.with_token(second.assert_status(200).body["access_token"].as_str().unwrap());
    stranger.with_token(&first_token).get("/api/auth/profile").await.assert_error(401, "invalid_token");
    let profile = john.get("/api/auth/profile").await;
    let profile = &profile.assert_status(200).body;
    assert_eq!(
        (&profile["id"], &profile["username"], &profile["email"], &profile["is_admin"]),
        (&json!(1), &json!("john"), &json!("john@example.org"), &json!(true))
    );
    let wrong = json!({ "username": "john", "password": "not the one" });
    stranger.post("/api/auth/login", wrong).await.assert_error(401, "invalid_credentials");

    // The blog: an admin writes, a member comments, everybody reads.
    let jane = json!({ "username": "jane", "password": PASSWORD });
    let jane = stranger.post("/api/auth/login", jane).await;
    let jane = stranger.with_token(jane.assert_status(200).body["access_token"].as_str().unwrap());
    let post =
        json!({ "title": "A day in Kochi", "content": "Boats, *spice* and rain.", "status": "published" });
    let post = john.post("/api/posts", post).await;
    let post = data(&post.assert_status(201).body).clone();
    assert_eq!((&post["slug"], &post["author"]["username"]), (&json!("a-day-in-kochi"), &json!("john")));
    let said =
        jane.post("/api/posts/a-day-in-kochi/comments", json!({ "content": "I was there, too." })).await;
    let said = data(&said.assert_status(201).body).clone();
    let listed = stranger.get("/api/posts").await;
    assert_eq!(listed.assert_status(200).body["data"][0]["comment_count"], json!(1));
    let comments = stranger.get("/api/posts/a-day-in-kochi/comments").await;
    assert_eq!(comments.assert_status(200).body["data"][0]["content"], json!("I was there, too."));
    jane.delete("/api/posts/a-day-in-kochi").await.assert_error(403, "forbidden");
    john.delete(&format!("/api/comments/{}", said["id"])).await.assert_status(200);

    // State guides and the contact form are open to all; the inbox is not.
    let states = stranger.get("/api/states?page_size=100").await;
    assert_eq!(states.assert_status(200).body["data"].as_array().map(Vec::len), Some(36));
    let kerala = stranger.get("/api/states/kerala").await;
    assert_eq!(data(&kerala.assert_status(200).body)["capital"], json!("Thiruvananthapuram"));
    let message =
        json!({ "name": "Asha", "email": "asha@example.org", "subject": "Hello", "message": "A word." });
    let sent = stranger.post("/api/contact", message).await;
    assert_eq!(sent.assert_status(201).body["ok"], json!(true));
    stranger.get("/api/contact").await.assert_error(401, "authentication_required");
    jane.get("/api/contact").await.assert_error(403, "forbidden");
    let inbox = john.get("/api/contact").await;
    assert_eq!(inbox.assert_status(200).body["data"][0]["subject"], json!("Hello"));

    // The dashboard's calls are the admin's alone.
    john.get("/api/admin/stats").await.assert_status(200);
    jane.get("/api/admin/stats").await.assert_error(403, "forbidden");

    // Pages: an admin lands on the dashboard, everybody else at home; forms carry a token of their own.
    for (name, landing) in [("john", "/admin"), ("jane", "/")] {
        let visitor = app.visitor();
        let page = visitor.get("/login").await;
        let sent = page.form("/login").fill("username", name).fill("password", PASSWORD).send().await;
        assert_eq!((sent.status, sent.header("location")), (303, Some(landing)), "{name}");
        assert_eq!(visitor.get("/admin").await.status, if landing == "/admin" { 200 } else { 403 });
    }
    for path in ["/", "/signup", "/blog", "/blog/a-day-in-kochi", "/states", "/states/kerala", "/contact"] {
        assert_eq!(app.visitor().get(path).await.status, 200, "{path}");
    }

    // Log out, of what the last sign-in on a page left (one session a person).
    let john =
        app.anonymous().post("/api/auth/login", json!({ "username": "john", "password": PASSWORD })).await;
    let john = stranger.with_token(john.assert_status(200).body["access_token"].as_str().unwrap());
    john.post("/api/auth/logout", Value::Null).await.assert_status(200);
    john.get("/api/auth/profile").await.assert_error(401, "invalid_token");
}

fn data(body: &Value) -> &Value {
    assert_eq!(body["ok"], json!(true));
    &body["data"]
}
