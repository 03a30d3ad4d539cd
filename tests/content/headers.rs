//! Long headers and many of them.

use std::time::{Duration, Instant};

use crate::harness::{Backend, TestApp};

on_both!(long_headers_cost_nothing);

/// S88: they are read by nobody, or no further than they go. The bound is far above what it takes and far below what parsing them
/// over and over would.
async fn long_headers_cost_nothing(backend: Backend) {
    let app = TestApp::start(backend).await;
    let alice = app.signed_in("alice").await;
    let languages = "de-CH;q=0.5,".repeat(5000);
    let cookies = (0..4000).map(|n| format!("c{n}=v")).collect::<Vec<_>>().join("; ");
    let tags = "W/\"1\", ".repeat(6000);
    for (name, value) in [
        ("Accept-Language", languages.as_str()),
        ("Accept", languages.as_str()),
        ("Cookie", cookies.as_str()),
        ("If-None-Match", tags.as_str()),
        ("If-Match", tags.as_str()),
    ] {
        let begun = Instant::now();
        for _ in 0..5 {
            let answer = alice
                .send(alice.request(reqwest::Method::GET, "/api/posts").header(name, value.trim()))
                .await;
            answer.assert_status(200);
        }
        assert!(begun.elapsed() < Duration::from_secs(5), "{name}: {:?}", begun.elapsed());
    }
    let many = (0..60).fold(alice.request(reqwest::Method::GET, "/api/posts"), |request, n| {
        request.header("Accept-Language", format!("de-{n}"))
    });
    alice.send(many).await.assert_status(200);
    let stale = alice.request(reqwest::Method::DELETE, "/api/posts/1").header("If-Match", tags.trim());
    alice.send(stale).await.assert_error(404, "not_found");
}
