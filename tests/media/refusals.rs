//! Uploads that are none.

use reqwest::Method;
use reqwest::multipart::{Form, Part};

use super::{AVATAR, Pictures, files_below, form, upload};
use crate::harness::{Backend, TestApp};

on_both!(an_upload_has_one_part_of_one_name, a_picture_has_five_megabytes_at_most, nobody_uploads_for_others,);

async fn an_upload_has_one_part_of_one_name(backend: Backend) {
    let app = TestApp::start(backend).await;
    let (alice, picture) = (app.signed_in("alice").await, Pictures::make(&["plain.png"]).bytes("plain.png"));
    let part = || Part::bytes(picture.clone()).file_name("me.png");
    let put = || alice.request(Method::PUT, AVATAR);
    for (form, field, said) in [
        (Form::new().part("picture", part()), "picture", "This field is not known here."),
        (
            Form::new().part("avatar", part()).part("avatar", part()),
            "avatar",
            "This field is given more than once.",
        ),
        (
            Form::new().part("avatar", part()).text("is_admin", "true"),
            "is_admin",
            "This field is not known here.",
        ),
        (
            Form::new().text("avatar", "https://example.org/me.png"),
            "avatar",
            "This is not a PNG, JPEG, WebP or GIF picture.",
        ),
    ] {
        let answer = alice.send(put().multipart(form)).await;
        answer.assert_error(422, "invalid_fields");
        assert_eq!(answer.complaints(field), [said]);
    }
    for media_type in
        ["application/json", "image/png", "multipart/mixed; boundary=x", "application/x-www-form-urlencoded"]
    {
        let answer = alice.send(put().header("Content-Type", media_type).body(picture.clone())).await;
        answer.assert_error(415, "unsupported_media_type");
        assert!(answer.text.contains("multipart/form-data"), "{}", answer.text);
    }
    alice.send(put()).await.assert_error(415, "unsupported_media_type");
    for (head, body) in [
        ("multipart/form-data", "--x--\r\n"),
        ("multipart/form-data; boundary=x", "nonsense"),
        (
            "multipart/form-data; boundary=x",
            "--x\r\nContent-Disposition: form-data; name=\"avatar\"\r\n\r\nhalf",
        ),
        ("multipart/form-data; boundary=x", "--x\r\nContent-Type: image/png\r\n\r\nnameless\r\n--x--\r\n"),
        ("multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"avatar\"\r\n"),
    ] {
        let answer = alice.send(put().header("Content-Type", head).body(body)).await;
        answer.assert_error(400, "bad_request");
    }
    let answer =
        alice.send(alice.request(Method::PUT, &format!("{AVATAR}?size=1")).multipart(form(picture))).await;
    answer.assert_error(422, "invalid_fields");
    alice
        .send(alice.request(Method::DELETE, &format!("{AVATAR}?all")).body(""))
        .await
        .assert_error(422, "invalid_fields");
    assert_eq!(files_below(&app.data_dir().join("media")).len(), 0);
}

/// S27: the limit holds while it is read, whatever is said of the length.
async fn a_picture_has_five_megabytes_at_most(backend: Backend) {
    let app = TestApp::start(backend).await;
    let (alice, picture) = (app.signed_in("alice").await, Pictures::make(&["plain.png"]).bytes("plain.png"));
    let padded = |length: usize| {
        let mut bytes = picture.clone();
        bytes.resize(length, 0);
        bytes
    };
    upload(&alice, padded(5 << 20)).await.assert_status(200);
    let answer = upload(&alice, padded((5 << 20) + 1)).await;
    answer.assert_error(413, "body_too_large");
    assert!(answer.text.contains("5242880"), "{}", answer.text);
    upload(&alice, padded(6 << 20)).await.assert_error(413, "body_too_large");
}

/// S01: the one who asks is the one who is changed, and strangers are told before anything is read.
async fn nobody_uploads_for_others(backend: Backend) {
    let app = TestApp::start(backend).await;
    let picture = Pictures::make(&["plain.png"]).bytes("plain.png");
    let (alice, bob) = (app.signed_in("alice").await, app.signed_in("bob").await);
    upload(&alice, picture.clone()).await.assert_status(200);
    let before = alice.get("/api/auth/profile").await.body;
    upload(&bob, picture.clone()).await.assert_status(200);
    bob.delete(AVATAR).await.assert_status(200);
    assert_eq!(alice.get("/api/auth/profile").await.body, before);
    upload(&app.anonymous(), vec![0; 4 << 20]).await.assert_error(401, "authentication_required");
    upload(&alice.with_token("nonsense"), picture).await.assert_error(401, "invalid_token");
    app.anonymous().delete(AVATAR).await.assert_error(401, "authentication_required");
}
