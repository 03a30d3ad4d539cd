//! Mails that others cause: few to one person, and in our words alone.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;

use super::{limited, post_from};
use crate::accounts::mailed;
use crate::harness::client::Client;
use crate::harness::{Backend, Mail, TestApp, given};

on_both!(
    a_mailbox_is_not_flooded_from_many_addresses,
    a_mailbox_is_not_flooded_by_accounts_on_its_address,
    a_mailbox_is_not_flooded_by_changes_of_address,
    nobody_switches_off_a_reset_by_causing_other_mails,
    nobody_has_us_write_their_words,
);

const ACCOUNTS: [&str; 4] =
    ["--limit-sign-in-per-account", "1000/1m", "--limit-sign-in-per-address", "10000/1m"];

fn sent(app: &TestApp, address: &str) -> Vec<Mail> {
    app.mails().into_iter().filter(|mail| mail.to.eq_ignore_ascii_case(address)).collect()
}

fn kinds(mails: &[Mail]) -> Vec<&str> {
    mails.iter().map(|mail| mail.kind.as_str()).collect()
}

/// Panics where more than `most` mails of one kind are there: links for a new password, links that prove, notices.
fn assert_few(mails: &[Mail], most: usize) {
    let kind = |mail: &Mail| match mail.kind.as_str() {
        "reset_password" => 0,
        "verify_email" | "confirm_email_change" => 1,
        _ => 2,
    };
    let counts = [0, 1, 2].map(|wanted| mails.iter().filter(|mail| kind(mail) == wanted).count());
    assert!(!mails.is_empty() && counts.iter().all(|count| *count <= most), "{:?}", kinds(mails));
}

/// S56: three of a kind an hour, in whatever way the address is written; the next hour three more.
async fn a_mailbox_is_not_flooded_from_many_addresses(backend: Backend) {
    let app = limited(backend, &["--email-verification", "required"]).await;
    keeper(&app).await;
    let (stranger, victim) = (app.anonymous(), given::address("victim"));
    for hour in 1..=2 {
        for n in 0..250_u8 {
            let ip = format!("203.0.113.{n}");
            let typed = if n % 2 == 0 { victim.clone() } else { victim.to_uppercase() };
            let named = format!("name{hour}x{n}");
            let (path, body) = match n % 3 {
                0 => ("/api/auth/register", json!({ "email": typed, "password": given::PASSWORD })),
                1 => ("/api/auth/password/forgot", json!({ "email": typed })),
                _ => (
                    "/auth/signup",
                    json!({ "email": typed, "username": named, "password": given::PASSWORD }),
                ),
            };
            let answer = post_from(&stranger, &ip, path, &body).await;
            answer.assert_status(202);
        }
        mailed::all_mails_left(&app).await;
        assert_few(&sent(&app, &victim), 3 * hour);
        app.clock.advance(Duration::from_hours(1));
    }
}

/// S56: whoever signs up with somebody else's address has mails sent there by nothing they do to that account.
async fn a_mailbox_is_not_flooded_by_accounts_on_its_address(backend: Backend) {
    let app = limited(backend, &ACCOUNTS).await;
    let mallory = app.signed_in("mallory").await;
    let mut passwords = [given::PASSWORD, "another quiet harbour"];
    for n in 0..10 {
        let ip = format!("203.0.113.{n}");
        let body = json!({ "new_email": format!("other{n}@example.org"), "password": passwords[0] });
        post_from(&mallory, &ip, "/api/auth/email/change", &body).await.assert_status(202);
        post_from(&mallory, &ip, "/api/auth/email/verify/request", &json!({})).await.assert_status(202);
        let body = json!({ "current_password": passwords[0], "new_password": passwords[1] });
        post_from(&mallory, &ip, "/api/auth/password/change", &body).await.assert_status(200);
        passwords.reverse();
        let body = json!({ "username": "mallory", "password": passwords[0] });
        let request =
            mallory.request(Method::POST, "/api/auth/login").header("user-agent", format!("Browser{n}/1"));
        mallory.send(request.json(&body)).await.assert_status(200);
    }
    mailed::all_mails_left(&app).await;
    assert_few(&sent(&app, &given::address("mallory")), 3);
}

/// S56: neither of somebody who has an account nor of somebody who has none, by however many accounts of others.
async fn a_mailbox_is_not_flooded_by_changes_of_address(backend: Backend) {
    let app = limited(backend, &ACCOUNTS).await;
    app.signed_in("victim").await;
    app.clock.advance(Duration::from_hours(1));
    mailed::all_mails_left(&app).await;
    let before = sent(&app, &given::address("victim")).len();
    for n in 0..6 {
        let mallory = app.signed_in(&format!("mallory{n}")).await;
        // The last is one too many for the mailbox of whoever asks.
        for m in 0..4 {
            let ip = format!("203.0.113.{}", n * 10 + m);
            let target = if m % 2 == 0 { "victim" } else { "nobody" };
            let body = json!({ "new_email": given::address(target), "password": given::PASSWORD });
            post_from(&mallory, &ip, "/api/auth/email/change", &body).await.assert_status(202);
        }
    }
    mailed::all_mails_left(&app).await;
    for (target, before) in [("victim", before), ("nobody", 0)] {
        let mails = sent(&app, &given::address(target));
        assert!((before + 1..=before + 3).contains(&mails.len()), "{target}: {:?}", kinds(&mails));
    }
}

/// S36, S56: neither by signing up with somebody's address nor by asking to change to it; and the other way round, a flood
/// of links for a new password hides no notice.
async fn nobody_switches_off_a_reset_by_causing_other_mails(backend: Backend) {
    let app = limited(backend, &[&ACCOUNTS[..], &["--email-verification", "required"]].concat()).await;
    keeper(&app).await;
    let (stranger, victim) = (app.anonymous(), given::address("victim"));
    for name in ["victim", "mallory"] {
        let answer = stranger.post("/api/auth/register", given::registration(name)).await;
        answer.assert_status(202);
        let token = app.mail_to(&given::address(name), "verify_email").await.token();
        mailed::verify(&stranger, &token).await.assert_status(200);
    }
    let mallory = stranger.sign_in("mallory").await;
    let register = json!({ "email": victim, "password": given::PASSWORD });
    let change = json!({ "new_email": victim, "password": given::PASSWORD });
    for n in 0..8 {
        let ip = format!("203.0.113.{n}");
        post_from(&stranger, &ip, "/api/auth/register", &register).await.assert_status(202);
        post_from(&mallory, &ip, "/api/auth/email/change", &change).await.assert_status(202);
    }
    let token = mailed::reset_token(&app, &victim).await;
    mailed::reset(&stranger, &token, "another quiet harbour").await.assert_status(200);

    app.clock.advance(Duration::from_hours(1));
    for n in 0..8 {
        let (ip, body) = (format!("203.0.113.{n}"), json!({ "email": victim }));
        post_from(&stranger, &ip, "/api/auth/password/forgot", &body).await.assert_status(202);
    }
    let again = async || post_from(&stranger, "192.0.2.1", "/api/auth/register", &register).await.status;
    mailed::caused(&app, &victim, "account_exists", again).await;
}

/// S56, S07, S55: names, programs, hosts and addresses of others stand in no mail.
async fn nobody_has_us_write_their_words(backend: Backend) {
    let app = limited(backend, &["--email-verification", "required"]).await;
    keeper(&app).await;
    let (mallory, words) = (app.anonymous(), "visit-evil.example");
    let ask = async |client: &Client, path: &str, body: serde_json::Value| {
        let request = client.request(Method::POST, path).json(&body);
        let request = request.header("user-agent", format!("Firefox/1 {words} http://{words}/"));
        let request = request.header("x-forwarded-host", words).header("forwarded", format!("host={words}"));
        client.send(request.header("referer", format!("http://{words}/"))).await
    };
    let register = |name: &str, email: &str| {
        json!({
            "username": name, "email": email, "password": given::PASSWORD,
            "full_name": format!("Click http://{words}/ now"),
        })
    };
    let victim = given::address("victim");
    ask(&mallory, "/api/auth/register", register(&format!("a.{words}"), &victim)).await.assert_status(202);
    ask(&mallory, "/api/auth/register", register(&format!("b.{words}"), &victim)).await.assert_status(202);
    ask(&mallory, "/api/auth/password/forgot", json!({ "email": victim })).await.assert_status(202);
    // And to the mailbox of somebody whose password is known, by a change to an address that is a message.
    ask(&mallory, "/api/auth/register", register("olivia", "olivia@example.org")).await.assert_status(202);
    let token = app.mail_to("olivia@example.org", "verify_email").await.token();
    mailed::verify(&mallory, &token).await.assert_status(200);
    let owner = app.anonymous().sign_in("olivia").await;
    ask(&owner, "/api/auth/login", given::credentials("olivia")).await.assert_status(200);
    let message = format!("call-now@{words}");
    let body = json!({ "new_email": message, "password": given::PASSWORD });
    ask(&owner, "/api/auth/email/change", body).await.assert_status(202);
    let body = json!({ "current_password": given::PASSWORD, "new_password": "another quiet harbour" });
    ask(&owner, "/api/auth/password/change", body).await.assert_status(200);
    mailed::all_mails_left(&app).await;
    let mails = [sent(&app, &victim), sent(&app, "olivia@example.org")].concat();
    assert!(mails.len() >= 6, "{:?}", kinds(&mails));
    for mail in mails {
        let all = mail.source.to_ascii_lowercase();
        assert!(!all.contains("evil") && !all.contains("click") && !all.contains("call-now"), "{all}");
    }
}

/// Somebody is there before the people of the test, who are members then.
async fn keeper(app: &TestApp) {
    let answer = app.anonymous().post("/api/auth/register", given::registration("keeper")).await;
    answer.assert_status(202);
}
