//! Refreshing: sessions that go on, and tokens in two hands.

use std::time::Duration;

use serde_json::{Value, json};

use super::{count, suspend};
use crate::harness::client::{Answer, Client};
use crate::harness::{Backend, TestApp, given, raw};

on_both!(
    a_refresh_answers_as_a_sign_in_and_ends_the_older_pair,
    of_many_refreshes_at_once_one_pair_is_left,
    an_answer_that_was_lost_logs_nobody_out,
    a_token_in_two_hands_ends_the_session_everywhere,
    a_token_in_many_hands_at_once_ends_the_session_once,
    after_a_sign_out_no_refresh_token_is_good,
    a_sign_out_among_refreshes_is_the_last_word,
    of_many_sign_ins_at_once_one_can_be_refreshed,
    a_session_ends_when_it_is_idle_or_old,
    a_signed_token_ends_with_its_session,
    a_suspended_account_is_refreshed_nowhere,
    what_is_no_refresh_token_is_refused_alike,
    no_part_of_a_pair_is_kept,
);

/// Another node believes what it read for this long.
const ELSEWHERE: Duration = Duration::from_secs(1);
const DAY: Duration = Duration::from_hours(24);
/// How many arrive at one moment, and how often.
const AT_ONCE: usize = 32;
const ROUNDS: usize = 6;

/// Signed tokens are issued by it, so both nodes have to have the same.
const PUBLIC_URL: &[&str] = &["--public-url", "http://localhost"];

const SESSIONS: &str =
    "select count(*) from sessions where user_id = (select id from users where username = 'alice')";
const REUSED: &str = "select count(*) from audit_events where event = 'session.refresh_reused' and outcome = 'failure' \
     and subject_id = (select id from users where username = 'alice')";

/// Both tokens of a session.
#[derive(Clone)]
struct Pair {
    access: String,
    refresh: String,
}

impl Pair {
    #[track_caller]
    fn of(answer: &Answer) -> Self {
        let text = |name: &str| answer.body[name].as_str().unwrap_or_else(|| panic!("{name}")).to_owned();
        answer.assert_status(200);
        Self { access: text("access_token"), refresh: text("refresh_token") }
    }
}

async fn a_refresh_answers_as_a_sign_in_and_ends_the_older_pair(backend: Backend) {
    let app = TestApp::start(backend).await;
    let first = sign_in(&app, "opaque").await;
    app.clock.advance(Duration::from_hours(1));
    let answer = refresh(&app.anonymous(), &first).await;
    let second = Pair::of(&answer);
    let names: Vec<_> = answer.body.as_object().unwrap().keys().map(String::as_str).collect();
    let expected =
        ["access_token", "expires_at", "refresh_expires_at", "refresh_token", "token_type", "user"];
    assert_eq!(names, expected);
    assert_eq!(answer.body["token_type"], "Bearer");
    assert_eq!(answer.body["expires_at"], "2026-01-16T01:00:00.001Z");
    assert_eq!(answer.body["refresh_expires_at"], "2026-01-22T13:00:00.001Z");
    assert_eq!(answer.body["user"]["username"], "alice");
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert!(second.refresh.starts_with("vrt_") && second.refresh.len() == 68, "{}", second.refresh.len());
    assert_open(&app, &second).await;
    assert_ended(&app, &first).await;
    assert_eq!(count(&app.database, SESSIONS), 1);
}

/// S05 (a): of thirty-two on two nodes one is the last. None of the others ends the session.
async fn of_many_refreshes_at_once_one_pair_is_left(backend: Backend) {
    let app = TestApp::start_with(backend, PUBLIC_URL).await;
    let second = app.second_node().await;
    for format in ["opaque", "jwt"] {
        let mut pair = sign_in(&app, format).await;
        for _ in 0..ROUNDS {
            let made: Vec<_> =
                refresh_at_once(&[&app, &second], &pair, AT_ONCE).iter().map(Pair::of).collect();
            app.clock.advance(ELSEWHERE);
            assert_ended(&second, &pair).await;
            let mut live = Vec::new();
            for (n, made) in made.iter().enumerate() {
                match profile(if n % 2 == 0 { &app } else { &second }, made).await {
                    200 => live.push(made.clone()),
                    status => assert_eq!(status, 401),
                }
            }
            assert_eq!((live.len(), count(&app.database, SESSIONS)), (1, 1));
            for dead in made.iter().filter(|made| made.refresh != live[0].refresh) {
                refresh(&app.anonymous(), dead).await.assert_error(401, "invalid_token");
            }
            assert_open(&second, &live[0]).await;
            pair = live.remove(0);
        }
        assert_eq!(count(&app.database, REUSED), 0);
    }
}

/// S05 (b): whenever the client comes back with the token it has, as long as it got no other.
async fn an_answer_that_was_lost_logs_nobody_out(backend: Backend) {
    let app = TestApp::start(backend).await;
    let second = app.second_node().await;
    let mut pair = sign_in(&app, "opaque").await;
    for round in 0..3 {
        let lost = Pair::of(&refresh(&app.anonymous(), &pair).await);
        app.clock.advance(DAY * round);
        let kept = Pair::of(&refresh(&Client::anonymous(second.base()), &pair).await);
        assert_ended(&app, &lost).await;
        refresh(&app.anonymous(), &lost).await.assert_error(401, "invalid_token");
        assert_open(&app, &kept).await;
        assert_open(&second, &kept).await;
        pair = kept;
    }
    assert_eq!((count(&app.database, SESSIONS), count(&app.database, REUSED)), (1, 0));
}

/// S05 (c), S58: once the successor was used, by either of its tokens, the one before it ends all there is.
async fn a_token_in_two_hands_ends_the_session_everywhere(backend: Backend) {
    let app = TestApp::start_with(backend, PUBLIC_URL).await;
    let second = app.second_node().await;
    for (n, format) in [(0, "opaque"), (2, "jwt")] {
        let stolen = sign_in(&app, format).await;
        let successor = Pair::of(&refresh(&app.anonymous(), &stolen).await);
        assert_open(&app, &successor).await;
        assert_open(&second, &successor).await;
        refresh(&Client::anonymous(second.base()), &stolen).await.assert_error(401, "invalid_token");
        assert_ended(&second, &successor).await;
        app.clock.advance(ELSEWHERE);
        assert_ended(&app, &successor).await;
        refresh(&app.anonymous(), &successor).await.assert_error(401, "invalid_token");
        assert_eq!((count(&app.database, SESSIONS), count(&app.database, REUSED)), (0, n + 1));

        let stolen = sign_in(&app, format).await;
        let successor = Pair::of(&refresh(&app.anonymous(), &stolen).await);
        let newest = Pair::of(&refresh(&app.anonymous(), &successor).await);
        refresh(&app.anonymous(), &stolen).await.assert_error(401, "invalid_token");
        assert_ended(&app, &newest).await;
        refresh(&app.anonymous(), &newest).await.assert_error(401, "invalid_token");
        assert_eq!((count(&app.database, SESSIONS), count(&app.database, REUSED)), (0, n + 2));
    }
}

/// S05 (c): told of once, though all of them saw it.
async fn a_token_in_many_hands_at_once_ends_the_session_once(backend: Backend) {
    let app = TestApp::start(backend).await;
    let second = app.second_node().await;
    for round in 1..=ROUNDS {
        let stolen = sign_in(&app, "opaque").await;
        let successor = Pair::of(&refresh(&app.anonymous(), &stolen).await);
        assert_open(&app, &successor).await;
        for answer in refresh_at_once(&[&app, &second], &stolen, AT_ONCE) {
            answer.assert_error(401, "invalid_token");
        }
        assert_eq!(count(&app.database, SESSIONS), 0);
        assert_eq!(count(&app.database, REUSED), i64::try_from(round).unwrap());
    }
}

/// S05 (d), S21
async fn after_a_sign_out_no_refresh_token_is_good(backend: Backend) {
    let app = TestApp::start(backend).await;
    for path in ["/api/auth/logout", "/api/auth/logout-all"] {
        let first = sign_in(&app, "opaque").await;
        let lost = Pair::of(&refresh(&app.anonymous(), &first).await);
        let kept = Pair::of(&refresh(&app.anonymous(), &first).await);
        app.anonymous().with_token(&kept.access).post(path, json!(null)).await.assert_status(200);
        for pair in [&first, &lost, &kept] {
            refresh(&app.anonymous(), pair).await.assert_error(401, "invalid_token");
            assert_ended(&app, pair).await;
        }
    }
    assert_eq!(count(&app.database, REUSED), 0);
}

/// S05 (d), S21: whichever comes first, a session that was signed out of has no live pair.
async fn a_sign_out_among_refreshes_is_the_last_word(backend: Backend) {
    let app = TestApp::start(backend).await;
    let second = app.second_node().await;
    let mut signed_out = 0;
    for round in 0..ROUNDS * 2 {
        let pair = sign_in(&app, "opaque").await;
        let body = json!({ "refresh_token": pair.refresh });
        let node = |n: usize| if n.is_multiple_of(2) { app.address() } else { second.address() };
        let request = |n| raw::Request::json(node(n), "POST", "/api/auth/refresh", None, &body);
        let mut requests: Vec<_> = (0..AT_ONCE - 1).map(request).collect();
        let sign_out =
            raw::Request::json(node(round), "POST", "/api/auth/logout", Some(&pair.access), &Value::Null);
        let place = round * 2;
        requests.insert(place, sign_out);
        let answers: Vec<_> = raw::at_once(&requests).into_iter().map(Result::unwrap).collect();
        app.clock.advance(ELSEWHERE);
        let mut open = 0;
        for (n, answer) in answers.iter().enumerate().filter(|(n, _)| *n != place) {
            assert!(matches!(answer.status, 200 | 401), "{}", answer.text);
            if answer.status == 200 {
                open += usize::from(
                    profile(if n % 2 == 0 { &app } else { &second }, &Pair::of(answer)).await == 200,
                );
            }
        }
        // Either the sign-out came first and all is over, or a refresh did, and the token it came by had ended.
        match answers[place].status {
            200 => assert_eq!((open, count(&app.database, SESSIONS)), (0, 0)),
            401 => assert_eq!((open, count(&app.database, SESSIONS)), (1, 1)),
            status => panic!("{status}"),
        }
        signed_out += usize::from(answers[place].status == 200);
    }
    assert!(signed_out > 0, "no sign-out came early enough to prove anything");
}

/// S63
async fn of_many_sign_ins_at_once_one_can_be_refreshed(backend: Backend) {
    let app = TestApp::start(backend).await;
    let second = app.second_node().await;
    sign_in(&app, "opaque").await;
    for _ in 0..3 {
        let body = given::credentials("alice");
        let node = |n: usize| if n.is_multiple_of(2) { app.address() } else { second.address() };
        let request = |n| raw::Request::json(node(n), "POST", "/api/auth/login", None, &body);
        let answers = raw::at_once(&(0..AT_ONCE).map(request).collect::<Vec<_>>());
        let mut refreshed = 0;
        for answer in answers {
            let answer = refresh(&app.anonymous(), &Pair::of(&answer.unwrap())).await;
            assert!(matches!(answer.status, 200 | 401), "{}", answer.text);
            refreshed += usize::from(answer.status == 200);
        }
        assert_eq!((refreshed, count(&app.database, SESSIONS)), (1, 1));
    }
}

/// S63: seven days without a refresh, or thirty in all, by the server's clock and on every node in the same moment.
async fn a_session_ends_when_it_is_idle_or_old(backend: Backend) {
    let app = TestApp::start(backend).await;
    let second = app.second_node().await;
    let instant = Duration::from_micros(1);
    let idle = sign_in(&app, "opaque").await;
    app.clock.advance(DAY * 7);
    refresh(&app.anonymous(), &idle).await.assert_error(401, "invalid_token");
    refresh(&Client::anonymous(second.base()), &idle).await.assert_error(401, "invalid_token");

    let mut pair = sign_in(&app, "opaque").await;
    for step in [(DAY * 7).saturating_sub(instant), DAY * 6, DAY * 6, DAY * 6] {
        app.clock.advance(step);
        assert_ended(&app, &pair).await;
        pair = Pair::of(&refresh(&app.anonymous(), &pair).await);
        assert_open(&second, &pair).await;
    }
    app.clock.advance(DAY * 5);
    let answer = refresh(&app.anonymous(), &pair).await;
    pair = Pair::of(&answer);
    assert_eq!(answer.body["expires_at"], answer.body["refresh_expires_at"]);
    assert_open(&app, &pair).await;
    app.clock.advance(instant);
    assert_ended(&app, &pair).await;
    assert_ended(&second, &pair).await;
    refresh(&app.anonymous(), &pair).await.assert_error(401, "invalid_token");
}

/// S21: a JWT carries its own end with it, and is over all the same when its session is.
async fn a_signed_token_ends_with_its_session(backend: Backend) {
    let app = TestApp::start_with(backend, PUBLIC_URL).await;
    let second = app.second_node().await;
    let first = sign_in(&app, "jwt").await;
    assert_eq!(first.access.matches('.').count(), 2);
    assert_open(&app, &first).await;
    assert_open(&second, &first).await;
    let refreshed = Pair::of(&refresh(&app.anonymous(), &first).await);
    assert_eq!(refreshed.access.matches('.').count(), 2);
    assert_ended(&app, &first).await;
    app.clock.advance(ELSEWHERE);
    assert_ended(&second, &first).await;
    assert_open(&second, &refreshed).await;

    let alice = app.anonymous().with_token(&refreshed.access);
    alice.post("/api/auth/logout", json!(null)).await.assert_status(200);
    assert_ended(&app, &refreshed).await;
    app.clock.advance(ELSEWHERE);
    assert_ended(&second, &refreshed).await;

    let older = sign_in(&app, "jwt").await;
    assert_open(&app, &older).await;
    let newer = sign_in(&app, "opaque").await;
    assert_ended(&app, &older).await;
    assert_open(&app, &newer).await;

    let timely = sign_in(&app, "jwt").await;
    app.clock.advance(Duration::from_mins(30));
    assert_ended(&app, &timely).await;
    assert_open(&app, &Pair::of(&refresh(&app.anonymous(), &timely).await)).await;
}

/// S22
async fn a_suspended_account_is_refreshed_nowhere(backend: Backend) {
    let app = TestApp::start_with(backend, PUBLIC_URL).await;
    let second = app.second_node().await;
    for format in ["opaque", "jwt"] {
        let pair = sign_in(&app, format).await;
        assert_open(&app, &pair).await;
        suspend(&app.database, "alice");
        for node in [&app, &second] {
            refresh(&Client::anonymous(node.base()), &pair).await.assert_error(401, "invalid_token");
        }
        app.clock.advance(ELSEWHERE);
        assert_ended(&app, &pair).await;
        assert_ended(&second, &pair).await;
        // Nothing was spent by that.
        app.database.sql("update users set suspended_at = null");
        assert_open(&second, &Pair::of(&refresh(&app.anonymous(), &pair).await)).await;
    }
}

/// S18, S19: no other kind of token refreshes anything, and no refresh token opens anything.
async fn what_is_no_refresh_token_is_refused_alike(backend: Backend) {
    let app = TestApp::start(backend).await;
    for format in ["opaque", "jwt"] {
        let pair = sign_in(&app, format).await;
        let bare = pair.refresh.trim_start_matches("vrt_").to_owned();
        let unknown = format!("vrt_{}", "0".repeat(64));
        let padded = format!(" {}", pair.refresh);
        for text in [&pair.access, &bare, &unknown, &padded, &pair.refresh.to_uppercase(), "", "vrt_"] {
            let answer = app.anonymous().post("/api/auth/refresh", json!({ "refresh_token": text })).await;
            answer.assert_error(401, "invalid_token");
            assert!(answer.header("www-authenticate").unwrap().contains("invalid_token"));
        }
        for text in [&pair.refresh, &bare] {
            let stranger = app.anonymous().with_token(text);
            stranger.get("/api/auth/profile").await.assert_error(401, "invalid_token");
        }
        assert_open(&app, &pair).await;
        assert!(!app.database.sql("select count(*) from refresh_tokens").starts_with('0'));
    }
    for body in
        [json!({}), json!({ "refresh_token": 7 }), json!({ "refresh_token": null }), json!({ "token": "x" })]
    {
        app.anonymous().post("/api/auth/refresh", body).await.assert_status(422);
    }
}

/// S19: the database holds digests, of signed tokens not even of the whole.
async fn no_part_of_a_pair_is_kept(backend: Backend) {
    let app = TestApp::start(backend).await;
    for format in ["opaque", "jwt"] {
        let first = sign_in(&app, format).await;
        let second = Pair::of(&refresh(&app.anonymous(), &first).await);
        assert_open(&app, &second).await;
        let dump = app.database.dump();
        let holds = |text: &str| dump.windows(text.len()).any(|window| window == text.as_bytes());
        assert!(holds("alice@example.org"), "the search finds nothing");
        for pair in [&first, &second] {
            for part in pair.access.split('.').chain([pair.refresh.trim_start_matches("vrt_")]) {
                // The header of a signed token says the same in all of them.
                assert!(part.len() < 43 || !holds(part), "{format}: a token in the database");
            }
        }
    }
}

/// Alice, signed in anew; the account is made at the first call.
async fn sign_in(app: &TestApp, format: &str) -> Pair {
    app.signed_in("alice").await;
    // Of two sessions of one moment neither is the older.
    app.clock.advance(Duration::from_millis(1));
    let mut body = given::credentials("alice");
    body["format"] = json!(format);
    Pair::of(&app.anonymous().post("/api/auth/login", body).await)
}

async fn refresh(client: &Client, pair: &Pair) -> Answer {
    client.post("/api/auth/refresh", json!({ "refresh_token": pair.refresh })).await
}

fn refresh_at_once(nodes: &[&TestApp], pair: &Pair, times: usize) -> Vec<Answer> {
    let body = json!({ "refresh_token": pair.refresh });
    let node = |n: usize| nodes[n % nodes.len()].address();
    let request = |n| raw::Request::json(node(n), "POST", "/api/auth/refresh", None, &body);
    raw::at_once(&(0..times).map(request).collect::<Vec<_>>()).into_iter().map(Result::unwrap).collect()
}

async fn profile(node: &TestApp, pair: &Pair) -> u16 {
    node.anonymous().with_token(&pair.access).get("/api/auth/profile").await.status
}

async fn assert_open(node: &TestApp, pair: &Pair) {
    assert_eq!(profile(node, pair).await, 200);
}

async fn assert_ended(node: &TestApp, pair: &Pair) {
    let caller = node.anonymous().with_token(&pair.access);
    caller.get("/api/auth/profile").await.assert_error(401, "invalid_token");
}
