//! The life of a picture: in a folder and in a bucket, on both databases.

use std::sync::Arc;

use serde_json::Value;

use super::{AVATAR, Pictures, RED, assert_plain, fetch, files_below, is_like, path_of, seen, small, upload};
use crate::harness::{Backend, S3, TestApp};

on_both!(
    a_picture_lives_in_a_folder,
    a_picture_lives_in_a_bucket,
    of_two_uploads_at_once_one_stays,
    two_nodes_share_a_bucket,
    a_deleted_account_takes_its_picture_along,
);

async fn a_picture_lives_in_a_folder(backend: Backend) {
    let app = TestApp::start(backend).await;
    let folder = app.data_dir().join("media");
    lives(&app, || files_below(&folder).len()).await;
}

async fn a_picture_lives_in_a_bucket(backend: Backend) {
    let s3 = S3::start();
    let app = in_bucket(backend, &s3).await;
    lives(&app, || {
        let names = s3.names();
        assert!(names.iter().all(|name| name.starts_with("of/people/avatars/")), "{names:?}");
        names.len()
    })
    .await;
    assert_eq!(files_below(&app.data_dir().join("media")).len(), 0);
}

async fn in_bucket(backend: Backend, s3: &S3) -> TestApp {
    let arguments = s3.arguments();
    TestApp::start_with(backend, &arguments.iter().map(String::as_str).collect::<Vec<_>>()).await
}

async fn lives(app: &TestApp, count: impl Fn() -> usize) {
    let pictures = Pictures::make(&["plain.png", "green.png"]);
    let (alice, stranger) = (app.signed_in("alice").await, app.anonymous());
    assert_eq!(alice.user["profile"]["avatar_url"], Value::Null);

    let answer = upload(&alice, pictures.bytes("plain.png")).await;
    answer.assert_status(200);
    let first = path_of(&answer);
    assert_eq!(answer.body["profile"]["avatar_url"], format!("{}{first}", app.base()));
    let profile = alice.get("/api/auth/profile").await;
    assert_eq!(profile.body, answer.body, "the bare user, at once");
    for (path, side) in [(first.clone(), 512), (small(&first), 128)] {
        let file = fetch(&stranger, &path, &[]).await;
        assert_eq!((file.status, file.header("content-type")), (200, "image/webp"));
        assert_plain(&file.bytes);
        let seen = &seen(&[&file.bytes])[0];
        assert_eq!((&seen["format"], &seen["size"]), (&"WEBP".into(), &vec![side, side].into()));
        assert!(is_like(&seen["top"], RED), "{seen}");
    }
    assert_eq!(count(), 2);

    let second = path_of(upload(&alice, pictures.bytes("green.png")).await.assert_status(200));
    assert_ne!(first, second);
    assert_eq!(fetch(&stranger, &first, &[]).await.status, 404, "the old one is gone");
    assert_eq!(fetch(&stranger, &small(&first), &[]).await.status, 404);
    assert_eq!((fetch(&stranger, &second, &[]).await.status, count()), (200, 2));
    // The same picture again is another file, and so is somebody else's.
    let third = path_of(upload(&alice, pictures.bytes("green.png")).await.assert_status(200));
    let bobs =
        path_of(upload(&app.signed_in("bob").await, pictures.bytes("green.png")).await.assert_status(200));
    assert!(third != second && bobs != third);
    assert_eq!(count(), 4);

    let answer = alice.delete(AVATAR).await;
    assert_eq!(answer.assert_status(200).body["profile"]["avatar_url"], Value::Null);
    assert_eq!(fetch(&stranger, &third, &[]).await.status, 404);
    assert_eq!((fetch(&stranger, &bobs, &[]).await.status, count()), (200, 2));
    alice.delete(AVATAR).await.assert_status(200);
    assert_eq!(app.database.sql("select count(*) from media_files"), "1", "what is gone is forgotten");
}

/// S28: one picture a person, however they come.
async fn of_two_uploads_at_once_one_stays(backend: Backend) {
    let app = Arc::new(TestApp::start(backend).await);
    let pictures = Pictures::make(&["plain.png", "green.png"]);
    let alice = app.signed_in("alice").await;
    for _ in 0..4 {
        let uploads = ["plain.png", "green.png"].map(|name| {
            let (alice, bytes) = (alice.clone(), pictures.bytes(name));
            tokio::spawn(async move { upload(&alice, bytes).await })
        });
        for upload in uploads {
            upload.await.unwrap().assert_status(200);
        }
    }
    let path = path_of(&alice.get("/api/auth/profile").await);
    assert_eq!(fetch(&alice, &path, &[]).await.status, 200);
    assert_eq!(files_below(&app.data_dir().join("media")).len(), 2);
    assert_eq!(app.database.sql("select count(*) from media_files"), "1");
}

/// What one node put there the other serves, replaces and removes.
async fn two_nodes_share_a_bucket(backend: Backend) {
    let s3 = S3::start();
    let (one, pictures) = (in_bucket(backend, &s3).await, Pictures::make(&["plain.png", "green.png"]));
    let two = one.second_node().await;
    let alice = one.signed_in("alice").await;
    let path = path_of(upload(&alice, pictures.bytes("plain.png")).await.assert_status(200));
    assert_eq!(fetch(&two.anonymous(), &path, &[]).await.status, 200);
    let next = path_of(upload(&alice.at(&two), pictures.bytes("green.png")).await.assert_status(200));
    assert_eq!(fetch(&one.anonymous(), &path, &[]).await.status, 404);
    assert_eq!(fetch(&one.anonymous(), &next, &[]).await.status, 200);
    assert_eq!(s3.names().len(), 2);
}

/// S82: whoever leaves is not seen any more.
async fn a_deleted_account_takes_its_picture_along(backend: Backend) {
    let app = TestApp::start(backend).await;
    let pictures = Pictures::make(&["plain.png"]);
    let alice = app.signed_in("alice").await;
    let path = path_of(upload(&alice, pictures.bytes("plain.png")).await.assert_status(200));
    let id = alice.user["id"].as_i64().unwrap();
    app.admin().await.delete(&format!("/api/users/{id}")).await.assert_status(200);
    for path in [small(&path), path] {
        assert_eq!(fetch(&app.anonymous(), &path, &[]).await.status, 404);
    }
    assert_eq!(files_below(&app.data_dir().join("media")).len(), 0);
}
