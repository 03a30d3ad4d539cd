//! `/health/live` and `/health/ready`.

use crate::harness::{Backend, Process, TestApp, redact};

on_both!(a_fresh_server_is_alive_and_ready);

async fn a_fresh_server_is_alive_and_ready(backend: Backend) {
    let app = TestApp::start(backend).await;
    let stranger = app.anonymous();

    stranger.get("/health/live").await.assert_status(200);
    let ready = stranger.get("/health/ready").await;
    insta::assert_json_snapshot!(redact::answer(&ready), @r#"
    {
      "body": {
        "ok": true
      },
      "status": 200
    }
    "#);
}

/// F11: the second half, an orderly end, of what every start promises.
#[test]
fn the_binary_starts_with_nothing_set_and_ends_when_asked() {
    let mut server = Process::start(&[]);
    server.terminate();
    assert!(server.wait().success(), "{}", server.said());
}
