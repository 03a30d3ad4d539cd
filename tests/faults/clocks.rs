//! Clocks that are wrong, and clocks that jump.

use std::time::{Duration, Instant};

use serde_json::json;
use tokio::time::sleep;

use super::skewed::{Node, Pair, Verdicts};
use super::{tell, witness};
use crate::harness::database::TestDatabase;
use crate::harness::{Backend, Mail, Mood, Smtp, given, run};

on_both!(a_small_step_back_revives_nothing_and_locks_nobody_out, half_a_day_ahead_and_back_again_is_survived,);

const HOUR: i64 = 3600;

/// How far ahead of its own the clock of the node that signed a token may be.
const AHEAD: i64 = 60;

async fn register(node: &Node, name: &str) {
    node.client().post("/api/auth/register", given::registration(name)).await.assert_status(201);
}

/// F10: one node right, one five minutes ahead, one five behind. Opaque tokens are good everywhere, signed ones where the
/// clock that signed is no more than a minute ahead, refreshing works anywhere; each mail goes once, and no two nodes
/// have one job.
#[test]
fn nodes_whose_clocks_differ_are_one_installation() {
    run(async {
        let (smtp, database) = (Smtp::start(Mood::Accept), TestDatabase::new(Backend::Postgres));
        witness::watch(&database);
        let url = smtp.url();
        let settings = [("SMTP_URL", url.as_str()), ("JWT_TTL", "10m")];
        let mut nodes = Vec::new();
        for offset in [0, 50, -50] {
            nodes.push(Node::start(&database, offset, &settings).await);
        }
        register(&nodes[0], "keeper").await;
        let mut verdicts = Verdicts::default();
        judge_tokens(&mut verdicts, &nodes).await;
        // A node that is killed over a mail has it sent once more, whatever the clocks: none is.
        witness::all_gone(&database).await;
        for (node, offset) in nodes.iter_mut().zip([0, 300, -300]) {
            node.start_again(offset).await;
        }
        let pairs = judge_tokens(&mut verdicts, &nodes).await;
        judge_refreshing(&mut verdicts, &nodes).await;
        order_mails(&nodes).await;
        witness::all_gone(&database).await;
        // What has ended by every clock.
        for node in &mut nodes {
            node.turn(node.offset + 13 * HOUR);
        }
        for (node, pair) in nodes.iter().flat_map(|node| pairs.iter().map(move |pair| (node, pair))) {
            verdicts.judge(node, &pair.access, false, "what has ended").await;
        }
        let mails = witness::mails(&database, &smtp.received());
        let (begun, doubled) = witness::jobs(&database);
        tell(&format!(
            "F10: clocks 50 s and 5 min apart: {verdicts}; {} mails ordered, lost {}, duplicates {}; {begun} jobs begun, by \
             two nodes at once {doubled}",
            mails.ordered, mails.lost, mails.duplicates
        ));
        verdicts.assert_right();
        assert_eq!((mails.lost, mails.strange, mails.duplicates, doubled), (0, 0, 0, 0));
        assert!(mails.ordered >= 9, "{}", mails.ordered);
    });
}

/// Every token on every node; hands back the pairs.
async fn judge_tokens(verdicts: &mut Verdicts, nodes: &[Node]) -> Vec<Pair> {
    let mut pairs = Vec::new();
    for issuer in nodes {
        for format in ["opaque", "jwt"] {
            let pair = issuer.sign_in("keeper", format).await;
            let life = if format == "jwt" { 600 } else { 12 * HOUR };
            for node in nodes {
                let lead = issuer.offset - node.offset;
                let should_be = (format == "opaque" || lead <= AHEAD) && lead + life > 0;
                let what = format!("a {format} token of the node at {:+} s", issuer.offset);
                verdicts.judge(node, &pair.access, should_be, &what).await;
            }
            pairs.push(pair);
        }
    }
    pairs
}

/// Round the nodes, twice; the pair before is dead everywhere.
async fn judge_refreshing(verdicts: &mut Verdicts, nodes: &[Node]) {
    let mut pair = nodes[0].sign_in("keeper", "opaque").await;
    for number in 1..7 {
        let node = &nodes[number % 3];
        let answer = node.refresh(&pair).await;
        verdicts.note(answer.status == 200, true, || format!("a refresh at {:+} s", node.offset));
        let next = Pair::of(&answer);
        for other in nodes {
            verdicts.judge(other, &next.access, true, "a refreshed token").await;
        }
        // Another node believes what it read for a second.
        sleep(Duration::from_secs(1)).await;
        for other in nodes {
            verdicts.judge(other, &pair.access, false, "a replaced token").await;
        }
        pair = next;
    }
}

/// Three of each node, for people who were registered at another.
async fn order_mails(nodes: &[Node]) {
    for (number, node) in nodes.iter().enumerate() {
        for person in 0..3 {
            let name = format!("person{number}n{person}");
            register(&nodes[(number + 1) % nodes.len()], &name).await;
            let body = json!({ "email": given::address(&name) });
            node.client().post("/api/auth/password/forgot", body).await.assert_status(202);
        }
    }
}

/// Five at once, and one more each second; the other limits are out of the way.
const LIMITS: &[(&str, &str)] = &[
    ("RATE_LIMITS", "on"),
    ("LIMIT_SIGN_IN_PER_ADDRESS", "5/5s"),
    ("LIMIT_SIGN_IN_PER_ACCOUNT", "1000/5s"),
    ("LIMIT_MAIL_PER_ADDRESS", "5/5s"),
    ("LIMIT_MAIL_PER_RECIPIENT", "5/5s"),
    ("EMAIL_VERIFICATION", "off"),
];

/// Signs in as often as one may; hands back how long one then has to wait, as the server says.
async fn use_up(node: &Node) -> Duration {
    for _ in 0..20 {
        let answer = node.client().post("/api/auth/login", given::credentials("keeper")).await;
        if answer.status == 429 {
            return Duration::from_secs(answer.header("retry-after").unwrap().parse().unwrap());
        }
        answer.assert_status(200);
    }
    panic!("nobody was refused")
}

/// How long it takes until one may sign in again.
async fn until_let_in(node: &Node) -> Duration {
    let begun = Instant::now();
    loop {
        let answer = node.client().post("/api/auth/login", given::credentials("keeper")).await;
        if answer.status == 200 {
            return begun.elapsed();
        }
        answer.assert_status(429);
        assert!(begun.elapsed() < Duration::from_secs(30), "locked out: {}", answer.text);
        sleep(Duration::from_millis(100)).await;
    }
}

/// F10: a clock that is five minutes ahead is corrected while the server runs. What had expired stays so, what is to expire
/// does, a sign-out elsewhere is still heard of, and nobody waits for the clock to catch up.
async fn a_small_step_back_revives_nothing_and_locks_nobody_out(backend: Backend) {
    let database = TestDatabase::new(backend);
    let settings = [LIMITS, &[("JWT_TTL", "1m"), ("ACCESS_TOKEN_TTL", "3s")]].concat();
    let mut node = Node::start(&database, 0, &settings).await;
    register(&node, "keeper").await;
    let mut verdicts = Verdicts::default();
    let (opaque, signed) = (node.sign_in("keeper", "opaque").await, node.sign_in("keeper", "jwt").await);
    for pair in [&opaque, &signed] {
        verdicts.judge(&node, &pair.access, true, "a new token").await;
    }
    node.turn(300);
    for pair in [&opaque, &signed] {
        verdicts.judge(&node, &pair.access, false, "what ended as the clock went ahead").await;
    }
    sleep(Duration::from_secs(1)).await;
    let young = node.sign_in("keeper", "opaque").await;
    verdicts.judge(&node, &young.access, true, "a new token").await;
    let told = use_up(&node).await;
    node.turn(0);

    let back_at = Instant::now();
    for pair in [&opaque, &signed] {
        verdicts.judge(&node, &pair.access, false, "what had ended before the step back").await;
    }
    let waited = until_let_in(&node).await;
    let refreshed = node.refresh(&young).await;
    verdicts.note(refreshed.status == 200, true, || "a refresh after the step back".to_owned());
    let life = end_of(&node, &Pair::of(&refreshed)).await;
    let heard = match backend {
        Backend::Postgres => Some(sign_out_elsewhere(&database, &node, &settings).await),
        Backend::Sqlite => None,
    };
    for pair in [&opaque, &signed] {
        verdicts.judge(&node, &pair.access, false, "what had ended before the step back").await;
    }
    tell(&format!(
        "F10 {backend:?}: 5 min ahead and corrected: {verdicts}; told to wait {told:?}, let in after {waited:?}; a token of 3 s \
         ended after {life:?}; a sign-out elsewhere heard of after {heard:?}; watched for {:?}",
        back_at.elapsed()
    ));
    verdicts.assert_right();
    assert!(waited < Duration::from_secs(5), "{waited:?}");
    assert!(life < Duration::from_secs(8), "{life:?}");
    assert!(heard.is_none_or(|heard| heard < Duration::from_secs(4)), "{heard:?}");
}

/// How long a token that was just made opens anything.
async fn end_of(node: &Node, pair: &Pair) -> Duration {
    let begun = Instant::now();
    while node.opens(&pair.access).await {
        assert!(begun.elapsed() < Duration::from_secs(30), "a token of 3 s does not end");
        sleep(Duration::from_millis(50)).await;
    }
    begun.elapsed()
}

/// How long `node` goes on believing in a session that a second one has ended.
async fn sign_out_elsewhere(database: &TestDatabase, node: &Node, settings: &[(&str, &str)]) -> Duration {
    let other = Node::start(database, 0, &[settings, &[("ACCESS_TOKEN_TTL", "1h")]].concat()).await;
    let pair = other.sign_in("keeper", "opaque").await;
    assert!(node.opens(&pair.access).await);
    other.client().with_token(&pair.access).post("/api/auth/logout", json!({})).await.assert_status(200);
    end_of(node, &pair).await
}

/// F10: a clock goes ahead by thirteen hours while the server runs, and is corrected. Access tokens expire and sessions do
/// not; the correction, too great to be waited out, gives back what was never expired and keeps nobody out.
async fn half_a_day_ahead_and_back_again_is_survived(backend: Backend) {
    let database = TestDatabase::new(backend);
    let mut node = Node::start(&database, 0, LIMITS).await;
    register(&node, "keeper").await;
    let mut verdicts = Verdicts::default();
    let (kept, renewed) = (node.sign_in("keeper", "opaque").await, node.sign_in("keeper", "opaque").await);
    let signed = node.sign_in("keeper", "jwt").await;
    node.turn(13 * HOUR);
    for pair in [&kept, &renewed, &signed] {
        verdicts.judge(&node, &pair.access, false, "a token of thirteen hours ago").await;
    }
    let answer = node.refresh(&renewed).await;
    verdicts.note(answer.status == 200, true, || "a refresh thirteen hours later".to_owned());
    let renewed = Pair::of(&answer);
    verdicts.judge(&node, &renewed.access, true, "a refreshed token").await;
    let told = use_up(&node).await;
    ask_for_mail(&node).await;

    node.turn(0);
    let waited = until_let_in(&node).await;
    for (pair, what) in [
        (&kept, "a token of its time"),
        (&signed, "a signed token of its time"),
        (&renewed, "a refreshed token"),
    ] {
        verdicts.judge(&node, &pair.access, true, what).await;
    }
    let answer = node.refresh(&renewed).await;
    verdicts.note(answer.status == 200, true, || "a refresh after the correction".to_owned());
    for format in ["opaque", "jwt"] {
        sleep(Duration::from_millis(1200)).await;
        let pair = node.sign_in("keeper", format).await;
        verdicts.judge(&node, &pair.access, true, "a new token").await;
    }
    let mailed = ask_for_mail(&node).await;
    tell(&format!(
        "F10 {backend:?}: 13 h ahead and back: {verdicts}; told to wait {told:?}, let in {waited:?} after the correction; a mail \
         {mailed:?} after it was asked for"
    ));
    verdicts.assert_right();
    assert!(waited < Duration::from_secs(5) && mailed < Duration::from_secs(8), "{waited:?}, {mailed:?}");
}

/// Asks for a link until one is mailed that was not there before.
async fn ask_for_mail(node: &Node) -> Duration {
    let folder = node.process.folder().join("data/mail");
    let (begun, before) = (Instant::now(), Mail::all(&folder).len());
    while Mail::all(&folder).len() == before {
        let body = json!({ "email": given::address("keeper") });
        let answer = node.client().post("/api/auth/password/forgot", body).await;
        assert!([202, 429].contains(&answer.status), "{}", answer.text);
        assert!(begun.elapsed() < Duration::from_secs(20), "no mail: {}", node.process.said());
        sleep(Duration::from_millis(700)).await;
    }
    begun.elapsed()
}
