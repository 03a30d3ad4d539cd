//! A mail server that is away, says nothing, or dies.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use super::{emptied, forgot, members, node, queued, received, tried, until};
use crate::faults::{either, tell};
use crate::harness::client::Answer;
use crate::harness::smtp::Received;
use crate::harness::{Backend, Mail, Mood, Smtp, given};

on_both!(
    mails_outlive_a_mail_server_that_is_away,
    a_server_that_says_nothing_holds_up_nobody,
    a_mail_goes_again_to_a_server_that_died_with_it,
);

/// F6, S38: whoever asks gets the same answer, and what was asked for arrives, once.
async fn mails_outlive_a_mail_server_that_is_away(backend: Backend) {
    let smtp = Smtp::start(Mood::Accept);
    let app = node(backend, &smtp.url()).await;
    let names = members(&app, "member", either(24, 400)).await;
    let there = forgot(&app, &names[0]).await;
    received(&smtp, 1).await;
    smtp.stop();

    for name in &names {
        let away = forgot(&app, name).await;
        assert_eq!((away.status, &away.text), (202, &there.text));
        let headers =
            |answer: &Answer| answer.headers.keys().map(ToString::to_string).collect::<BTreeSet<_>>();
        assert_eq!(headers(&away), headers(&there));
    }
    tried(&app).await;
    assert_eq!(queued(&app), names.len(), "none is lost");
    smtp.start_again(Mood::Accept);
    app.clock.advance(Duration::from_mins(2));
    let begun = Instant::now();
    emptied(&app).await;
    let took = begun.elapsed();
    let mails = per_person(&smtp.received()[1..]);
    let lost = names.iter().filter(|name| !mails.contains_key(&given::address(name))).count();
    let duplicates: usize = mails.values().map(|count| count - 1).sum();
    let each = took / u32::try_from(names.len()).unwrap();
    tell(&format!(
        "F6 {backend:?}, away: {} mails, lost {lost}, duplicates {duplicates}; oldest gone {took:?} after recovery, \
         {each:?} each",
        names.len()
    ));
    assert_eq!((lost, duplicates), (0, 0));
}

/// F6: sign-ins, registrations and other mails' orders go on; when the server is itself again all mails go.
async fn a_server_that_says_nothing_holds_up_nobody(backend: Backend) {
    let smtp = Smtp::start(Mood::Stall);
    let app = node(backend, &smtp.url()).await;
    let names = members(&app, "member", 12).await;
    for name in &names {
        forgot(&app, name).await.assert_status(202);
    }
    let under_way = "select count(*) from outbox where lease_id is not null";
    until("some are under way", || app.database.sql(under_way) == "4").await;
    let begun = Instant::now();
    for round in 0..4 {
        app.signed_in(&format!("somebody{round}")).await.get("/api/auth/profile").await.assert_status(200);
    }
    assert!(begun.elapsed() < Duration::from_secs(8), "{:?}", begun.elapsed());

    // Its last word comes never: the connections break, and it is sent again.
    smtp.start_again(Mood::Accept);
    until("they are tried again", || app.database.sql(under_way) == "0").await;
    app.clock.advance(Duration::from_mins(2));
    emptied(&app).await;
    let mails = per_person(&smtp.received());
    assert!(names.iter().all(|name| mails[&given::address(name)] == 1), "{mails:?}");
}

/// F6: it may have kept it or not, so it gets it again: at least once, and once more for each death.
async fn a_mail_goes_again_to_a_server_that_died_with_it(backend: Backend) {
    let smtp = Smtp::start(Mood::Dies);
    let app = node(backend, &smtp.url()).await;
    members(&app, "alice", 1).await;
    forgot(&app, "alice0").await.assert_status(202);
    received(&smtp, 1).await;
    tried(&app).await;
    smtp.start_again(Mood::Accept);
    app.clock.advance(Duration::from_mins(1));
    emptied(&app).await;
    let mails = smtp.received();
    let links: Vec<_> = mails.iter().map(|mail| Mail::parse(&mail.data, String::new()).token()).collect();
    assert_eq!(links.len(), 2);
    let id =
        |mail: &Received| mail.data.lines().find(|line| line.starts_with("Message-ID:")).map(str::to_owned);
    assert_ne!(id(&mails[0]), id(&mails[1]), "another link, another mail");
    let body = |token: &str| serde_json::json!({ "token": token, "new_password": "amber lantern 77 quay" });
    let reset = async |token: &str| app.anonymous().post("/api/auth/password/reset", body(token)).await;
    assert_ne!(reset(&links[0]).await.status, 200, "the newer link voids the older");
    reset(&links[1]).await.assert_status(200);
}

/// How many mails each person got.
pub(super) fn per_person(mails: &[Received]) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for mail in mails {
        let [to] = &mail.to[..] else { panic!("{:?}", mail.to) };
        *counts.entry(to.clone()).or_default() += 1;
    }
    counts
}
