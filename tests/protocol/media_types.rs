//! What a body may call itself.

use super::operations;
use crate::harness::{Backend, TestApp, raw, run};

/// S72: a body that does not call itself JSON is not read as JSON, by any operation.
#[test]
fn only_json_is_taken() {
    let refused = [
        "text/plain",
        "text/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/xml",
        "application/jsonp",
        "application/x-json",
        "application/json+x",
        "application/merge-patch+json",
        "application/json; charset=utf-16",
        "application/json; charset=utf-8; charset=utf-16",
        "application/json, text/plain",
        "json",
        "*/*",
        "",
        "application/json\t;\tcharset=\u{e9}",
    ];
    run(async {
        let app = TestApp::start(Backend::Sqlite).await;
        let keeper = app.admin().await;
        for operation in operations::with_json() {
            for given in refused {
                let request = keeper.request(operation.method.clone(), &operation.path);
                let answer = keeper.send(request.header("content-type", given.as_bytes()).body("{}")).await;
                assert_eq!(answer.status, 415, "{} as {given:?}: {}", operation.path, answer.text);
                assert_eq!(answer.code(), "unsupported_media_type");
            }
            let none = keeper.request(operation.method.clone(), &operation.path).body("{}");
            keeper.send(none).await.assert_error(415, "unsupported_media_type");
            let twice = keeper.request(operation.method.clone(), &operation.path).body("{}");
            let twice = twice.header("content-type", "application/json").header("content-type", "text/plain");
            keeper.send(twice).await.assert_error(415, "unsupported_media_type");
        }
    });
}

#[test]
fn json_may_be_written_in_any_case_and_with_its_charset() {
    let taken = [
        "application/json",
        "Application/JSON",
        "application/json;charset=UTF-8",
        "application/json; charset=\"utf-8\"",
    ];
    run(async {
        let app = TestApp::start(Backend::Sqlite).await;
        let keeper = app.admin().await;
        for operation in operations::with_json() {
            for given in taken {
                let request = keeper.request(operation.method.clone(), &operation.path);
                let answer = keeper.send(request.header("content-type", given).body("{")).await;
                // It was read, and found not to be JSON.
                answer.assert_error(400, "malformed_json");
            }
        }
    });
}

/// S46: what is compressed may be any size, so it is not taken; the answer says what is.
#[test]
fn a_compressed_body_is_not_taken() {
    // The bytes of `{}` as gzip writes them.
    let gzip = b"\x1f\x8b\x08\0\0\0\0\0\0\x03\xab\xae\x05\0\x43\xbf\xa6\xa3\x02\0\0\0";
    run(async {
        let app = TestApp::start(Backend::Sqlite).await;
        let keeper = app.admin().await;
        for operation in operations::with_json() {
            for coding in ["gzip", "GZIP", "br", "deflate", "zstd", "gzip, gzip", "identity, gzip", "x"] {
                let request = keeper.request(operation.method.clone(), &operation.path);
                let request = request.header("content-type", "application/json");
                let answer =
                    keeper.send(request.header("content-encoding", coding).body(gzip.to_vec())).await;
                answer.assert_error(415, "unsupported_media_type");
                assert_eq!(answer.header("accept-encoding"), Some("identity"), "{coding}");
            }
        }
    });
}

/// What nobody reads is nobody's concern: a body where none belongs changes nothing.
#[test]
fn a_body_where_none_belongs_is_ignored() {
    run(async {
        let app = TestApp::start(Backend::Sqlite).await;
        let token = app.signed_in("alice").await.token.unwrap();
        let request = format!(
            "GET /api/auth/profile HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\
             Content-Length: 9\r\nConnection: close\r\n\r\n{{\"a\":1}}  "
        );
        let answer = raw::Request::bytes(app.address(), request).send().unwrap();
        answer.assert_status(200);
        assert_eq!(answer.body["username"], "alice");
    });
}
