//! Signing up by the page.

use crate::accounts::{count, mailed};
use crate::harness::{Backend, Form, TestApp, Visitor, given};

on_both!(
    whoever_signs_up_is_signed_in,
    the_first_account_is_the_admins_and_the_page_says_so,
    what_is_wrong_is_said_at_its_field_and_nothing_typed_is_lost,
    the_setup_token_is_asked_for_until_there_is_an_admin,
    where_addresses_are_proven_a_known_one_reads_like_an_unknown_one,
    closed_is_closed_and_no_link_leads_there,
    an_account_is_made_even_where_no_session_may_be_opened,
);

async fn filled(visitor: &Visitor, name: &str) -> Form {
    let form = visitor.get("/signup").await.form("/signup");
    let form = form.fill("username", name).fill("email", &given::address(name));
    form.fill("password", given::PASSWORD).fill("password_confirm", given::PASSWORD)
}

async fn whoever_signs_up_is_signed_in(backend: Backend) {
    let app = TestApp::start(backend).await;
    app.member("somebody").await;
    let alice = app.visitor();
    let made = filled(&alice, "alice").await.fill("full_name", "Alice Liddell").send().await;
    assert_eq!(made.location(), "/?done=welcome");
    let home = made.follow().await;
    assert_eq!(home.texts(".notice"), ["Your account is made, and you are signed in. Welcome!"]);
    assert!(alice.is_signed_in().await);
    // Nothing but an address and a password is needed, and one goes where one wanted to be.
    let bob = app.visitor();
    let form =
        bob.get("/signup?redirect=/states%3Fq%3Da").await.form("/signup").fill("email", "bob@example.org");
    let form = form.fill("password", given::PASSWORD).fill("password_confirm", given::PASSWORD);
    assert_eq!(form.send().await.location(), "/states?q=a");
    let kept = app.database.sql("select username, full_name from users where email = 'bob@example.org'");
    assert_eq!(kept.trim_matches('|'), "");
}

/// S10: it is said only while it is so.
async fn the_first_account_is_the_admins_and_the_page_says_so(backend: Backend) {
    let app = TestApp::start(backend).await;
    let keeper = app.visitor();
    assert!(keeper.get("/").await.text.contains("Nobody has an account here yet"));
    assert!(keeper.get("/signup").await.text.contains("becomes the administrator"));
    let made = filled(&keeper, "keeper").await.send().await;
    assert_eq!(made.location(), "/admin?done=welcome");
    for page in [app.visitor().get("/").await, app.visitor().get("/signup").await] {
        assert!(!page.text.contains("yet.") || !page.text.contains("administrator"), "{}", page.text);
    }
    filled(&app.visitor(), "alice").await.send().await.assert_leads_to("/");
    assert_eq!(count(&app.database, "select count(*) from user_roles where role = 'admin'"), 1);
}

async fn what_is_wrong_is_said_at_its_field_and_nothing_typed_is_lost(backend: Backend) {
    let app = TestApp::start(backend).await;
    app.member("alice").await;
    let typed = [("username", "a<b>"), ("email", "no\"where"), ("full_name", "Al <i>ice</i>")];
    let visitor = app.visitor();
    let form = filled(&visitor, "bob").await.fill("password", "12345678").fill("password_confirm", "1234");
    let form = typed.iter().fold(form, |form, (name, value)| form.fill(name, value));
    let page = form.send().await;
    page.assert_status(422);
    for name in ["username", "email", "password_confirm"] {
        assert!(!page.fault(name).is_empty(), "{name}");
        assert_eq!(page.attribute(&format!("[name={name}]"), "aria-invalid").as_deref(), Some("true"));
    }
    let form = page.form("/signup");
    for (name, value) in typed.into_iter().chain([("password", ""), ("password_confirm", "")]) {
        assert_eq!(form.value(name), value);
    }
    assert!(!page.text.contains("12345678") && !page.has("i"), "{}", page.text);
    // One by one, what only the database or the rules know.
    let long = "x".repeat(1025);
    for (name, value, status) in [
        ("username", "ALICE", 409),
        ("email", "alice@EXAMPLE.org", 409),
        ("password", "12345678", 422),
        ("password", &*long, 422),
        ("username", "al", 422),
        ("email", "", 422),
    ] {
        let mut form = filled(&visitor, "bob").await.fill(name, value);
        if name == "password" {
            form = form.fill("password_confirm", value);
        }
        let page = form.send().await;
        page.assert_status(status);
        assert!(!page.fault(name).is_empty(), "{name}={value}: {}", page.text);
    }
    assert_eq!(visitor.session(), None);
    assert_eq!(count(&app.database, "select count(*) from users"), 2);
}

/// S10: the field is there for whoever set the site up, and then for nobody.
async fn the_setup_token_is_asked_for_until_there_is_an_admin(backend: Backend) {
    let token = "a token the operator wrote down";
    let app = TestApp::start_with(backend, &["--setup-token", token]).await;
    filled(&app.visitor(), "first").await.send().await.assert_leads_to("/");
    let visitor = app.visitor();
    let wrong = filled(&visitor, "keeper").await.fill("setup_token", "a token").send().await;
    wrong.assert_status(403);
    assert!(!wrong.fault("setup_token").is_empty());
    assert_eq!(wrong.form("/signup").value("setup_token"), "", "it is a secret");
    filled(&visitor, "keeper").await.fill("setup_token", token).send().await.assert_leads_to("/admin");
    assert!(!app.visitor().get("/signup").await.form("/signup").has("setup_token"));
}

/// S38: the page is the same to the last byte, and the owner is told by mail.
async fn where_addresses_are_proven_a_known_one_reads_like_an_unknown_one(backend: Backend) {
    let app = TestApp::start_with(backend, &["--email-verification", "required"]).await;
    let first = filled(&app.visitor(), "alice").await.send().await;
    assert_eq!(first.location(), "/signup/sent");
    let again = filled(&app.visitor(), "bob").await.fill("email", &given::address("alice")).send().await;
    assert_eq!(again.location(), "/signup/sent");
    assert_eq!(again.follow().await.text, first.follow().await.text);
    assert_eq!(first.follow().await.heading(), "Look into your mail");
    app.mail_to(&given::address("alice"), "account_exists").await;
    let token = app.mail_to(&given::address("alice"), "verify_email").await.token();
    mailed::verify(&app.anonymous(), &token).await.assert_status(200);
    app.visitor().sign_in("alice").await;
}

async fn closed_is_closed_and_no_link_leads_there(backend: Backend) {
    let app = TestApp::start_with(backend, &["--registration", "closed"]).await;
    let visitor = app.visitor();
    let page = visitor.get("/signup").await;
    page.assert_status(403);
    assert_eq!(page.heading(), "Registration is closed");
    let csrf = visitor.csrf().await;
    let fields = [("csrf", &*csrf), ("email", "a@example.org"), ("password", given::PASSWORD)];
    let page = visitor.post("/signup", &fields).await;
    page.assert_status(403);
    assert_eq!(page.heading(), "Registration is closed");
    for path in ["/", "/login", "/signup", "/privacy", "/blog"] {
        let links = visitor.get(path).await.attributes("a", "href");
        assert!(links.iter().all(|link| !link.starts_with("/signup")), "{path}: {links:?}");
    }
    assert_eq!(count(&app.database, "select count(*) from users"), 0);
}

/// The limits of signing in hold here, too; the account is there all the same.
async fn an_account_is_made_even_where_no_session_may_be_opened(backend: Backend) {
    let limits = ["--rate-limits", "on", "--limit-sign-in-per-address", "1/1h"];
    let app = TestApp::start_with(backend, &limits).await;
    let visitor = app.visitor();
    visitor.sign_in_with("nobody", "not this one").await.assert_status(401);
    let made = filled(&visitor, "alice").await.send().await;
    assert_eq!(made.location(), "/login?done=account-made");
    assert_eq!(made.follow().await.texts(".notice"), ["Your account is made. Sign in with it."]);
    assert_eq!(visitor.session(), None);
    app.clock.advance(std::time::Duration::from_hours(2));
    visitor.sign_in("alice").await;
}
