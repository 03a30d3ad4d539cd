//! What an upload calls itself.

use std::collections::BTreeSet;
use std::path::PathBuf;

use reqwest::Method;

use super::{AVATAR, Pictures, files_below, path_of, upload};
use crate::harness::client::{Answer, Client};
use crate::harness::{Backend, TestApp};

on_both!(names_and_types_decide_nothing, many_uploads_leave_one_picture);

/// The part's head is written by hand: no decent client would.
async fn send(caller: &Client, disposition: &[u8], media_type: &str, bytes: &[u8]) -> Answer {
    let body = [
        b"--limit\r\nContent-Disposition: form-data; name=\"avatar\"; filename".as_slice(),
        disposition,
        format!("\r\nContent-Type: {media_type}\r\n\r\n").as_bytes(),
        bytes,
        b"\r\n--limit--\r\n",
    ]
    .concat();
    let request =
        caller.request(Method::PUT, AVATAR).header("Content-Type", "multipart/form-data; boundary=limit");
    caller.send(request.body(body)).await
}

/// Everything the server has written but mails, which come when they come.
fn written(app: &TestApp) -> Vec<PathBuf> {
    let mut files = files_below(app.data_dir());
    files.retain(|file| !file.starts_with(app.data_dir().join("mail")));
    files
}

/// How many files lie in which folders.
fn layout(app: &TestApp) -> (usize, BTreeSet<PathBuf>) {
    let files = written(app);
    (files.len(), files.iter().map(|file| file.parent().unwrap().to_owned()).collect())
}

/// S28: where a file lies and what it is served as is the server's choice.
async fn names_and_types_decide_nothing(backend: Backend) {
    let app = TestApp::start(backend).await;
    let (alice, picture) = (app.signed_in("alice").await, Pictures::make(&["plain.png"]).bytes("plain.png"));
    upload(&alice, picture.clone()).await.assert_status(200);
    let before = layout(&app);
    let long = [b"=\"".as_slice(), &[b'a'; 5000], b".png\""].concat();
    let names: [&[u8]; 12] = [
        b"=\"../../canary.png\"",
        b"=\"..%2f..%2fcanary.png\"",
        b"=\"/etc/canary\"",
        b"=\"C:\\\\canary.exe\"",
        b"=\"CON\"",
        b"=\"canary.php\"",
        b"=\"a\0canary.png\"",
        b"=\"\xE2\x80\xAEgnp.yranac\"",
        b"=\"\xFF\xFE\"",
        b"=\"\"",
        b"*=UTF-8''%2e%2e%2fcanary",
        &long,
    ];
    for name in names {
        for media_type in ["text/html", "image/svg+xml"] {
            let answer = send(&alice, name, media_type, &picture).await;
            let shown = String::from_utf8_lossy(name).chars().take(60).collect::<String>();
            // A head that is none is refused; every other is as good as any.
            assert!(matches!(answer.status, 200 | 400), "{shown}, {media_type}: {}", answer.text);
            if answer.status == 200 {
                let served = super::fetch(&alice, &path_of(&answer), &[]).await;
                assert_eq!(served.header("content-type"), "image/webp", "{shown}");
                assert_eq!(served.header("content-disposition"), "", "{shown}");
            }
            assert_eq!(layout(&app), before, "{shown}");
        }
    }
    for split in [b"=\"a\r\nX-Canary: 1\"".as_slice(), b"=\"a\r\n\r\n<script>\""] {
        let answer = send(&alice, split, "image/png", &picture).await;
        assert!(matches!(answer.status, 200 | 400 | 422), "{}", answer.text);
        assert_eq!(layout(&app), before);
    }
    assert!(!written(&app).iter().any(|file| file.to_string_lossy().contains("canary")));
}

/// S28: one a person, however often.
async fn many_uploads_leave_one_picture(backend: Backend) {
    let app = TestApp::start(backend).await;
    let (alice, picture) = (app.signed_in("alice").await, Pictures::make(&["plain.png"]).bytes("plain.png"));
    let mut paths = BTreeSet::new();
    for _ in 0..25 {
        paths.insert(path_of(upload(&alice, picture.clone()).await.assert_status(200)));
    }
    assert_eq!(paths.len(), 25, "each under a name of its own");
    assert_eq!(files_below(&app.data_dir().join("media")).len(), 2);
}
