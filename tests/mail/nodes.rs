//! Several nodes, some of which are killed.

use std::time::{Duration, Instant};

use serde_json::json;
use tokio::time::sleep;

use super::away::per_person;
use super::{emptied, forgot, members, node, until};
use crate::faults::{durable, either, on, some_time, tell};
use crate::harness::{Backend, Mood, Smtp, given};

on_both!(of_several_nodes_one_sends_each_mail, a_killed_node_loses_no_mail, a_mail_under_way_is_waited_for);

/// F12: three nodes, many mails ordered at all of them, each sent once.
async fn of_several_nodes_one_sends_each_mail(backend: Backend) {
    let smtp = Smtp::start(Mood::Accept);
    let first = node(backend, &smtp.url()).await;
    let nodes = [first.second_node().await, first.second_node().await, first];
    let names = members(&nodes[0], "member", either(20, 60)).await;
    let rounds = either(3, 20);
    let begun = Instant::now();
    for round in 0..rounds {
        for (number, name) in names.iter().enumerate() {
            forgot(&nodes[(number + round) % 3], name).await.assert_status(202);
        }
    }
    emptied(&nodes[0]).await;
    let (mails, ordered) = (smtp.received(), names.len() * rounds);
    let duplicates = mails.len().saturating_sub(ordered);
    tell(&format!(
        "F12 {backend:?}: 3 nodes, {ordered} mails in {:?}, sent {}, duplicates {duplicates}",
        begun.elapsed(),
        mails.len()
    ));
    assert_eq!(mails.len(), ordered);
    assert!(per_person(&mails).values().all(|count| *count == rounds));
}

/// F1, S44: the mail of each acknowledged registration goes at least once, and once more for each kill at most.
async fn a_killed_node_loses_no_mail(backend: Backend) {
    let (smtp, database) = (Smtp::start(Mood::Accept), durable(backend));
    let url = smtp.url();
    let mut server = on(&database, &[("SMTP_URL", &url)]);
    let (kills, mut acknowledged, mut number) = (either(3, 20), Vec::new(), 0);
    for _ in 0..kills {
        server.spawn();
        server.wait_until_ready();
        let stranger = server.anonymous();
        let end = Instant::now() + Duration::from_millis(300) + some_time(Duration::from_millis(900));
        while Instant::now() < end {
            number += 1;
            let name = format!("person{number}");
            let answer = stranger.post("/api/auth/register", given::registration(&name)).await;
            answer.assert_status(201);
            acknowledged.push(given::address(&name));
        }
        server.kill();
    }
    server.spawn();
    server.wait_until_ready();
    let under_way = database.sql("select count(*) from outbox where lease_id is not null");
    if !crate::faults::is_long() {
        // The leases of the dead are let run out by hand: a minute is long.
        database.sql("update outbox set leased_until = '2020-01-01 00:00:00' where leased_until is not null");
    }
    let recovered = Instant::now();
    while database.sql("select count(*) from outbox") != "0" {
        assert!(recovered.elapsed() < Duration::from_mins(2), "mails wait: {}", server.said());
        sleep(Duration::from_millis(50)).await;
    }
    let mails = per_person(&smtp.received());
    let lost = acknowledged.iter().filter(|address| !mails.contains_key(*address)).count();
    let most = mails.values().max().copied().unwrap_or_default();
    let duplicates: usize = mails.values().map(|count| count - 1).sum();
    tell(&format!(
        "F1 {backend:?}: {kills} kills, {} mails, {under_way} of them under way at the last, lost {lost}, duplicates \
         {duplicates}, at most {most} to one; the last gone {:?} after the start",
        acknowledged.len(),
        recovered.elapsed()
    ));
    assert_eq!(lost, 0);
    assert!(most <= 1 + kills);
}

/// F11: the end comes between two mails.
async fn a_mail_under_way_is_waited_for(backend: Backend) {
    let (smtp, database) = (Smtp::start(Mood::Accept), durable(backend));
    let url = smtp.url();
    let mut server = on(&database, &[("SMTP_URL", &url), ("SHUTDOWN_GRACE", "0s")]);
    server.spawn();
    server.wait_until_ready();
    let stranger = server.anonymous();
    for number in 0..8 {
        let registration = given::registration(&format!("person{number}"));
        stranger.post("/api/auth/register", registration).await.assert_status(201);
    }
    let body = json!({ "email": given::address("person0") });
    for _ in 0..40 {
        stranger.post("/api/auth/password/forgot", body.clone()).await.assert_status(202);
    }
    until("some are sent", || !smtp.received().is_empty()).await;
    server.terminate();
    assert!(server.wait().success());
    let left: usize = database.sql("select count(*) from outbox").parse().unwrap();
    let (sent, under_way) = (smtp.received().len(), "select count(*) from outbox where lease_id is not null");
    assert_eq!((sent + left, database.sql(under_way).as_str()), (48, "0"), "sent {sent}, left {left}");
}
