//! A mail leaves soon, for one person, and readable.

use std::time::{Duration, Instant};

use serde_json::json;

use super::{emptied, forgot, members, node, received};
use crate::harness::{Backend, Mail, Mood, Smtp, given};

on_both!(
    a_message_goes_to_one_person_and_its_link_is_whole,
    addresses_of_all_scripts_are_written_to,
    a_mail_for_nobody_is_dropped
);
on_both_alone!(a_mail_leaves_within_two_seconds);

async fn a_mail_leaves_within_two_seconds(backend: Backend) {
    let smtp = Smtp::start(Mood::Accept);
    let app = node(backend, &smtp.url()).await;
    members(&app, "alice", 1).await;
    for round in 1..=5 {
        forgot(&app, "alice0").await.assert_status(202);
        let begun = Instant::now();
        received(&smtp, round).await;
        assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    }
}

/// S55, S07: one RCPT, one To, the headers there should be; the link alone on its line in the part that comes first, and
/// in no encoding that could break it.
async fn a_message_goes_to_one_person_and_its_link_is_whole(backend: Backend) {
    let smtp = Smtp::start(Mood::Accept);
    let app = node(backend, &smtp.url()).await;
    let email = "o'brien+tag@example.org";
    let body = json!({ "username": "obrien", "email": email, "password": given::PASSWORD });
    app.anonymous().post("/api/auth/register", body).await.assert_status(201);
    let body = json!({ "email": "O'BRIEN+tag@EXAMPLE.org" });
    app.anonymous().post("/api/auth/password/forgot", body).await.assert_status(202);
    let [mail] = &received(&smtp, 1).await[..] else { panic!("one mail") };
    assert_eq!((mail.from.as_str(), &mail.to[..]), ("no-reply@localhost", &[email.to_owned()][..]));
    assert!(!mail.tls && mail.data.is_ascii());
    let (head, body) = mail.data.split_once("\r\n\r\n").unwrap();
    let mut names: Vec<_> = head.lines().filter_map(|line| Some(line.split_once(": ")?.0)).collect();
    names.retain(|name| !name.starts_with("X-"));
    let expected =
        ["From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type"];
    assert_eq!(names, expected, "{head}");
    assert!(head.contains("Date: Thu, 15 Jan 2026 12:00:00 +0000"), "{head}");
    assert!(head.contains("Auto-Submitted: auto-generated"), "{head}");
    assert_eq!(body.matches("Content-Transfer-Encoding: 7bit").count(), 2, "{body}");
    let read = Mail::parse(&mail.data, String::new());
    let start = format!("{}/reset-password?token=", app.base());
    assert_eq!(read.subject, "Choose a new password for 127.0.0.1");
    assert!(read.link().starts_with(&start), "{}", read.link());
    assert!(read.token().len() == 80 && read.html.contains(&read.link()), "{}", read.html);
    emptied(&app).await;
}

/// S08: the domain as the domain name system has it, what comes before the @ as it is stored.
async fn addresses_of_all_scripts_are_written_to(backend: Backend) {
    let smtp = Smtp::start(Mood::Accept);
    let app = node(backend, &smtp.url()).await;
    let [idn, local] = ["mike@bücher.example", "éva@example.org"];
    for (name, email) in [("mike", idn), ("eva", local)] {
        let body = json!({ "username": name, "email": email, "password": given::PASSWORD });
        app.anonymous().post("/api/auth/register", body).await.assert_status(201);
        app.anonymous().post("/api/auth/password/forgot", json!({ "email": email })).await;
        emptied(&app).await;
    }
    let to: Vec<_> = received(&smtp, 2).await.into_iter().map(|mail| mail.to.join(" ")).collect();
    assert_eq!(to, ["mike@xn--bcher-kva.example", "éva@example.org"]);
}

/// S38: who has no account gets nothing, and nothing tells whoever asked.
async fn a_mail_for_nobody_is_dropped(backend: Backend) {
    let smtp = Smtp::start(Mood::Accept);
    let app = node(backend, &smtp.url()).await;
    members(&app, "alice", 1).await;
    let (unknown, known) = (forgot(&app, "nobody").await, forgot(&app, "alice0").await);
    assert_eq!((unknown.status, &unknown.text), (202, &known.text));
    emptied(&app).await;
    let [mail] = &received(&smtp, 1).await[..] else { panic!("one mail") };
    assert_eq!(mail.to, [given::address("alice0")]);
}
