//! Pictures on their way out.

use reqwest::Method;

use super::{Pictures, fetch, path_of, small, upload};
use crate::harness::{Backend, TestApp};

on_both!(
    a_picture_may_be_kept_for_ever_and_does_nothing,
    conditions_and_ranges_are_answered,
    nothing_else_is_served,
);

/// S28: a picture is a picture to every browser, wherever it is shown.
async fn a_picture_may_be_kept_for_ever_and_does_nothing(backend: Backend) {
    let app = TestApp::start(backend).await;
    let pictures = Pictures::make(&["plain.png"]);
    let path = path_of(&upload(&app.signed_in("alice").await, pictures.bytes("plain.png")).await);
    let file = fetch(&app.anonymous(), &path, &[("Origin", "https://elsewhere.example")]).await;
    for (name, value) in [
        ("content-type", "image/webp"),
        ("x-content-type-options", "nosniff"),
        ("content-security-policy", "default-src 'none'; sandbox"),
        ("cross-origin-resource-policy", "cross-origin"),
        ("cache-control", "public, max-age=31536000, immutable"),
        ("accept-ranges", "bytes"),
        ("content-length", &file.bytes.len().to_string()),
    ] {
        assert_eq!(file.header(name), value, "{name}");
    }
    assert!(file.header("etag").starts_with('"'), "a strong one");
    assert_eq!(file.header("set-cookie"), "");
    let head = app.anonymous().request(Method::HEAD, &path).send().await.unwrap();
    assert_eq!(
        (head.status().as_u16(), head.headers()["content-length"].to_str().unwrap()),
        (200, file.header("content-length"))
    );
    assert_eq!(head.bytes().await.unwrap().len(), 0);
}

async fn conditions_and_ranges_are_answered(backend: Backend) {
    let app = TestApp::start(backend).await;
    let (stranger, pictures) = (app.anonymous(), Pictures::make(&["plain.png"]));
    let path = path_of(&upload(&app.signed_in("alice").await, pictures.bytes("plain.png")).await);
    let whole = fetch(&stranger, &path, &[]).await;
    let (tag, length) = (whole.header("etag").to_owned(), whole.bytes.len());
    assert_ne!(fetch(&stranger, &small(&path), &[]).await.header("etag"), tag);

    let same = fetch(&stranger, &path, &[("If-None-Match", &tag)]).await;
    assert_eq!((same.status, same.bytes.len(), same.header("etag")), (304, 0, &*tag));
    assert_eq!(same.header("cache-control"), whole.header("cache-control"));
    assert_eq!(fetch(&stranger, &path, &[("If-None-Match", "\"other\"")]).await.status, 200);

    for (range, first, last) in
        [("bytes=0-9", 0, 9), ("bytes=10-", 10, length - 1), ("bytes=-7", length - 7, length - 1)]
    {
        let part = fetch(&stranger, &path, &[("Range", range)]).await;
        assert_eq!(part.status, 206, "{range}");
        assert_eq!(part.header("content-range"), format!("bytes {first}-{last}/{length}"));
        assert_eq!(part.bytes, whole.bytes[first..=last], "{range}");
        assert_eq!((part.header("etag"), part.header("content-type")), (&*tag, "image/webp"));
        let held = fetch(&stranger, &path, &[("Range", range), ("If-Range", &tag)]).await;
        assert_eq!((held.status, held.bytes), (206, part.bytes));
        let other = fetch(&stranger, &path, &[("Range", range), ("If-Range", "\"other\"")]).await;
        assert_eq!((other.status, other.bytes.len()), (200, length));
    }
    let beyond = fetch(&stranger, &path, &[("Range", &format!("bytes={length}-"))]).await;
    assert_eq!((beyond.status, beyond.header("content-range")), (416, &*format!("bytes */{length}")));
    assert!(String::from_utf8_lossy(&beyond.bytes).contains("range_not_satisfiable"));
    assert_eq!(beyond.header("cache-control"), "no-store");
    for range in ["bytes=0-1,4-5", "bytes=5-1", "words=1-2", "bytes"] {
        assert_eq!(fetch(&stranger, &path, &[("Range", range)]).await.status, 200, "{range}");
    }
}

/// S28: no listing, and no way out of the folder.
async fn nothing_else_is_served(backend: Backend) {
    let app = TestApp::start(backend).await;
    let pictures = Pictures::make(&["plain.png"]);
    let path = path_of(&upload(&app.signed_in("alice").await, pictures.bytes("plain.png")).await);
    std::fs::write(app.data_dir().join("media/avatars/notes.webp"), "notes").unwrap();
    let name = path.rsplit('/').next().unwrap();
    for path in [
        "/media",
        "/media/",
        "/media/avatars",
        "/media/avatars/",
        "/media/avatars/notes.webp",
        "/media/avatars/..%2fsecret.key",
        "/media/avatars/%2e%2e%2fvestibule.db",
        &format!("/media/{name}"),
        &format!("/media/avatars/./{name}%00"),
        &format!("/media/avatars/{}", name.to_uppercase()),
        &format!("/media/avatars/{}", name.replace("512", "256")),
        &format!("/media/avatars/{name}%231"),
        &format!("/media//avatars/{name}"),
        &format!("/media/avatars/{}", "0".repeat(5000)),
    ] {
        let answer = app.anonymous().get(path).await;
        answer.assert_error(404, "not_found");
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{path}");
    }
    app.anonymous().get(&format!("{path}?size=64")).await.assert_error(422, "invalid_fields");
    app.anonymous().delete(&path).await.assert_error(405, "method_not_allowed");
}
