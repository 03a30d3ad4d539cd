//! Pages that no address leads to: what comes of a form. A browser is led to each of them as people are.

use serde_json::json;

use super::pages::{Furnished, Who};
use crate::harness::{Browser, TestApp};

/// Leads a browser in which `who` is signed in to one after the other; `look` is given what a picture of it is called and
/// the status it is to have. The last step may sign the browser out.
pub(super) async fn walk(
    app: &TestApp,
    given: &Furnished,
    browser: &Browser,
    who: Who,
    mut look: impl AsyncFnMut(&str, u16),
) {
    match who {
        Who::Stranger => stranger(app, browser, &mut look).await,
        Who::Member => {
            writing(app, given, browser, &mut look).await;
            own(browser, &mut look).await;
            signed_out(app, browser, &mut look).await;
        }
        Who::Admin => {
            asking(given, browser, &mut look).await;
            editing(app, given, browser, &mut look).await;
        }
    }
}

/// Opens a page and fills in its form.
async fn fill(browser: &Browser, address: &str, fields: &[(&str, &str)]) {
    browser.goto(address).await;
    for (name, value) in fields {
        browser.fill(name, value).await;
    }
}

async fn stranger(app: &TestApp, browser: &Browser, look: &mut impl AsyncFnMut(&str, u16)) {
    let wrong = [
        ("email", "ada@example.com"),
        ("username", "a space"),
        ("password", "12345"),
        ("password_confirm", "54321"),
    ];
    fill(browser, "/signup", &wrong).await;
    browser.press("Make my account").await;
    look("signup-faults", 422).await;

    fill(browser, "/login", &[("username", "ada"), ("password", "not the one it is")]).await;
    browser.press("Sign in").await;
    look("login-wrong", 401).await;

    let message = [("name", "Éva"), ("email", "eva@nowhere"), ("message", " ")];
    fill(browser, "/contact", &message).await;
    browser.fill("subject", &"A very long subject ".repeat(12)).await;
    browser.press("Send message").await;
    look("contact-faults", 422).await;

    let message = [("name", "Éva"), ("email", "eva@example.org"), ("subject", "Hours"), ("message", LETTER)];
    fill(browser, "/contact", &message).await;
    browser.evaluate("document.querySelector('main [name=csrf]').value = 'of another time'").await;
    browser.press("Send message").await;
    look("form-out-of-date", 403).await;

    for (address, button) in
        [("/reset-password", "Set the password"), ("/verify-email", "Confirm this address")]
    {
        browser.goto(&format!("{address}?token={}", super::pages::TOKEN)).await;
        if browser.has("[name=new_password]").await {
            browser.fill("new_password", "violet harbour 42 lamps").await;
            browser.fill("new_password_again", "violet harbour 42 lamps").await;
        }
        browser.press(button).await;
        look(&format!("link-of-nobody-{}", &address[1..]), 422).await;
    }

    app.database.sql("alter table posts rename to posts_elsewhere");
    browser.goto("/blog").await;
    app.database.sql("alter table posts_elsewhere rename to posts");
    look("broken", 500).await;
}

const LETTER: &str =
    "Dear keepers of the hall,\n\nis it open on Sundays, too? I would come by train.\n\nYours, Éva";

async fn writing(app: &TestApp, given: &Furnished, browser: &Browser, look: &mut impl AsyncFnMut(&str, u16)) {
    let fields = [
        ("title", "On the keeping of doors"),
        ("content", "## At night\n\nOne *listens*.\n\n- once\n- twice"),
    ];
    fill(browser, "/blog/new", &fields).await;
    browser.press("Preview").await;
    browser.wait_for("#preview em").await;
    look("preview-by-script", 200).await;

    browser.set_javascript(false).await;
    fill(browser, "/blog/new", &fields).await;
    browser.press("Preview").await;
    browser.set_javascript(true).await;
    look("preview", 200).await;

    fill(browser, "/blog/new", &[("content", " ")]).await;
    browser.fill("title", &"A very long title ".repeat(12)).await;
    browser.press("Publish").await;
    look("post-faults", 422).await;

    let keeper = app.admin().await;
    let (number, post) = (given.number, &given.post);
    let edit = format!("/blog/{post}/edit");
    fill(browser, &edit, &[("title", "Why the door is shut at last"), ("content", "It is *shut*.")]).await;
    let theirs = json!({ "content": "It is *ajar*, and that is well." });
    keeper.patch(&format!("/api/posts/{number}"), theirs).await.assert_status(200);
    browser.press("Save changes").await;
    look("post-changed-meanwhile", 409).await;

    browser.goto(&format!("/blog/{post}/delete")).await;
    let theirs = json!({ "title": "Why the door of an old house is never shut" });
    keeper.patch(&format!("/api/posts/{number}"), theirs).await.assert_status(200);
    browser.press("main button").await;
    look("post-changed-before-it-goes", 409).await;

    let edit = format!("/blog/{post}/comments/{}/edit", given.own);
    fill(browser, &edit, &[("content", "Lucky cat, in any weather.")]).await;
    let theirs = json!({ "content": "A lucky cat." });
    keeper.patch(&format!("/api/comments/{}", given.own), theirs).await.assert_status(200);
    browser.press("Save").await;
    look("comment-changed-meanwhile", 409).await;

    fill(browser, "/blog/letters-from-the-hall-no-1/edit", &[("content", "Sun since morning.")]).await;
    let letter = app.database.sql("select id from posts where slug = 'letters-from-the-hall-no-1'");
    keeper.delete(&format!("/api/posts/{letter}")).await.assert_status(200);
    browser.press("Save changes").await;
    look("post-gone-meanwhile", 404).await;
}

async fn own(browser: &Browser, look: &mut impl AsyncFnMut(&str, u16)) {
    fill(browser, "/profile", &[("phone", "twelve"), ("dob", "2031-01-02")]).await;
    browser.press("main form[action='/profile'] button").await;
    look("profile-faults", 422).await;

    let fields = [("current_password", "wrong"), ("new_password", "12345"), ("new_password_again", "54321")];
    fill(browser, "/profile/password", &fields).await;
    browser.press("main form button:not([type])").await;
    look("password-faults", 422).await;
}

/// The session ends elsewhere while something is written.
async fn signed_out(app: &TestApp, browser: &Browser, look: &mut impl AsyncFnMut(&str, u16)) {
    let text = "It was a long evening, and this is all that is left of it.\n\nNow it is late.";
    fill(browser, "/blog/new", &[("title", "On the keeping of lamps"), ("content", text)]).await;
    let elsewhere = app.signed_in("ada").await;
    elsewhere.post("/api/auth/logout-all", json!({})).await.assert_status(200);
    browser.press("Publish").await;
    assert_eq!(browser.evaluate("document.querySelector('#written-content').value").await, text);
    look("signed-out-meanwhile", 403).await;
}

async fn asking(given: &Furnished, browser: &Browser, look: &mut impl AsyncFnMut(&str, u16)) {
    let user = given.user.to_string();
    for (address, id, action) in [
        ("/admin/users", Some(user), "suspend"),
        ("/admin/posts", Some(given.number.to_string()), "delete"),
        ("/admin/comments", Some(given.comment.to_string()), "delete"),
        ("/admin/contact", Some(given.message.to_string()), "delete"),
        ("/admin/roles", None, "delete"),
    ] {
        browser.goto(address).await;
        if let Some(id) = id {
            browser.fill("id", &id).await;
        }
        browser.press(&format!("main button[value={action}]")).await;
        look(&format!("question-{}", address.trim_start_matches("/admin/")), 200).await;
    }
    // One of the two is the last who can let anybody in.
    browser.goto("/admin/users").await;
    for id in [given.user, given.keeper] {
        browser.fill("id", &id.to_string()).await;
    }
    browser.press("main button[value=suspend]").await;
    browser.press("main form button").await;
    look("outcome-users", 200).await;
}

async fn editing(app: &TestApp, given: &Furnished, browser: &Browser, look: &mut impl AsyncFnMut(&str, u16)) {
    let wrong = [("email", "farid@nowhere"), ("username", "a space"), ("full_name", "Farid")];
    fill(browser, "/admin/users/new", &wrong).await;
    browser.press("Add and send the link").await;
    look("user-faults", 422).await;

    let keeper = app.admin().await;
    let edit = format!("/admin/users/{}/edit", given.user);
    fill(browser, &edit, &[("full_name", "Bina Das"), ("nickname", "bina")]).await;
    let theirs = json!({ "full_name": "Bina Sen" });
    keeper.patch(&format!("/api/users/{}", given.user), theirs).await.assert_status(200);
    browser.press("Save").await;
    look("user-changed-meanwhile", 409).await;

    fill(browser, "/admin/roles/new", &[("name", "A Name"), ("description", "Lets people out")]).await;
    browser.press("main form button:not([type])").await;
    look("role-faults", 422).await;

    let path = format!("/admin/posts/{}", given.number);
    fill(browser, &path, &[("content", "It is *shut*.")]).await;
    let theirs = json!({ "content": "It is *ajar*, and that is well." });
    keeper.patch(&format!("/api/posts/{}", given.number), theirs).await.assert_status(200);
    browser.press("Save").await;
    look("moderated-post-changed-meanwhile", 409).await;

    fill(browser, "/states/kerala/edit", &[("capital", "Kochi")]).await;
    let mut theirs = keeper.get("/api/states/kerala").await.assert_status(200).body["data"].clone();
    theirs["region"] = json!("South and West");
    for fact in ["code", "version", "updated_at"] {
        theirs.as_object_mut().unwrap().remove(fact);
    }
    keeper.put("/api/states/kerala", theirs).await.assert_status(200);
    browser.press("Save").await;
    look("state-changed-meanwhile", 409).await;
    fill(browser, "/states/kerala/edit", &[("population_2011", "many"), ("summary", " ")]).await;
    browser.press("Save").await;
    look("state-faults", 422).await;
}
