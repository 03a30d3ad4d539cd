//! `/.well-known/security.txt`: whom to tell of a vulnerability.

use std::time::Duration;

use reqwest::Method;
use vestibule_domain::time::{Clock as _, Timestamp};

use crate::harness::{Backend, TestApp, run};

const PATH: &str = "/.well-known/security.txt";

/// S100: it is there, says whom to tell, and has not expired, whenever it is asked for.
#[test]
fn it_says_whom_to_tell_and_has_not_expired() {
    run(async {
        let contacts = "mailto:security@example.org, https://example.org/report, tel:+49-30-1234567";
        let app = TestApp::start_with(Backend::Sqlite, &["--security-contact", contacts]).await;
        for _ in 0..3 {
            let answer = app.anonymous().get(PATH).await;
            answer.assert_status(200);
            assert_eq!(answer.header("content-type"), Some("text/plain; charset=utf-8"));
            let values = |name: &str| -> Vec<String> {
                let lines = answer.text.lines();
                lines.filter_map(|line| line.strip_prefix(&format!("{name}: ")).map(str::to_owned)).collect()
            };
            let expected =
                ["mailto:security@example.org", "https://example.org/report", "tel:+49-30-1234567"];
            assert_eq!(values("Contact"), expected);
            assert_eq!(values("Canonical"), [format!("{}{PATH}", app.base())]);
            assert_eq!(values("Preferred-Languages"), ["en"]);
            let [expires] = &values("Expires")[..] else { panic!("one end: {}", answer.text) };
            let left = expires.parse::<Timestamp>().unwrap().since(app.clock.now());
            let day = Duration::from_hours(24);
            assert!(left > 170 * day && left < 365 * day, "{expires}");
            assert_eq!(answer.text.lines().count(), 6, "{}", answer.text);
            // A year later, on the same run.
            app.clock.advance(Duration::from_hours(24 * 365));
        }
        let stranger = app.anonymous();
        stranger.send(stranger.request(Method::POST, PATH)).await.assert_error(405, "method_not_allowed");
    });
}

/// Where the operator names nobody there is none: an empty one would say that nobody is to be told.
#[test]
fn without_a_contact_there_is_none() {
    run(async {
        let app = TestApp::start(Backend::Sqlite).await;
        app.anonymous().get(PATH).await.assert_error(404, "not_found");
    });
}
