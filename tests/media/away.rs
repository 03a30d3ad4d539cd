//! The bucket is away, or not the one it says it is.

use serde_json::Value;

use super::{AVATAR, Pictures, fetch, path_of, upload};
use crate::harness::{Backend, Process, S3, TestApp, given};

on_both!(without_the_bucket_everything_else_works);

/// Pictures are told to be away, and nothing else is; nobody loses the one they had.
async fn without_the_bucket_everything_else_works(backend: Backend) {
    let (s3, pictures) = (S3::start(), Pictures::make(&["plain.png", "green.png"]));
    let arguments = s3.arguments();
    let app = TestApp::start_with(backend, &arguments.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let (alice, stranger) = (app.signed_in("alice").await, app.anonymous());
    let path = path_of(upload(&alice, pictures.bytes("plain.png")).await.assert_status(200));
    let shown = alice.get("/api/auth/profile").await.body["profile"]["avatar_url"].clone();

    s3.pause();
    // Eight at once: more than there are threads for files.
    let waiting: Vec<_> = (0..8)
        .map(|_| {
            let (stranger, path) = (stranger.clone(), path.clone());
            tokio::spawn(async move { fetch(&stranger, &path, &[]).await })
        })
        .collect();
    let (changing, bytes) = (alice.clone(), pictures.bytes("green.png"));
    let changing = tokio::spawn(async move { upload(&changing, bytes).await });
    for _ in 0..20 {
        let profile = alice.get("/api/auth/profile").await;
        assert_eq!(profile.assert_status(200).body["profile"]["avatar_url"], shown);
        stranger.get("/health/ready").await.assert_status(200);
    }
    for file in waiting {
        let file = file.await.unwrap();
        assert_eq!(file.status, 503);
        assert_ne!(file.header("retry-after"), "");
        assert_eq!(file.header("cache-control"), "no-store");
    }
    let told = changing.await.unwrap();
    assert_eq!(told.status, 503, "{}", told.text);
    s3.resume();
    assert_eq!(fetch(&stranger, &path, &[]).await.status, 200, "it is back");
    assert_eq!(
        alice.get("/api/auth/profile").await.body["profile"]["avatar_url"],
        shown,
        "the old one stayed"
    );

    s3.stop();
    assert_eq!(fetch(&stranger, &path, &[]).await.status, 503);
    upload(&alice, pictures.bytes("green.png")).await.assert_error(503, "unavailable");
    // Nobody is kept from taking their picture down; the file is collected when the bucket is back.
    let cleared = alice.delete(AVATAR).await;
    assert_eq!(cleared.assert_status(200).body["profile"]["avatar_url"], Value::Null);
    assert!(app.database.sql("select count(*) from media_files").parse::<u32>().unwrap() >= 1);
    s3.start_again();
    assert_eq!(fetch(&stranger, &path, &[]).await.status, 404);
    upload(&alice, pictures.bytes("green.png")).await.assert_status(200);
}

/// The operator's own authorities are known to the operating system, and `SSL_CERT_FILE` names others.
#[test]
fn pictures_go_to_a_bucket_that_is_trusted_and_to_no_other() {
    crate::harness::run(async {
        let (s3, picture) = (S3::encrypted(), Pictures::make(&["plain.png"]).bytes("plain.png"));
        let (certificate, address) = (s3.certificate(), s3.address("https", "localhost"));
        let settings = [
            ("MEDIA_URL", "s3://pictures"),
            ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
            ("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
            ("AWS_ENDPOINT_URL", &address),
        ];
        let trusting = ("SSL_CERT_FILE", certificate.to_str().unwrap());
        for (environment, status) in [([&settings[..], &[trusting]].concat(), 200), (settings.to_vec(), 503)]
        {
            let server = Process::start(&environment);
            let stranger = server.anonymous();
            stranger.post("/api/auth/register", given::registration("alice")).await.assert_status(201);
            let alice = stranger.sign_in("alice").await;
            upload(&alice, picture.clone()).await.assert_status(status);
            if status == 200 {
                let path = path_of(&alice.get("/api/auth/profile").await);
                assert_eq!(fetch(&stranger, &path, &[]).await.status, 200);
            }
            assert!(!server.said().contains("wJalrXUtnFEMI"), "{}", server.said());
        }
    });
}
