//! Accounts whose passwords lay in a table as they were typed, with a record beside each.

use serde_json::{Value, json};

use crate::accounts::first_admin::create_admin;
use crate::accounts::sign_in;
use crate::harness::database::TestDatabase;
use crate::harness::{Backend, Process, given};

on_both!(the_table_comes_over_and_goes_on_with_its_lists);

const TABLE: &str = "username,password,email,additional_user_info\r\n\
    asha,brass lantern 17,asha@example.org,\"{\"\"gate\"\": 7}\"\r\n\
    bo,tin lantern 18,bo@example.org,likes tea\r\n";

async fn the_table_comes_over_and_goes_on_with_its_lists(backend: Backend) {
    let database = TestDatabase::new(backend);
    let url = database.url();
    let mut process = Process::prepare(&[
        ("DATABASE_URL", &url),
        ("SECRET_KEY", given::SECRET_KEY),
        ("RATE_LIMITS", "off"),
    ]);
    let file = process.folder().join("users.csv");
    std::fs::write(&file, TABLE).unwrap();
    let words = ["import", "csv", "--from", file.to_str().unwrap(), "--plaintext-column", "password"];
    assert!(process.command(&words).output().unwrap().status.success());
    create_admin(&database);
    process.spawn();
    process.wait_until_ready();
    let stranger = process.anonymous();

    // Everybody signs in with what they always typed, and what was beside them is there.
    let asha = sign_in(&stranger, "asha", "brass lantern 17").await;
    let metadata = &asha.assert_status(200).body["user"]["profile"]["metadata"];
    assert_eq!(*metadata, json!({ "additional_user_info": { "gate": 7 } }));
    assert!(!database.sql("select password_hash from users").contains("lantern"));

    // Whoever keeps the lists retrieves, creates, modifies and deletes.
    let keeper = stranger.sign_in("captain").await;
    let list = keeper.get("/api/users?sort=username").await;
    assert_eq!(list.assert_status(200).body["total"], json!(3));
    let id = &list.body["data"][0]["id"];
    let detail = keeper.get(&format!("/api/users/{id}")).await;
    assert_eq!(detail.assert_status(200).body["data"]["username"], json!("asha"));
    let made = keeper.post("/api/users", json!({ "username": "cyd", "email": "cyd@example.org" })).await;
    let made = made.assert_status(201).body["data"]["id"].clone();
    let taken = keeper.post("/api/users", json!({ "username": "CYD", "email": "other@example.org" })).await;
    taken.assert_error(409, "username_taken");
    let changed = json!({ "metadata": { "additional_user_info": "second gate" } });
    let changed = keeper.patch(&format!("/api/users/{made}"), changed).await;
    let metadata = &changed.assert_status(200).body["data"]["profile"]["metadata"];
    assert_eq!(metadata["additional_user_info"], json!("second gate"));
    keeper.delete(&format!("/api/users/{made}")).await.assert_status(200);
    keeper.get(&format!("/api/users/{made}")).await.assert_error(404, "not_found");
    assert_eq!(keeper.get("/api/users").await.body["total"], json!(3));

    // Sign-up looks whether name and address are free, before it stores anything.
    let asha = json!({ "username": "Asha", "email": "new@example.org", "password": given::PASSWORD });
    stranger.post("/api/auth/register", asha).await.assert_error(409, "username_taken");
    let bo = json!({ "username": "bobby", "email": "BO@example.org", "password": given::PASSWORD });
    stranger.post("/api/auth/register", bo).await.assert_error(409, "email_taken");
    assert_eq!(stranger.get("/api/auth/profile").await.body["data"], Value::Null);
}
