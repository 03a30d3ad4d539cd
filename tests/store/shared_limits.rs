//! Limits that several nodes share through a real Redis.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use vestibule_auth::limits::{LimitRules, LimitedAction, Limits, MailKind, TriedAccount};
use vestibule_domain::bucket::Taken;
use vestibule_domain::email::EmailAddress;
use vestibule_domain::failures::Failures;
use vestibule_domain::id::UserId;
use vestibule_domain::rate::Rate;
use vestibule_domain::sign_in_name::SignInName;
use vestibule_domain::time::Timestamp;
use vestibule_domain::token::MailPurpose;
use vestibule_persistence::ephemeral::EphemeralStore as _;

use super::ephemeral::{in_parallel, open, token, until};
use super::{later, now};
use crate::harness::{Redis, run_alone};

fn rate(text: &str) -> Rate {
    text.parse().unwrap()
}

/// Numbers that look like chance, the same in every run.
fn numbers() -> impl Iterator<Item = u64> {
    std::iter::successors(Some(0x9E37_79B9_u64), |n| {
        Some(n.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407))
    })
    .map(|n| n >> 33)
}

/// Moments that mostly go on, and jump now and then by as much as a day, both ways.
fn moments() -> impl Iterator<Item = Timestamp> {
    let mut moment = later(1_000_000);
    numbers().map(move |n| {
        let micros = Duration::from_micros(n % 20_000_000);
        moment = match n % 41 {
            0 => moment.plus(Duration::from_hours(24)),
            1 => moment.minus(Duration::from_hours(24)),
            2 => moment.minus(micros),
            _ => moment.plus(micros),
        };
        moment
    })
}

#[test]
fn the_scripts_count_as_the_domain_does() {
    let redis = Redis::start();
    let store = open(&redis);
    until("redis is there", || store.find_failures(now(), "none").is_ok());
    for rate in ["10/5m", "1/1s", "3/1h", "1000000/1s", "7/10s"].map(rate) {
        let (key, mut bucket) = (rate.to_string(), None);
        for moment in moments().take(1000) {
            let expected = Taken::take(moment, rate, bucket);
            assert_eq!(store.take(moment, &key, rate).unwrap(), expected, "{rate} at {moment}");
            bucket = Some(expected.whole_at);
        }
    }
    let mut failures = None;
    for (n, moment) in moments().take(1000).enumerate() {
        failures = failures.and_then(|failures: Failures| failures.still(moment));
        assert_eq!(store.find_failures(moment, "pair").unwrap(), failures, "at {moment}");
        if n % 3 > 0 {
            failures = Some(Failures::and_one(failures, moment));
            assert_eq!(Some(store.note_failure(moment, "pair").unwrap()), failures, "at {moment}");
        }
        if n % 50 == 0 {
            store.delete_failures("pair").unwrap();
            failures = None;
        }
    }
}

/// Two nodes that share a Redis which answers both.
fn two_nodes(redis: &Redis, rules: &LimitRules) -> [Limits; 2] {
    let stores = [open(redis), open(redis)];
    for store in &stores {
        in_parallel(4, |_| until("redis is there", || store.find_failures(now(), "none").is_ok()));
    }
    stores.map(|store| Limits::new(*rules, Some(store)))
}

const CLIENT: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));

/// S35, F12: as many as the burst, on all nodes together.
#[test]
fn limits_are_shared_by_all_nodes_and_exact() {
    run_alone(async {
        let redis = Redis::start();
        let nodes = two_nodes(&redis, &LimitRules::default());
        let (signed_in, checked) = (AtomicU32::new(0), AtomicU32::new(0));
        let alice = TriedAccount::Known(UserId::try_from(1).unwrap());
        // As many threads as there are connections: one that waits too long for another's would count for itself.
        in_parallel(8, |thread| {
            for n in 0..25 {
                let node = &nodes[thread % 2];
                let other = IpAddr::from([198, 51, 100, u8::try_from(thread * 25 + n).unwrap()]);
                let is_in = node.admit(now(), LimitedAction::SignIn, CLIENT).is_ok();
                signed_in.fetch_add(u32::from(is_in), Ordering::Relaxed);
                let is_checked = node.admit_check(now(), &alice, other, false).is_ok();
                checked.fetch_add(u32::from(is_checked), Ordering::Relaxed);
            }
        });
        assert_eq!((signed_in.into_inner(), checked.into_inner()), (30, 10));
    });
}

/// S81
#[test]
fn failures_on_all_nodes_are_all_counted() {
    run_alone(async {
        let redis = Redis::start();
        let stores = [open(&redis), open(&redis)];
        let noted = AtomicU32::new(0);
        in_parallel(64, |thread| {
            until("it is noted", || stores[thread % 2].note_failure(now(), "pair").is_ok());
            noted.fetch_add(1, Ordering::Relaxed);
        });
        let found = stores[0].find_failures(now(), "pair").unwrap().unwrap();
        assert_eq!((found.count, noted.into_inner()), (64, 64));
    });
}

/// A pair that waits on one node waits on the other, and a success on one ends it on both within a second.
#[test]
fn the_growing_delay_is_shared_by_all_nodes() {
    let redis = Redis::start();
    let [here, there] = two_nodes(&redis, &LimitRules::default());
    let alice = TriedAccount::Known(UserId::try_from(1).unwrap());
    for node in [&here, &there].into_iter().cycle().take(10) {
        node.note_check(now(), &alice, CLIENT, false);
    }
    for node in [&here, &there] {
        let denied = node.admit_check(later(1), &alice, CLIENT, false).unwrap_err();
        assert_eq!((denied.policy, denied.retry_after.as_secs()), ("sign-in-delay", 59));
    }
    here.note_check(later(1), &alice, CLIENT, true);
    assert_eq!(here.admit_check(later(1), &alice, CLIENT, false), Ok(()));
    assert_eq!(there.admit_check(later(2), &alice, CLIENT, false), Ok(()));
}

/// F5: without Redis every process goes on by the same rules, from where it was.
#[test]
fn without_redis_nothing_is_unlimited() {
    let redis = Redis::start();
    let [node, other] = two_nodes(&redis, &LimitRules::default());
    let admitted =
        |node: &Limits| (0..100).filter(|_| node.admit(now(), LimitedAction::SignIn, CLIENT).is_ok()).count();
    for _ in 0..20 {
        node.admit(now(), LimitedAction::SignIn, CLIENT).unwrap();
    }
    redis.stop();
    assert_eq!((admitted(&node), admitted(&other)), (10, 30));
}

/// F5: who is being refused goes on being refused when Redis has lost everything.
#[test]
fn a_flushed_redis_frees_nobody() {
    let redis = Redis::start();
    let [node, _] = two_nodes(&redis, &LimitRules::default());
    while node.admit(now(), LimitedAction::SignIn, CLIENT).is_ok() {}
    redis.command(&["FLUSHALL"]);
    let denied = node.admit(now(), LimitedAction::SignIn, CLIENT).unwrap_err();
    assert_eq!(denied.retry_after, Duration::from_secs(10));
}

/// F5: a Redis that is asked for the wrong kind of key counts as away.
#[test]
fn wrong_kinds_of_keys_change_no_decision() {
    let redis = Redis::start();
    let [node, _] = two_nodes(&redis, &LimitRules::default());
    redis.command(&["LPUSH", "ours[1]:bucket:sign-in/192.0.2.1", "a list"]);
    redis.command(&["SET", "ours[1]:bucket:sign-in-all/everybody", "many"]);
    redis.command(&["SET", "ours[1]:failures:account/1/192.0.2.1", "many"]);
    let alice = TriedAccount::Known(UserId::try_from(1).unwrap());
    let admitted = (0..100).filter(|_| node.admit(now(), LimitedAction::SignIn, CLIENT).is_ok()).count();
    for _ in 0..10 {
        node.admit_check(now(), &alice, CLIENT, false).unwrap();
        node.note_check(now(), &alice, CLIENT, false);
    }
    assert_eq!(admitted, 30);
    assert!(node.admit_check(now(), &alice, CLIENT, false).is_err());
}

/// F5: one that hangs adds a tenth of a second twice, and then nothing but as often as it is tried again.
#[test]
fn a_redis_that_hangs_is_waited_for_shortly_and_seldom() {
    run_alone(async {
        let redis = Redis::start();
        let [node, _] = two_nodes(&redis, &LimitRules::default());
        redis.pause();
        let mut waits: Vec<_> = (0..1000_u32)
            .map(|n| {
                let (begun, address) =
                    (Instant::now(), IpAddr::from(0x0a00_0000_u32.wrapping_add(n).to_be_bytes()));
                node.admit(now(), LimitedAction::Refresh, address).unwrap();
                begun.elapsed()
            })
            .collect();
        waits.sort();
        println!("the longest waits for a Redis that hangs: {:?}", &waits[990..]);
        assert!(waits[999] < Duration::from_millis(350), "{:?}", waits[999]);
        assert!(waits[994] < Duration::from_millis(10), "{:?}", waits[994]);
        redis.resume();
    });
}

/// A Redis that was started anew costs nobody an answer: its dead connections are found out and replaced.
#[test]
fn connections_that_redis_closed_are_replaced_unnoticed() {
    run_alone(async {
        let redis = Redis::start();
        let store = open(&redis);
        in_parallel(4, |_| until("redis is there", || store.find_failures(now(), "none").is_ok()));
        redis.command(&["CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"]);
        for _ in 0..10 {
            store.find_failures(now(), "none").unwrap();
        }
    });
}

/// S90, S38: nothing stays in Redis for ever, and nothing that people type is there.
#[test]
fn what_is_in_redis_ends_and_names_nobody() {
    let redis = Redis::start();
    let [node, _] = two_nodes(&redis, &LimitRules::default());
    let nobody = TriedAccount::Unknown(SignInName::of("mike@example.org"));
    for _ in 0..4 {
        node.admit(now(), LimitedAction::SignIn, CLIENT).unwrap();
        node.admit_check(now(), &nobody, CLIENT, false).ok();
        node.note_check(now(), &nobody, CLIENT, false);
    }
    let recipient = "mike@example.org".parse::<EmailAddress>().unwrap();
    assert!(node.admit_mail(now(), MailKind::Reset, &recipient.key()));
    open(&redis).put(now(), UserId::try_from(1).unwrap(), MailPurpose::ResetPassword, &token(1)).ok();
    let keys = redis.command(&["KEYS", "*"]);
    assert!(keys.lines().count() >= 5, "{keys}");
    assert!(!keys.contains("mike") && !keys.contains("example"), "{keys}");
    for key in keys.lines() {
        let ttl: i64 = redis.command(&["PTTL", key]).trim_start_matches(':').parse().unwrap();
        assert!((1..=4_000_000).contains(&ttl), "{key} {ttl}");
    }
}

/// S99: whoever is being refused is refused without Redis.
#[test]
fn a_flood_of_refusals_does_not_reach_redis() {
    run_alone(async {
        let redis = Redis::start();
        let [node, other] = two_nodes(&redis, &LimitRules::default());
        while node.admit(now(), LimitedAction::SignIn, CLIENT).is_ok() {}
        assert!(other.admit(now(), LimitedAction::SignIn, CLIENT).is_err());
        redis.pause();
        let begun = Instant::now();
        for _ in 0..1000 {
            assert!(node.admit(now(), LimitedAction::SignIn, CLIENT).is_err());
            assert!(other.admit(now(), LimitedAction::SignIn, CLIENT).is_err());
        }
        assert!(begun.elapsed() < Duration::from_millis(90), "{:?}", begun.elapsed());
        redis.resume();
    });
}
