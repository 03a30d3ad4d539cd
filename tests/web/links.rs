//! Where mails lead, and where such a mail is asked for.

use std::collections::BTreeSet;
use std::fs;
use std::time::Duration;

use reqwest::Method;

use crate::accounts::{import, mailed, stored_hash, suspend};
use crate::harness::database::TestDatabase;
use crate::harness::visitor::{Page, Visitor};
use crate::harness::{Backend, Browser, Mail, Process, TestApp, given};

on_both!(
    looking_at_a_link_spends_nothing,
    a_new_password_has_to_be_good_and_the_link_stays_good_till_then,
    a_link_that_opens_nothing_says_so,
    whoever_asks_for_a_link_learns_nothing,
    asking_by_the_page_and_by_the_api_is_one_limit,
    an_address_is_proven_by_the_button_alone,
    an_address_changes_by_the_pages,
    a_change_of_address_tells_nothing_and_needs_the_password,
    every_mail_leads_to_a_page,
    no_token_is_logged_or_told,
    a_forgotten_password_is_replaced_in_a_browser,
);

pub(super) const NEW: &str = "a green boat at the pier";
const MOVED: &str = "new@example.org";

/// The way to the link's page.
pub(super) fn way(app: &TestApp, mail: &Mail) -> String {
    let link = mail.link();
    link.strip_prefix(app.base()).unwrap_or_else(|| panic!("{link} leads elsewhere")).to_owned()
}

async fn ask(visitor: &Visitor, address: &str) -> Page {
    visitor.get("/forgot-password").await.form("/forgot-password").fill("email", address).send().await
}

pub(super) async fn reset_mail(app: &TestApp, name: &str) -> Mail {
    let asking = async || ask(&app.visitor(), &given::address(name)).await.status;
    mailed::caused(app, &given::address(name), "reset_password", asking).await
}

async fn choose(page: &Page, new: &str, again: &str) -> Page {
    let form = page.form("/reset-password").fill("new_password", new);
    form.fill("new_password_again", again).send().await
}

/// Looks at it as scanners of mail do, with nothing kept between, and then as a person.
async fn look(app: &TestApp, visitor: &Visitor, path: &str) -> Page {
    for n in 0..5 {
        let scanner = app.visitor();
        let method = if n % 2 == 0 { Method::GET } else { Method::HEAD };
        let seen = scanner.send(scanner.request(method, path)).await;
        seen.assert_status(200);
        assert_eq!(seen.header("referrer-policy"), Some("no-referrer"));
        assert_eq!(seen.header("cache-control"), Some("no-store"));
    }
    visitor.get(path).await
}

/// S54: five times; the form then works, once, ends every session and signs nobody in.
async fn looking_at_a_link_spends_nothing(backend: Backend) {
    let app = TestApp::start(backend).await;
    let alice = app.visitor_signed_in("alice").await;
    let (older, mail) = (reset_mail(&app, "alice").await, reset_mail(&app, "alice").await);
    let stranger = app.visitor();
    let page = look(&app, &stranger, &way(&app, &mail)).await;
    assert_eq!(page.heading(), "Choose a new password");
    assert!(!page.attributes("a", "href").iter().any(|href| href.contains(&mail.token())));
    let done = choose(&page, NEW, NEW).await;
    let login = done.assert_leads_to("/login").follow().await;
    assert_eq!(login.words(".notice"), "Your password is the new one. Sign in with it.");
    assert!(stranger.session().is_none() && !alice.is_signed_in().await);
    for spent in [&mail, &older] {
        let page = stranger.get(&way(&app, spent)).await;
        let refused = choose(&page, "yet another boat", "yet another boat").await;
        assert_eq!(refused.assert_status(422).heading(), "This link leads nowhere any more");
    }
    stranger.sign_in_with("alice", given::PASSWORD).await.assert_status(401);
    stranger.sign_in_with("alice", NEW).await.assert_status(303);
}

/// S54: and the answer is no place to read the link from.
async fn a_new_password_has_to_be_good_and_the_link_stays_good_till_then(backend: Backend) {
    let app = TestApp::start(backend).await;
    app.member("alice").await;
    let mail = reset_mail(&app, "alice").await;
    let before = stored_hash(&app.database, "alice");
    let mut page = app.visitor().get(&way(&app, &mail)).await;
    for (new, again, name, said) in [
        ("", "", "new_password", ""),
        (NEW, "a green boat", "new_password_again", "not the same"),
        ("password1", "password1", "new_password", "too common"),
        ("alice@example", "alice@example", "new_password", "too much like your"),
    ] {
        page = choose(&page, new, again).await;
        let fault = page.assert_status(422).fault(name);
        assert!(!fault.is_empty() && fault.contains(said), "{new:?}: {fault:?}");
        assert_eq!(page.header("referrer-policy"), Some("no-referrer"));
        assert!(!page.path.contains(&mail.token()), "{}", page.path);
        assert!(page.attributes("input[type=password]", "value").iter().all(String::is_empty));
    }
    assert_eq!(stored_hash(&app.database, "alice"), before);
    choose(&page, NEW, NEW).await.assert_leads_to("/login");
}

/// S54: whatever is wrong with it, the page says the same, and where to get another.
async fn a_link_that_opens_nothing_says_so(backend: Backend) {
    let app = TestApp::start(backend).await;
    app.member("alice").await;
    let mail = reset_mail(&app, "alice").await;
    let (visitor, unknown) = (app.visitor(), "0".repeat(15) + "1" + &"ab".repeat(32));
    for path in ["/reset-password", "/verify-email", "/confirm-email"] {
        for query in ["", "?token=", "?token=%22%3E%3Cscript%3E", "?token=abc", "?tokens=1"] {
            let page = visitor.get(&format!("{path}{query}")).await;
            assert_eq!(page.assert_status(404).heading(), "This link leads nowhere any more");
            let next = if path == "/reset-password" { "/forgot-password" } else { "/profile" };
            assert!(page.has(&format!("main a[href='{next}']")), "{}", page.text);
        }
        let csrf = visitor.csrf().await;
        let good = [("csrf", &*csrf), ("new_password", NEW), ("new_password_again", NEW)];
        for token in ["", "abc", &unknown] {
            let fields: Vec<_> = good.into_iter().chain([("token", token)]).collect();
            let page = visitor.post(path, &fields).await;
            assert_eq!(page.assert_status(422).heading(), "This link leads nowhere any more");
        }
    }
    // A link is for what it was mailed for.
    let page = visitor.get(&way(&app, &mail).replace("reset-password", "verify-email")).await;
    page.form("/verify-email").send().await.assert_status(422);
    let page = visitor.get(&way(&app, &mail).replace("reset-password", "confirm-email")).await;
    page.form("/confirm-email").send().await.assert_status(422);
    app.clock.advance(Duration::from_hours(1));
    choose(&visitor.get(&way(&app, &mail)).await, NEW, NEW).await.assert_status(422);
}

/// S38: the same to the byte for whoever is asked about, and for the page it leads to.
async fn whoever_asks_for_a_link_learns_nothing(backend: Backend) {
    let app = TestApp::start(backend).await;
    for name in ["present", "suspended"] {
        app.member(name).await;
    }
    suspend(&app.database, "suspended");
    import(&app.database, "unusable", Some("unusable@example.org"), "!Qm9vIQ");
    let visitor = app.visitor();
    let sent = visitor.get("/forgot-password/sent").await;
    let mut answers = Vec::new();
    for name in ["present", "PRESENT", "unknown", "suspended", "unusable"] {
        let answer = ask(&visitor, &given::address(name)).await;
        let page = answer.assert_leads_to("/forgot-password/sent").follow().await;
        assert_eq!(page.assert_status(200).heading(), "Look into your mail");
        assert_eq!(page.text, sent.text, "{name}");
        let varying = ["x-request-id", "date", "set-cookie"];
        let headers = answer.headers.iter().filter(|(name, _)| !varying.contains(&name.as_str()));
        // Servers' threads each have an order of their own.
        let mut headers: Vec<_> = headers.map(|(name, value)| (name.as_str(), value)).collect();
        headers.sort();
        let headers = format!("{headers:?}");
        answers.push((answer.status, headers, answer.text.clone()));
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    let page = ask(&visitor, "no address").await;
    assert!(!page.assert_status(422).fault("email").is_empty(), "{}", page.text);
    assert_eq!(page.form("/forgot-password").value("email"), "no address");
    app.mail_to(&given::address("present"), "reset_password").await;
}

/// S35: and a limit is told on a page.
async fn asking_by_the_page_and_by_the_api_is_one_limit(backend: Backend) {
    let app =
        TestApp::start_with(backend, &["--rate-limits", "on", "--limit-mail-per-address", "4/1h"]).await;
    let (visitor, client) = (app.visitor(), app.anonymous());
    for n in 0..2 {
        ask(&visitor, &format!("one{n}@example.org")).await.assert_status(303);
        mailed::forgot(&client, &format!("two{n}@example.org")).await.assert_status(202);
    }
    let page = ask(&visitor, "three@example.org").await;
    assert_eq!(page.assert_status(429).heading(), "Too many attempts");
    mailed::forgot(&client, "three@example.org").await.assert_status(429);
    // Somebody else's site takes none of them away.
    app.clock.advance(Duration::from_hours(2));
    for _ in 0..6 {
        visitor
            .post("/forgot-password", &[("csrf", "0"), ("email", "a@example.org")])
            .await
            .assert_status(403);
    }
    ask(&visitor, "three@example.org").await.assert_status(303);
}

/// S54: signed in or not, and once.
async fn an_address_is_proven_by_the_button_alone(backend: Backend) {
    const PROVEN: &str = "select count(*) from users where email_verified_at is not null";
    let app = TestApp::start(backend).await;
    app.member("alice").await;
    let path = way(&app, &app.mail_to(&given::address("alice"), "verify_email").await);
    let stranger = app.visitor();
    let page = look(&app, &stranger, &path).await;
    assert_eq!((page.heading().as_str(), page.count("main button")), ("Confirm your e-mail address", 1));
    assert_eq!(app.database.sql(PROVEN), "0");
    let done = page.form("/verify-email").send().await.assert_leads_to("/login").follow().await;
    assert_eq!(done.words(".notice"), "Thank you. Your address is confirmed.");
    assert_eq!(app.database.sql(PROVEN), "1");
    assert!(stranger.session().is_none());
    let again = stranger.get(&path).await.form("/verify-email").send().await;
    assert_eq!(again.assert_status(422).heading(), "This link leads nowhere any more");
}

/// S62: the new address confirms, the old one takes it back; looking at either does nothing.
async fn an_address_changes_by_the_pages(backend: Backend) {
    const ADDRESS: &str = "select email from users where username = 'alice'";
    let app = TestApp::start(backend).await;
    let (alice, old) = (app.visitor_signed_in("alice").await, given::address("alice"));
    let page = alice.get("/profile/email").await;
    assert!(page.words("main").contains(&format!("Your address is {old}.")), "{}", page.text);
    let form = page.form("/profile/email").fill("new_email", &format!(" {MOVED} "));
    let asked = form.fill("password", given::PASSWORD).send().await;
    let page = asked.assert_leads_to("/profile/email").follow().await;
    assert!(page.words(".notice").starts_with("Look into your mail"), "{}", page.text);
    let confirm = app.mail_to(MOVED, "confirm_email_change").await;
    let notice = app.mail_to(&old, "email_change_notice").await;
    let stranger = app.visitor();
    let keep = look(&app, &stranger, &way(&app, &notice)).await;
    let page = look(&app, &stranger, &way(&app, &confirm)).await;
    assert_eq!((app.database.sql(ADDRESS), page.count("main button")), (old.clone(), 1));

    let done = page.form("/confirm-email").send().await.assert_leads_to("/login").follow().await;
    assert_eq!(done.words(".notice"), "Your account has this address now. Sign in again.");
    assert_eq!(app.database.sql(ADDRESS), MOVED);
    assert!(!alice.is_signed_in().await);
    page.form("/confirm-email").send().await.assert_status(422);
    keep.form("/confirm-email").send().await.assert_leads_to("/login");
    assert_eq!(app.database.sql(ADDRESS), old);
}

/// S62, S38: a taken address is answered as a free one, and found out where its mail is read.
async fn a_change_of_address_tells_nothing_and_needs_the_password(backend: Backend) {
    let app = TestApp::start(backend).await;
    let alice = app.visitor_signed_in("alice").await;
    app.member("bob").await;
    let ask = async |new: &str, password: &str| {
        let form = alice.get("/profile/email").await.form("/profile/email").fill("new_email", new);
        form.fill("password", password).send().await
    };
    let (free, taken) =
        (ask(MOVED, given::PASSWORD).await, ask(&given::address("bob"), given::PASSWORD).await);
    assert_eq!((free.status, free.location()), (taken.status, taken.location()));
    assert_eq!(free.follow().await.text, taken.follow().await.text);
    let wrong = ask("other@example.org", "not the password").await;
    assert_eq!(wrong.assert_status(422).fault("password"), "This is not your password.");
    assert_eq!(wrong.form("/profile/email").value("new_email"), "other@example.org");
    let malformed = ask("other@", given::PASSWORD).await;
    assert!(!malformed.assert_status(422).fault("new_email").is_empty(), "{}", malformed.text);

    let confirm = app.mail_to(MOVED, "confirm_email_change").await;
    let mut thief = given::registration("thief");
    thief["email"] = MOVED.into();
    app.anonymous().post("/api/auth/register", thief).await.assert_status(201);
    let page = app.visitor().get(&way(&app, &confirm)).await;
    let refused = page.form("/confirm-email").send().await;
    assert_eq!(refused.assert_status(409).heading(), "Somebody else has this address by now");
}

/// Every link of every kind of mail there is.
async fn every_mail_leads_to_a_page(backend: Backend) {
    let app = TestApp::start(backend).await;
    let (alice, keeper) = (app.signed_in("alice").await, app.admin().await);
    let old = given::address("alice");
    mailed::change_tokens(&app, &alice, &old, MOVED).await;
    mailed::reset_token(&app, &old).await;
    app.anonymous().post("/api/auth/register", given::registration("alice")).await;
    let made = serde_json::json!({ "username": "made", "email": "made@example.org" });
    keeper.post("/api/users", made).await;
    let id = &alice.user["id"];
    keeper.post(&format!("/api/users/{id}/password-reset"), serde_json::json!({})).await;
    mailed::all_mails_left(&app).await;
    let (mut kinds, mut pages) = (BTreeSet::new(), BTreeSet::new());
    for mail in app.mails() {
        for link in mail.text.lines().filter_map(|line| line.trim().strip_prefix(app.base())) {
            let page = app.visitor().get(link).await;
            page.assert_status(200);
            assert!(page.has("main form"), "{link}");
            pages.insert(link.split('?').next().unwrap().to_owned());
        }
        kinds.insert(mail.kind);
    }
    let expected = ["/confirm-email", "/forgot-password", "/reset-password", "/verify-email"];
    assert!(pages.iter().eq(expected), "{pages:?}");
    assert!(kinds.len() >= 5, "{kinds:?}");
}

/// S54, S57: in a log that says all it can, nor in any answer but the form itself.
async fn no_token_is_logged_or_told(backend: Backend) {
    let database = TestDatabase::new(backend);
    let url = database.url();
    let mut server = Process::start(&[
        ("LOG_FORMAT", "json"),
        ("LOG_LEVEL", "trace"),
        ("DATABASE_URL", &url),
        ("SECRET_KEY", given::SECRET_KEY),
        ("RATE_LIMITS", "off"),
    ]);
    let base = format!("http://{}", server.address());
    let client = server.anonymous();
    client.post("/api/auth/register", given::registration("alice")).await.assert_status(201);
    let visitor = Visitor::at(&base);
    ask(&visitor, &given::address("alice")).await.assert_status(303);
    let alice = given::address("alice");
    // A new password proves the address, too, and is the end of the other link.
    let mails =
        [server.mail_to(&alice, "verify_email").await, server.mail_to(&alice, "reset_password").await];
    for mail in &mails {
        let (link, token) = (mail.link(), mail.token());
        let page = visitor
            .get(
                &link[link.find("//").unwrap() + 2..]
                    .split_once('/')
                    .map(|(_, path)| format!("/{path}"))
                    .unwrap(),
            )
            .await;
        assert_eq!(page.assert_status(200).text.matches(&token).count(), 1, "in the form, once");
        let action = page.path.split('?').next().unwrap().to_owned();
        let form = page.form(&action);
        let form = if form.has("new_password") {
            form.fill("new_password", NEW).fill("new_password_again", NEW)
        } else {
            form
        };
        for status in [303, 422] {
            let answer = form.clone().send().await;
            assert!(!answer.assert_status(status).text.contains(&token), "{}", answer.text);
            assert!(answer.headers.values().all(|value| !value.to_str().unwrap().contains(&token)));
        }
    }
    server.terminate();
    assert!(server.wait().success());
    let log = fs::read_to_string(server.folder().join("standard-error")).unwrap();
    assert!(log.lines().count() > 50, "{log}");
    for mail in &mails {
        assert!(!log.contains(&mail.token()), "a token in the log");
        assert!(!log.contains(&mail.token()[16..]), "a token in the log");
    }
    assert!(!log.contains("token="), "{:?}", log.lines().find(|line| line.contains("token=")));
}

/// S54: in a real one, which sends no origin from such a page; nothing is asked for with the token in it but the page.
async fn a_forgotten_password_is_replaced_in_a_browser(backend: Backend) {
    let app = TestApp::start(backend).await;
    app.member("alice").await;
    let browser = Browser::at(app.base()).await;
    browser.goto("/login").await;
    browser.press("a[href='/forgot-password']").await;
    browser.fill("email", &given::address("alice")).await;
    browser.press("Send the link").await;
    assert_eq!(browser.text("h1").await, "Look into your mail");
    let mail = app.mail_to(&given::address("alice"), "reset_password").await;
    browser.goto(&mail.link()).await;
    browser.fill("new_password", "password1").await;
    browser.fill("new_password_again", "password1").await;
    browser.press("Set the password").await;
    assert_eq!((browser.status(), browser.address().await.as_str()), (422, "/reset-password"));
    assert!(browser.text("#new_password-fault").await.contains("too common"));
    browser.fill("new_password", NEW).await;
    browser.fill("new_password_again", NEW).await;
    browser.press("Set the password").await;
    assert_eq!(browser.text("h1").await, "Sign in");
    assert!(browser.text(".notice").await.contains("Your password is the new one."));
    browser.fill("username", "alice").await;
    browser.fill("password", NEW).await;
    browser.press("Sign in").await;
    assert!(browser.has("form[action='/logout']").await, "{}", browser.text("main").await);
    let with_token: Vec<_> =
        browser.asked().into_iter().filter(|address| address.contains(&mail.token())).collect();
    assert_eq!(with_token, [mail.link()]);
    assert_eq!(browser.violations_of_policy(), [""; 0]);
}
