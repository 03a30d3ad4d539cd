//! `vestibule keys rotate` and `vestibule revoke-all`, beside servers that run.

use std::time::Duration;

use serde_json::json;

use super::jwt::{published, signed_in};
use crate::harness::client::Client;
use crate::harness::database::TestDatabase;
use crate::harness::{Backend, Process, given};

on_both!(a_rotation_reaches_servers_that_run, revoking_all_ends_every_session_on_every_node_within_a_second,);

/// Two servers on one database.
fn nodes(database: &TestDatabase) -> [Process; 2] {
    [(); 2].map(|()| {
        Process::start(&[
            ("DATABASE_URL", &database.url()),
            ("SECRET_KEY", given::SECRET_KEY),
            ("PUBLIC_URL", "http://accounts.example.org"),
            ("SESSIONS_PER_USER", "20"),
            ("RATE_LIMITS", "off"),
        ])
    })
}

/// What a command of the binary says.
fn run(node: &Process, command: &[&str]) -> String {
    let output = node.command(command).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

async fn assert_status(caller: &Client, status: u16) {
    caller.get("/api/auth/profile").await.assert_status(status);
}

/// S18, S87: everybody stays signed in.
async fn a_rotation_reaches_servers_that_run(backend: Backend) {
    let database = TestDatabase::new(backend);
    let [one, other] = nodes(&database);
    let [one_client, other_client] = [&one, &other].map(Process::anonymous);
    one_client.post("/api/auth/register", given::registration("alice")).await.assert_status(201);
    let old = signed_in(&one_client, "alice").await;
    let before = published(&one_client).await;
    assert_eq!((before.len(), published(&other_client).await), (1, before.clone()));

    let said = run(&one, &["keys", "rotate"]);
    tokio::time::sleep(Duration::from_millis(2100)).await;
    let new = signed_in(&one_client, "alice").await;
    let after = published(&other_client).await;
    assert_eq!(after.len(), 2);
    assert_eq!(after[1], before[0]);
    assert!(said.contains(&after[0]), "{said}");
    assert_eq!(super::jwt::part(new.token.as_ref().unwrap(), 0)["kid"], json!(after[0]));
    for client in [&one_client, &other_client] {
        for caller in [&old, &new] {
            assert_status(&client.with_token(caller.token.as_ref().unwrap()), 200).await;
        }
    }
    let told = database.sql("select outcome, detail from audit_events where event = 'keys.rotated'");
    assert_eq!(told, format!("success|{}", after[0]));
    assert!(!said.contains(given::SECRET_KEY));
}

/// S101
async fn revoking_all_ends_every_session_on_every_node_within_a_second(backend: Backend) {
    let database = TestDatabase::new(backend);
    let [one, other] = nodes(&database);
    let clients = [&one, &other].map(Process::anonymous);
    clients[0].post("/api/auth/register", given::registration("alice")).await.assert_status(201);
    let opaque = clients[0].sign_in("alice").await;
    let opened = super::jwt::opened(&clients[1], "alice").await;
    let jwt = clients[0].with_token(opened["access_token"].as_str().unwrap());
    let everywhere =
        |caller: &Client| clients.clone().map(|client| client.with_token(caller.token.as_ref().unwrap()));
    for caller in [&opaque, &jwt].into_iter().flat_map(everywhere) {
        assert_status(&caller, 200).await;
    }
    let said = run(&one, &["revoke-all"]);
    assert_eq!(said, "2 sessions were ended; no token is good any more.\n");
    tokio::time::sleep(Duration::from_secs(1)).await;
    for caller in [&opaque, &jwt].into_iter().flat_map(everywhere) {
        assert_status(&caller, 401).await;
    }
    let refresh = json!({ "refresh_token": opened["refresh_token"] });
    clients[0].post("/api/auth/refresh", refresh).await.assert_status(401);
    assert_eq!(database.sql("select count(*) from sessions"), "0");
    assert_eq!(
        database.sql("select count(*) from audit_events where event = 'session.everything_revoked'"),
        "1"
    );
    // Whoever knows the password comes back in.
    assert_status(&clients[1].sign_in("alice").await, 200).await;
}
