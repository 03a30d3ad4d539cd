//! The ways back to an address that was changed.

use vestibule_domain::id::UserId;
use vestibule_domain::token::TokenDigest;
use vestibule_persistence::email_ways_back::WayBack;
use vestibule_persistence::{Database, email_ways_back, users};

use super::{Store, later, now, somebody, store};
use crate::harness::Backend;

on_both!(
    a_way_back_is_taken_once_by_its_account_and_in_time,
    taking_one_closes_the_later_ones_and_no_earlier_one,
    taking_one_closes_those_whose_mails_have_not_left,
    the_ways_to_one_address_close_together,
    what_ran_out_is_removed_in_portions,
);

async fn a_way_back_is_taken_once_by_its_account_and_in_time(backend: Backend) {
    let Store { database, test: _test } = store(backend);
    let (alice, bob) = (made(&database, "alice"), made(&database, "bob"));
    open(&database, alice, 1, 0, "old@example.org");
    assert_eq!(take(&database, bob, 1), None);
    assert_eq!(take(&database, alice, 2), None);
    let too_late = database.write(|conn| email_ways_back::take(conn, later(100), alice, &digest(1)));
    assert_eq!(too_late.unwrap(), None);
    let found = |id, at| database.read(|conn| email_ways_back::find(conn, at, id, &digest(1))).unwrap();
    assert_eq!((found(bob, now()), found(alice, later(100))), (None, None));
    assert_eq!(take(&database, alice, 1).as_deref(), Some("old@example.org"));
    assert_eq!(take(&database, alice, 1), None);
}

/// S62
async fn taking_one_closes_the_later_ones_and_no_earlier_one(backend: Backend) {
    let Store { database, test: _test } = store(backend);
    let (alice, bob) = (made(&database, "alice"), made(&database, "bob"));
    // The mail of the first change was slower than that of the second.
    for (n, asked) in [(2, 20), (1, 10), (3, 30)] {
        open(&database, alice, n, asked, "old@example.org");
    }
    open(&database, bob, 4, 40, "bobs@example.org");
    assert!(take(&database, alice, 2).is_some());
    assert!(take(&database, alice, 3).is_none());
    assert!(take(&database, alice, 1).is_some());
    assert!(take(&database, bob, 4).is_some());
}

/// S62: a thief's own mail server may take its time.
async fn taking_one_closes_those_whose_mails_have_not_left(backend: Backend) {
    let Store { database, test } = store(backend);
    let (alice, bob) = (made(&database, "alice"), made(&database, "bob"));
    open(&database, alice, 1, 10, "old@example.org");
    let order = |id: UserId, kind: &str, second: u64| {
        test.sql(&format!(
            "insert into outbox (kind, user_id, payload, created_at, due_at) \
             values ('{kind}', {id}, '{{}}', '{at}', '{at}')",
            at = later(second).naive_utc()
        ));
    };
    order(alice, "email_change_notice", 5);
    order(alice, "email_change_notice", 15);
    order(alice, "password_changed", 15);
    order(bob, "email_change_notice", 15);
    assert!(take(&database, alice, 1).is_some());
    let left = test.sql(&format!("select count(*) from outbox where user_id = {alice}"));
    assert_eq!((left.as_str(), test.sql("select count(*) from outbox").as_str()), ("2", "3"));
}

async fn the_ways_to_one_address_close_together(backend: Backend) {
    let Store { database, test: _test } = store(backend);
    let (alice, bob) = (made(&database, "alice"), made(&database, "bob"));
    open(&database, alice, 1, 1, "Old@example.org");
    open(&database, alice, 2, 2, "other@example.org");
    open(&database, bob, 3, 3, "old@example.org");
    let old = "old@example.org".parse::<vestibule_domain::email::EmailAddress>().unwrap().key();
    assert_eq!(database.write(|conn| email_ways_back::delete_to(conn, alice, &old)).unwrap(), 1);
    assert!(take(&database, alice, 1).is_none());
    assert!(take(&database, alice, 2).is_some());
    assert!(take(&database, bob, 3).is_some());
}

/// S90
async fn what_ran_out_is_removed_in_portions(backend: Backend) {
    let Store { database, test: _test } = store(backend);
    let alice = made(&database, "alice");
    for n in 0..5 {
        open(&database, alice, n, n.into(), "old@example.org");
    }
    let purge = |at| database.write(|conn| email_ways_back::delete_expired(conn, at, 2)).unwrap();
    assert_eq!(purge(later(99)), 0);
    assert_eq!((purge(later(102)), purge(later(102))), (2, 1));
    assert_eq!(database.write(email_ways_back::delete_all).unwrap(), 2);
}

/// A way that closes a hundred seconds after `asked`.
fn open(database: &Database, id: UserId, n: u8, asked: u64, old: &str) {
    let way = WayBack {
        old_email: old.parse().unwrap(),
        old_verified_at: n.is_multiple_of(2).then(|| later(n.into())),
        asked_at: later(asked),
    };
    let until = later(asked + 100);
    database.write(|conn| email_ways_back::insert(conn, id, &digest(n), &way, until)).unwrap();
    let found = database.read(|conn| email_ways_back::find(conn, now(), id, &digest(n))).unwrap();
    assert_eq!(found, Some(way));
}

fn take(database: &Database, id: UserId, n: u8) -> Option<String> {
    let taken = database.write(|conn| email_ways_back::take(conn, now(), id, &digest(n))).unwrap();
    taken.map(|way| way.old_email.to_string())
}

fn digest(n: u8) -> TokenDigest {
    TokenDigest::from_bytes([n; 32])
}

fn made(database: &Database, name: &str) -> UserId {
    database.write(|conn| users::insert(conn, now(), &somebody(name))).unwrap()
}
