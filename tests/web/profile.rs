//! One's own account on a page: what it shows, what may be told, and the picture.

use std::path::PathBuf;
use std::time::Duration;

use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::accounts::{import, stored_hash};
use crate::harness::visitor::{Page, Visitor};
use crate::harness::{Backend, TestApp, given};
use crate::media::Pictures;

on_both!(
    what_is_told_is_kept_and_an_empty_field_clears_it,
    what_makes_no_sense_is_said_at_its_field,
    nobody_tells_more_than_the_form_asks,
    an_account_without_a_name_or_an_address_shows_what_there_is,
    a_link_to_prove_the_address_is_a_button_away,
    ones_own_pages_are_for_those_who_are_signed_in,
    a_picture_is_shown_replaced_and_taken_away,
    what_is_no_picture_is_said_under_its_field,
    a_picture_with_another_token_is_not_even_looked_at,
);

const FIELDS: [&str; 4] = ["full_name", "nickname", "phone", "dob"];

/// What the form holds.
fn told(page: &Page) -> Vec<String> {
    let form = page.form("/profile");
    FIELDS.iter().map(|name| form.value(name).to_owned()).collect()
}

async fn what_is_told_is_kept_and_an_empty_field_clears_it(backend: Backend) {
    let app = TestApp::start_with(backend, &["--sessions-per-user", "5"]).await;
    let (alice, api) = (app.visitor_signed_in("alice").await, app.signed_in("alice").await);
    api.patch("/api/auth/profile", json!({ "metadata": { "theme": "dark" } })).await.assert_status(200);
    let page = alice.get("/profile").await;
    assert_eq!(page.assert_status(200).heading(), "Your account");
    assert_eq!(told(&page), [""; 4]);
    let words = ["Alice O'Hara & Söhne", "<b>Al</b>", "+91 98765 43210", "1990-01-31"];
    let form =
        FIELDS.iter().zip(words).fold(page.form("/profile"), |form, (name, word)| form.fill(name, word));
    let saved = form.send().await.assert_leads_to("/profile").follow().await;
    assert_eq!(saved.texts(".notice"), ["Your changes are saved."]);
    assert_eq!(told(&saved), ["Alice O'Hara & Söhne", "<b>Al</b>", "+919876543210", "1990-01-31"]);
    let profile = api.get("/api/auth/profile").await.body["profile"].clone();
    assert_eq!(
        (&profile["nickname"], &profile["metadata"]),
        (&json!("<b>Al</b>"), &json!({ "theme": "dark" }))
    );

    let form = FIELDS.iter().fold(saved.form("/profile"), |form, name| form.fill(name, "  "));
    assert_eq!(told(&form.send().await.follow().await), [""; 4]);
    let user = api.get("/api/auth/profile").await.body.clone();
    assert_eq!((&user["full_name"], &user["profile"]["dob"]), (&Value::Null, &Value::Null));
    assert_eq!(user["profile"]["metadata"], json!({ "theme": "dark" }));
}

async fn what_makes_no_sense_is_said_at_its_field(backend: Backend) {
    let app = TestApp::start(backend).await;
    let alice = app.visitor_signed_in("alice").await;
    alice.get("/profile").await.form("/profile").fill("nickname", "Al").send().await.assert_status(303);
    let form = alice.get("/profile").await.form("/profile").fill("nickname", "Bo").fill("phone", "98765");
    let page = form.fill("dob", "2999-01-01").fill("full_name", &"x".repeat(151)).send().await;
    page.assert_status(422);
    assert_eq!(page.fault("phone"), "This must begin with “+” and the country code.");
    assert_eq!(page.fault("dob"), "This lies in the future.");
    assert!(!page.fault("full_name").is_empty() && page.fault("nickname").is_empty(), "{}", page.text);
    // What was typed stands there to be mended, and nothing of it is kept.
    assert_eq!(told(&page)[1..], ["Bo", "98765", "2999-01-01"]);
    assert_eq!(told(&alice.get("/profile").await), ["", "Al", "", ""]);
    let mended = page.form("/profile").fill("phone", "").fill("dob", "").fill("full_name", "").send().await;
    assert_eq!(told(&mended.follow().await), ["", "Bo", "", ""]);
}

/// S01, S02: neither about the account's rights nor about somebody else's account.
async fn nobody_tells_more_than_the_form_asks(backend: Backend) {
    let app = TestApp::start_with(backend, &["--sessions-per-user", "5"]).await;
    let (alice, bob) = (app.visitor_signed_in("alice").await, app.signed_in("bob").await);
    let before = app.database.sql("select * from users where username = 'bob'");
    let hash = stored_hash(&app.database, "alice");
    let form = alice.get("/profile").await.form("/profile").fill("nickname", "Al");
    let bobs = bob.user["id"].to_string();
    let others = [
        ("id", &*bobs),
        ("user_id", &bobs),
        ("username", "keeper"),
        ("email", "thief@example.org"),
        ("email_verified", "true"),
        ("is_admin", "true"),
        ("roles", "admin"),
        ("password", "another one entirely"),
        ("avatar", "x"),
        ("metadata", "{\"a\":1}"),
    ];
    let form = others.iter().fold(form, |form, (name, value)| form.with(name, value));
    form.send().await.assert_leads_to("/profile");
    let api = app.anonymous().sign_in("alice").await;
    let user = api.get("/api/auth/profile").await.body.clone();
    let seen = ["username", "email", "email_verified", "is_admin", "roles"].map(|name| user[name].clone());
    let expected =
        [json!("alice"), json!(given::address("alice")), json!(false), json!(false), json!(["member"])];
    assert_eq!(seen, expected);
    assert_eq!((&user["profile"]["nickname"], &user["profile"]["metadata"]), (&json!("Al"), &json!({})));
    assert_eq!(stored_hash(&app.database, "alice"), hash);
    assert_eq!(app.database.sql("select * from users where username = 'bob'"), before);
    // A field that does not come says nothing about what it stands for.
    let csrf = alice.csrf().await;
    alice.post("/profile", &[("csrf", &csrf)]).await.assert_status(303);
    assert_eq!(told(&alice.get("/profile").await)[1], "Al");
}

/// As imports leave them.
async fn an_account_without_a_name_or_an_address_shows_what_there_is(backend: Backend) {
    let app = TestApp::start(backend).await;
    app.member("alice").await;
    import(&app.database, "old", None, &stored_hash(&app.database, "alice"));
    let old = app.visitor();
    old.sign_in("old").await;
    let page = old.get("/profile").await;
    assert_eq!(page.assert_status(200).texts("dd")[..2], ["old", "none"]);
    assert!(!page.has("form[action='/profile/proof']"));
    assert_eq!(old.get("/profile/email").await.assert_status(200).count("form[action='/profile/email']"), 1);
    app.database.sql("update users set username = null, username_key = null where username = 'old'");
    app.clock.advance(Duration::from_secs(2));
    for path in ["", "/password", "/email", "/sessions", "/export", "/delete"] {
        old.get(&format!("/profile{path}")).await.assert_status(200);
    }
    assert_eq!(old.get("/profile").await.texts("dd")[..2], ["none", "none"]);
}

async fn a_link_to_prove_the_address_is_a_button_away(backend: Backend) {
    let app = TestApp::start(backend).await;
    let alice = app.visitor_signed_in("alice").await;
    app.mail_to(&given::address("alice"), "verify_email").await;
    let page = alice.get("/profile").await;
    assert_eq!(page.words("dd .badge"), "not confirmed yet");
    let asked = page.form("/profile/proof").send().await.assert_leads_to("/profile").follow().await;
    assert!(asked.words(".notice").contains("a mail with a link is on its way"), "{}", asked.text);
    let mail = app.mail_after(1, &given::address("alice"), "verify_email").await;
    let link = mail.link();
    let confirm = alice.get(link.strip_prefix(app.base()).unwrap()).await.form("/verify-email");
    let proven = confirm.send().await.assert_leads_to("/profile").follow().await;
    assert_eq!(proven.words("dd .badge"), "confirmed");
    assert!(!proven.has("form[action='/profile/proof']"));
}

/// S01: strangers are led to the door, and back to where they wanted to be.
async fn ones_own_pages_are_for_those_who_are_signed_in(backend: Backend) {
    let app = TestApp::start(backend).await;
    app.member("alice").await;
    let stranger = app.visitor();
    for page in [
        "profile",
        "profile/password",
        "profile/email",
        "profile/sessions",
        "profile/export",
        "profile/delete",
    ] {
        let turned = stranger.get(&format!("/{page}")).await;
        assert_eq!(turned.location(), format!("/login?redirect=%2F{}", page.replace('/', "%2F")));
    }
    let csrf = stranger.csrf().await;
    for path in POSTS {
        stranger.post(path, &[("csrf", &csrf)]).await.assert_leads_to("/login");
    }
}

/// What is sent from one's own pages.
const POSTS: [&str; 10] = [
    "/profile",
    "/profile/proof",
    "/profile/picture",
    "/profile/remove-picture",
    "/profile/password",
    "/profile/sessions/end-others",
    "/profile/sessions/end-all",
    "/profile/email",
    "/profile/export",
    "/profile/delete",
];

fn stored(app: &TestApp) -> Vec<PathBuf> {
    crate::media::files_below(&app.data_dir().join("media"))
}

/// S28, S26: whatever the file calls itself, it lies where pictures lie, under a name of ours, once.
async fn a_picture_is_shown_replaced_and_taken_away(backend: Backend) {
    let app = TestApp::start(backend).await;
    let alice = app.visitor_signed_in("alice").await;
    let pictures = Pictures::make(&["plain.png"]);
    let mut shown = Vec::new();
    for name in ["me.png", "../../../etc/cron.d/me", "C:\\me.html", "me.svg"] {
        let form = alice.get("/profile").await.form("/profile/picture");
        let sent = form.file("avatar", name, &pictures.bytes("plain.png")).send().await;
        let page = sent.assert_leads_to("/profile").follow().await;
        assert_eq!(page.words(".notice"), "Your picture is the new one.");
        assert_eq!(page.attribute("img.avatar", "alt").as_deref(), Some("The picture of alice"));
        let path = page.attribute("img.avatar", "src").unwrap();
        let picture = alice.send(alice.request(Method::HEAD, &path)).await;
        assert_eq!((picture.status, picture.header("content-type")), (200, Some("image/webp")));
        assert!(picture.header("content-security-policy").is_some_and(|policy| policy.contains("sandbox")));
        assert_eq!(stored(&app).len(), 2, "{:?}", stored(&app));
        assert!(path.starts_with("/media/avatars/") && !path.contains("/me."), "{path}");
        shown.push(path);
    }
    let page = alice.get("/profile").await;
    assert!(page.has(".site-header img"), "the small one stands beside the name");
    let gone = page.form("/profile/remove-picture").send().await.follow().await;
    assert_eq!((gone.count("img.avatar"), gone.count("form[action='/profile/remove-picture']")), (0, 0));
    assert_eq!(stored(&app).len(), 0);
    for path in shown {
        assert_eq!(app.anonymous().request(Method::GET, &path).send().await.unwrap().status(), 404);
    }
}

/// S26: in words for people, under the field, and the profile is as it was.
async fn what_is_no_picture_is_said_under_its_field(backend: Backend) {
    let app = TestApp::start(backend).await;
    let alice = app.visitor_signed_in("alice").await;
    let page = alice.get("/profile").await;
    let send = |bytes: &[u8]| page.form("/profile/picture").file("avatar", "me.png", bytes).send();
    let html = b"<html><script>alert(1)</script></html>";
    let svg = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>";
    for bytes in [&html[..], svg, b"GIF89a=1;alert(1)//", b"\x89PNG\r\n\x1a\n broken"] {
        let refused = send(bytes).await;
        refused.assert_status(422);
        assert!(refused.fault("avatar").starts_with("This "), "{}", refused.text);
    }
    let none = send(b"").await;
    assert_eq!(none.assert_status(422).fault("avatar"), "Choose a picture first.");
    let unchosen = page.form("/profile/picture").send().await;
    assert_eq!(unchosen.assert_status(422).fault("avatar"), "Choose a picture first.");
    let mut large = Pictures::make(&["plain.png"]).bytes("plain.png");
    large.resize((5 << 20) + 1, 0);
    let refused = send(&large).await;
    assert!(refused.assert_status(413).fault("avatar").contains("longer than 5 MiB"), "{}", refused.text);
    large.resize(6 << 20, 0);
    assert_eq!(send(&large).await.assert_status(413).heading(), "That is too much at once");
    let form = Form::new().text("csrf", alice.csrf().await).text("is_admin", "true");
    let strange = send_parts(&alice, form).await;
    assert!(!strange.assert_status(400).fault("avatar").is_empty(), "{}", strange.text);
    let plain = alice.post("/profile/picture", &[("csrf", &alice.csrf().await), ("avatar", "x")]).await;
    plain.assert_status(415);
    assert_eq!(stored(&app).len(), 0);
}

async fn send_parts(visitor: &Visitor, form: Form) -> Page {
    let request = visitor.request(Method::POST, "/profile/picture").header("sec-fetch-site", "same-origin");
    visitor.send(request.multipart(form)).await
}

/// S23: what would be no picture is not called one, since nobody looked.
async fn a_picture_with_another_token_is_not_even_looked_at(backend: Backend) {
    let app = TestApp::start(backend).await;
    let (alice, mallory) = (app.visitor_signed_in("alice").await, app.visitor_signed_in("mallory").await);
    let picture = Pictures::make(&["plain.png"]).bytes("plain.png");
    let (own, foreign) = (alice.csrf().await, mallory.csrf().await);
    for bytes in [&picture[..], b"no picture"] {
        let part = || Part::bytes(bytes.to_owned()).file_name("me.png");
        for token in [None, Some(""), Some("0"), Some(&*foreign)] {
            let form = token.map_or_else(Form::new, |token| Form::new().text("csrf", token.to_owned()));
            let refused = send_parts(&alice, form.part("avatar", part())).await;
            assert_eq!(refused.assert_status(403).heading(), "This form is out of date");
        }
        for (header, value) in
            [("origin", "https://evil.example"), ("origin", "null"), ("sec-fetch-site", "cross-site")]
        {
            let request = alice.request(Method::POST, "/profile/picture").header(header, value);
            let form = Form::new().text("csrf", own.clone()).part("avatar", part());
            alice.send(request.multipart(form)).await.assert_status(403);
        }
    }
    assert_eq!(stored(&app).len(), 0);
    assert_eq!(app.database.sql("select count(*) from users where avatar is not null"), "0");
    let form = Form::new().text("csrf", own).part("avatar", Part::bytes(picture).file_name("me.png"));
    send_parts(&alice, form).await.assert_leads_to("/profile");
}
