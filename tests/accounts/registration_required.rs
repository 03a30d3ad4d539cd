//! Registration where addresses have to be proven: nobody learns which are known.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{count, mailed, sign_in};
use crate::harness::client::Answer;
use crate::harness::{Backend, TestApp, given, raw};

on_both!(
    a_known_address_reads_like_an_unknown_one,
    a_taken_username_is_told_before_anything_about_the_address,
    of_many_at_once_one_gets_the_address_and_all_get_one_answer,
    the_first_account_is_admin_and_a_known_address_claims_nothing,
    closed_is_closed_on_every_path,
    one_address_gets_few_mails_however_many_ask,
);
on_both_alone!(a_known_address_takes_as_long_as_an_unknown_one);

const REQUIRED: [&str; 2] = ["--email-verification", "required"];

/// S38: proven, unproven, suspended, and in another spelling. The owner is told by a mail that proves nothing.
async fn a_known_address_reads_like_an_unknown_one(backend: Backend) {
    let app = TestApp::start_with(backend, &REQUIRED).await;
    for name in ["proven", "unproven", "suspended"] {
        register(&app, given::registration(name)).await.assert_status(202);
    }
    let token = app.mail_to(&given::address("proven"), "verify_email").await.token();
    mailed::verify(&app.anonymous(), &token).await.assert_status(200);
    super::suspend(&app.database, "suspended");
    let accounts = count(&app.database, "select count(*) from users");
    let unknown = visible(&register(&app, body("unknown@example.org")).await);
    for known in ["proven", "unproven", "suspended", "PROVEN"] {
        let answer = register(&app, body(&given::address(known))).await;
        assert_eq!(answer.assert_status(202).body, json!({ "ok": true }));
        assert_eq!(visible(&answer), unknown, "{known}");
    }
    assert_eq!(count(&app.database, "select count(*) from users"), accounts + 1);
    mailed::all_mails_left(&app).await;
    let told = app.mail_to(&given::address("proven"), "account_exists").await;
    assert!(!told.source.contains("token="), "{}", told.source);
    assert_eq!(mailed::count_mails(&app, &given::address("proven"), "account_exists"), 2);
    assert_eq!(mailed::count_mails(&app, &given::address("unproven"), "account_exists"), 1);
    assert_eq!(mailed::count_mails(&app, &given::address("unproven"), "verify_email"), 1);
    // Whoever came second opens nothing.
    sign_in(&app.anonymous(), &given::address("proven"), "another harbour").await.assert_status(401);
}

/// S38: names are public; that the address is known as well is not told by the order of complaints.
async fn a_taken_username_is_told_before_anything_about_the_address(backend: Backend) {
    let app = TestApp::start_with(backend, &REQUIRED).await;
    register(&app, given::registration("alice")).await.assert_status(202);
    let mut seen = Vec::new();
    for email in [given::address("alice"), given::address("nobody")] {
        let mut body = body(&email);
        body["username"] = json!("Alice");
        let answer = register(&app, body).await;
        answer.assert_error(409, "username_taken");
        seen.push(visible(&answer));
    }
    assert_eq!(seen[0], seen[1]);
    mailed::all_mails_left(&app).await;
    assert_eq!(mailed::count_mails(&app, &given::address("alice"), "account_exists"), 0);
}

/// S09, S38
async fn of_many_at_once_one_gets_the_address_and_all_get_one_answer(backend: Backend) {
    let app = TestApp::start_with(backend, &REQUIRED).await;
    let second = app.second_node().await;
    for round in 0..4 {
        let request = |n: usize| {
            let node = if n.is_multiple_of(2) { &app } else { &second };
            let email = format!("{}{round}@example.org", ["same", "SAME", "sAmE", "\u{ff53}ame"][n % 4]);
            raw::Request::json(node.address(), "POST", "/api/auth/register", None, &body(&email))
        };
        let answers = raw::at_once(&(0..32).map(request).collect::<Vec<_>>());
        let answers: Vec<_> = answers.into_iter().map(Result::unwrap).collect();
        assert!(answers.iter().all(|answer| matches!(answer.status, 202 | 503)), "{answers:?}");
        let owners = format!("select count(*) from users where email_key = 'same{round}@example.org'");
        assert_eq!(count(&app.database, &owners), 1);
    }
}

/// S10
async fn the_first_account_is_admin_and_a_known_address_claims_nothing(backend: Backend) {
    const ADMINS: &str = "select count(*) from user_roles where role = 'admin'";
    let app = TestApp::start_with(backend, &REQUIRED).await;
    super::import(&app.database, "imported", Some("imported@example.org"), "!");
    register(&app, body("imported@example.org")).await.assert_status(202);
    assert_eq!(count(&app.database, "select count(*) from users"), 1);
    let claimed = "select count(*) from installation where admin_claimed_at is not null";
    assert_eq!(count(&app.database, claimed), 0);
    register(&app, given::registration("first")).await.assert_status(202);
    register(&app, given::registration("second")).await.assert_status(202);
    assert_eq!(count(&app.database, ADMINS), 1);
    let token = app.mail_to(&given::address("first"), "verify_email").await.token();
    mailed::verify(&app.anonymous(), &token).await.assert_status(200);
    assert_eq!(app.anonymous().sign_in("first").await.user["is_admin"], json!(true));
}

/// S76
async fn closed_is_closed_on_every_path(backend: Backend) {
    for required in [&[][..], &REQUIRED] {
        let app = TestApp::start_with(backend, &[&["--registration", "closed"], required].concat()).await;
        super::import(&app.database, "imported", Some("imported@example.org"), "!");
        for email in ["unknown@example.org", "imported@example.org"] {
            register(&app, body(email)).await.assert_error(403, "registration_closed");
            let compatible = json!({ "username": "newcomer", "email": email, "password": given::PASSWORD });
            let answer = app.anonymous().post("/auth/signup", compatible).await;
            answer.assert_status(403);
        }
        assert_eq!(count(&app.database, "select count(*) from users"), 1);
        assert_eq!(count(&app.database, "select count(*) from outbox"), 0);
        assert!(app.mails().is_empty());
    }
}

/// S56: three of a kind an hour to one person, whatever strangers do; and nobody sees that it was enough.
async fn one_address_gets_few_mails_however_many_ask(backend: Backend) {
    let app = TestApp::start_with(
        backend,
        &[&REQUIRED[..], &["--rate-limits", "on", "--limit-mail-per-address", "1000/1h"]].concat(),
    )
    .await;
    let address = given::address("victim");
    register(&app, body(&address)).await.assert_status(202);
    for n in 0..20 {
        let answer = match n % 2 {
            0 => mailed::forgot(&app.anonymous(), &address).await,
            _ => register(&app, body(&address)).await,
        };
        assert_eq!(answer.assert_status(202).body, json!({ "ok": true }));
    }
    mailed::all_mails_left(&app).await;
    for kind in ["verify_email", "account_exists", "reset_password"] {
        let sent = mailed::count_mails(&app, &address, kind);
        assert!((1..=3).contains(&sent), "{sent} of {kind}");
    }
}

/// S39: at the cost of a fresh installation, in rounds that ask for both in turn; two of some runs must agree.
async fn a_known_address_takes_as_long_as_an_unknown_one(backend: Backend) {
    let app = TestApp::start_with(backend, &[&REQUIRED[..], given::REAL_COST].concat()).await;
    register(&app, body("known@example.org")).await.assert_status(202);
    let (mut passed, mut told) = (0, Vec::new());
    for run in 0..7 {
        let mut differences = Vec::new();
        let mut usual = Vec::new();
        for round in 0..40 {
            let fresh = format!("fresh{run}x{round}@example.org");
            let mut spans = [Duration::ZERO; 2];
            for turn in 0..2 {
                let class = (round + turn) % 2;
                let email = if class == 0 { &*fresh } else { "known@example.org" };
                let begun = Instant::now();
                register(&app, body(email)).await.assert_status(202);
                spans[class] = begun.elapsed();
            }
            differences.push(spans[0].as_secs_f64() - spans[1].as_secs_f64());
            usual.push(spans[0].as_secs_f64());
        }
        let (difference, usual) = (median(differences).abs(), median(usual));
        passed += u32::from(difference < (usual / 20.0).max(0.002));
        told.push((difference, usual));
        if passed == 2 {
            break;
        }
    }
    assert_eq!(passed, 2, "difference and usual time of each run, in seconds: {told:?}");
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn body(email: &str) -> Value {
    json!({ "email": email, "password": "another harbour 17" })
}

async fn register(app: &TestApp, body: Value) -> Answer {
    app.anonymous().post("/api/auth/register", body).await
}

/// Everything of an answer but what differs for every request.
fn visible(answer: &Answer) -> (u16, Vec<String>, String) {
    let mut headers: Vec<_> =
        answer.headers.iter().map(|(name, value)| format!("{name}: {value:?}")).collect();
    headers.retain(|line| !line.starts_with("x-request-id") && !line.starts_with("date"));
    headers.sort();
    let request_id = answer.header("x-request-id").unwrap();
    (answer.status, headers, answer.text.replace(request_id, "[request id]"))
}
