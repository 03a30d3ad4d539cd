//! What a stranger can learn about who has an account: nothing by signing in.

use std::time::{Duration, Instant};

use serde_json::json;

use super::{import, sign_in, suspend};
use crate::harness::client::Answer;
use crate::harness::{Backend, TestApp, given};

on_both!(every_refused_sign_in_reads_the_same);
on_both_alone!(every_refused_sign_in_takes_the_same_time);

/// Who is asked for, each with a password that is not theirs.
const CLASSES: [&str; 5] = ["unknown", "present", "suspended", "unusable", "address@example.org"];

/// S38: status, headers and body, but for the request's own id.
async fn every_refused_sign_in_reads_the_same(backend: Backend) {
    let app = TestApp::start(backend).await;
    people(&app).await;
    import(&app.database, "unreadable", None, "md5$salt$5f4dcc3b5aa765d61d8327deb882cf99");
    import(
        &app.database,
        "beyond",
        None,
        "pbkdf2_sha256$900000000$salt$uvCpIrkVaXc8lfeWNu4blTEwLOzTiMsbQjFbKnmYU9c=",
    );
    let names = CLASSES.into_iter().chain(["unreadable", "beyond", "Present ", "present@example.org", "%"]);
    let mut seen: Vec<_> = Vec::new();
    for name in names {
        let answer = sign_in(&app.anonymous(), name, "not the password").await;
        answer.assert_error(401, "invalid_credentials");
        seen.push((name, visible(&answer)));
    }
    for (name, answer) in &seen {
        assert_eq!(*answer, seen[0].1, "{name:?} differs from {:?}", seen[0].0);
    }
    // The account with the unusable mark has no password at all, not even the mark itself.
    for password in ["!", "", "!Qm9vIQ"] {
        let answer = sign_in(&app.anonymous(), "unusable", password).await;
        assert!(matches!(answer.status, 401 | 422), "{}", answer.text);
    }
}

/// S39: at the cost of a fresh installation, in rounds that ask for everyone in turn, so that what disturbs one disturbs
/// all; two of three runs must agree.
async fn every_refused_sign_in_takes_the_same_time(backend: Backend) {
    let app = TestApp::start_with(backend, given::REAL_COST).await;
    people(&app).await;
    let (mut passed, mut told) = (0, Vec::new());
    // What else the machine does can spoil a run; work that is not the same spoils all of them.
    for run in 1..=RUNS {
        let samples = sample(&app).await;
        let usual = median(samples[1].clone());
        let bound = (usual / 20).max(Duration::from_millis(2));
        let differences: Vec<_> = samples.iter().map(|class| difference(class, &samples[1])).collect();
        passed += u32::from(differences.iter().all(|difference| *difference < bound.as_secs_f64()));
        told.push((usual, differences));
        if passed == 2 || passed + RUNS - run < 2 {
            break;
        }
    }
    assert_eq!(passed, 2, "differences in seconds, in the order of {CLASSES:?}: {told:?}");
    // They would be over at once if nothing were computed.
    assert!(told[0].0 > Duration::from_millis(4), "{told:?}");
}

/// How often the times are compared at most, until they are found equal twice.
const RUNS: u32 = 7;

/// Fifty rounds; in each everybody is asked for once, and who comes first changes.
async fn sample(app: &TestApp) -> [Vec<Duration>; 5] {
    let stranger = app.anonymous();
    let mut samples: [Vec<Duration>; 5] = Default::default();
    for round in 0..50 {
        for turn in 0..CLASSES.len() {
            let class = (round + turn) % CLASSES.len();
            let begun = Instant::now();
            sign_in(&stranger, CLASSES[class], "not the password").await.assert_status(401);
            samples[class].push(begun.elapsed());
        }
    }
    samples
}

/// The median over all rounds of how much longer one class took than the other in the same round, in seconds.
fn difference(one: &[Duration], other: &[Duration]) -> f64 {
    let mut differences: Vec<f64> =
        one.iter().zip(other).map(|(one, other)| one.as_secs_f64() - other.as_secs_f64()).collect();
    differences.sort_by(f64::total_cmp);
    differences[differences.len() / 2].abs()
}

fn median(mut spans: Vec<Duration>) -> Duration {
    spans.sort_unstable();
    spans[spans.len() / 2]
}

async fn people(app: &TestApp) {
    for name in ["present", "suspended"] {
        app.signed_in(name).await;
    }
    suspend(&app.database, "suspended");
    import(&app.database, "unusable", None, "!Qm9vIQ");
}

/// Everything of an answer but what differs for every request.
fn visible(answer: &Answer) -> (u16, Vec<(String, String)>, String) {
    let headers =
        answer.headers.iter().map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
    let mut headers: Vec<_> = headers.filter(|(name, _)| name != "x-request-id" && name != "date").collect();
    headers.sort();
    let request_id = answer.header("x-request-id").unwrap();
    assert_eq!(answer.body["request_id"], json!(request_id));
    (answer.status, headers, answer.text.replace(request_id, "[request id]"))
}
