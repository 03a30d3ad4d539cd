//! A backup put in the place of what was lost.

use serde_json::json;

use super::started_on;
use crate::accounts::{jwt, mailed, sign_in, stored_hash};
use crate::harness::database::TestDatabase;
use crate::harness::{Backend, Process, given};

on_both!(a_backup_brings_back_what_was_and_one_command_ends_it,);

const NEW: &str = "a green boat at the pier";

async fn link_for(house: &Process, name: &str) -> String {
    let address = given::address(name);
    mailed::forgot(&house.anonymous(), &address).await.assert_status(202);
    house.mail_to(&address, "reset_password").await.token()
}

async fn assert_all(house: &Process, tokens: &[&str], status: u16) {
    for token in tokens {
        house.anonymous().with_token(token).get("/api/auth/profile").await.assert_status(status);
    }
}

/// S101: who was signed in at the time of the backup is, with the password of that time; what came later is nobody's, not
/// even where a number is given to somebody else. After `revoke-all` no token of either time is good.
async fn a_backup_brings_back_what_was_and_one_command_ends_it(backend: Backend) {
    let (lost, restored) = (TestDatabase::new(backend), TestDatabase::empty(backend));
    let public = [("PUBLIC_URL", "http://accounts.example.org")];
    let mut house = started_on(&lost, &public);
    let client = house.anonymous();
    for name in ["keeper", "alice"] {
        client.post("/api/auth/register", given::registration(name)).await.assert_status(201);
    }
    let alice = client.sign_in("alice").await;
    let signed = jwt::opened(&client, "alice").await;
    let link = link_for(&house, "alice").await;
    let (opaque, signed, refresh) =
        (alice.token.clone().unwrap(), signed["access_token"].as_str().unwrap(), &signed["refresh_token"]);
    let folder = tempfile::TempDir::new().unwrap();
    let backup = folder.path().join("backup");
    lost.back_up(&backup);

    let change = json!({ "current_password": given::PASSWORD, "new_password": NEW });
    alice.post("/api/auth/password/change", change).await.assert_status(200);
    client.post("/api/auth/register", given::registration("bob")).await.assert_status(201);
    let bob = client.sign_in("bob").await.token.unwrap();
    let bob_signed = jwt::signed_in(&client, "bob").await.token.unwrap();
    let bob_link = link_for(&house, "bob").await;
    let number = |database: &TestDatabase, name: &str| {
        database.sql(&format!("select id from users where username = '{name}'"))
    };
    let bobs = number(&lost, "bob");
    assert_all(&house, &[&bob, &bob_signed], 200).await;
    house.terminate();
    assert!(house.wait().success());

    restored.restore(&backup);
    let house = started_on(&restored, &public);
    let client = house.anonymous();
    client.post("/api/auth/register", given::registration("carol")).await.assert_status(201);
    assert_eq!(number(&restored, "carol"), bobs, "the backup knows of no other number");
    assert_all(&house, &[&opaque, signed], 200).await;
    assert_all(&house, &[&bob, &bob_signed], 401).await;
    sign_in(&client, "alice", NEW).await.assert_status(401);
    sign_in(&client, "bob", given::PASSWORD).await.assert_status(401);
    let before = stored_hash(&restored, "carol");
    mailed::reset(&client, &bob_link, NEW).await.assert_status(422);

    let ended = house.command(&["revoke-all"]).output().unwrap();
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    assert_all(&house, &[&opaque, signed, &bob, &bob_signed], 401).await;
    client.post("/api/auth/refresh", json!({ "refresh_token": refresh })).await.assert_status(401);
    for link in [&link, &bob_link] {
        mailed::reset(&client, link, NEW).await.assert_status(422);
    }
    assert_eq!(stored_hash(&restored, "carol"), before);
    for name in ["alice", "carol", "keeper"] {
        sign_in(&client, name, given::PASSWORD).await.assert_status(200);
    }
}
