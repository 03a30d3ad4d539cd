//! Mails that wait, and which of many nodes sends them.

use std::time::Duration;

use vestibule_domain::id::UserId;
use vestibule_domain::mail::MailOrder;
use vestibule_domain::page::PageSize;
use vestibule_domain::time::Timestamp;
use vestibule_persistence::outbox::{self, LeasedMail, Postponed};
use vestibule_persistence::{Database, PoolOptions};

use super::claims::in_parallel;
use super::{Store, later, now, store, store_with};
use crate::harness::Backend;

on_both!(
    each_mail_goes_to_one_of_many_nodes,
    a_lease_runs_out_by_the_databases_clock,
    a_mail_is_due_when_its_time_has_come,
    only_the_holder_says_what_became_of_a_mail,
    what_cannot_be_read_is_set_aside,
    operators_see_the_queue_and_give_mails_another_try,
    a_clock_set_back_stops_no_mail,
);

fn order(number: i64) -> MailOrder {
    MailOrder::VerifyEmail { user_id: UserId::try_from(number).unwrap() }
}

fn insert(database: &Database, at: Timestamp, orders: std::ops::RangeInclusive<i64>) {
    let all = |conn: &mut _| orders.clone().try_for_each(|number| outbox::insert(conn, at, &order(number)));
    database.write(all).unwrap();
}

fn lease(database: &Database, at: Timestamp, lease_id: &str, limit: i64) -> Vec<LeasedMail> {
    database.write(|conn| outbox::lease(conn, at, lease_id, limit)).unwrap()
}

fn has_due(database: &Database, at: Timestamp) -> bool {
    database.read(|conn| outbox::has_due(conn, at)).unwrap()
}

/// F12: of sixteen that ask at once, each with its own connection, until nothing is left.
async fn each_mail_goes_to_one_of_many_nodes(backend: Backend) {
    let Store { database, test } = store_with(backend, PoolOptions { size: 16, ..PoolOptions::default() });
    insert(&database, now(), 1..=200);
    let leased = in_parallel(16, |node| {
        let mut mine = Vec::new();
        while has_due(&database, now()) {
            mine.extend(lease(&database, now(), &format!("node {node}"), 4).into_iter().map(|mail| mail.id));
        }
        mine
    });
    let mut all: Vec<_> = leased.into_iter().flatten().collect();
    all.sort_unstable();
    assert_eq!(all, (1..=200).collect::<Vec<_>>());
    assert_eq!(test.sql("select count(*) from outbox where attempts <> 1"), "0");
}

/// F1, F12: the mail of a node that was killed is another's when its lease is over, whatever their own clocks say.
async fn a_lease_runs_out_by_the_databases_clock(backend: Backend) {
    let Store { database, test } = store(backend);
    insert(&database, now(), 1..=1);
    let killed = lease(&database, now(), "killed", 4).pop().unwrap();
    assert!(
        !has_due(&database, later(300)) && lease(&database, later(300), "five minutes ahead", 4).is_empty()
    );
    test.sql("update outbox set leased_until = '2020-01-01 00:00:00'");
    assert!(has_due(&database, now()));
    let taken = lease(&database, now(), "another", 4).pop().unwrap();
    assert_eq!((taken.id, taken.attempts, &taken.order), (killed.id, 2, &order(1)));
    let is_whose = |mail: &LeasedMail| database.write(|conn| outbox::keep(conn, mail)).unwrap();
    assert_eq!((is_whose(&killed), is_whose(&taken)), (false, true), "the killed one was only slow");
}

async fn a_mail_is_due_when_its_time_has_come(backend: Backend) {
    let Store { database, test: _test } = store(backend);
    assert!(!has_due(&database, now()));
    insert(&database, later(10), 1..=1);
    assert!(!has_due(&database, later(9)) && lease(&database, later(9), "a", 4).is_empty());
    insert(&database, now(), 2..=3);
    let order_of = |mails: Vec<LeasedMail>| mails.into_iter().map(|mail| mail.order).collect::<Vec<_>>();
    assert_eq!(order_of(lease(&database, later(10), "a", 2)), [order(2), order(3)], "the oldest first");
    assert_eq!(order_of(lease(&database, later(10), "a", 2)), [order(1)]);
}

async fn only_the_holder_says_what_became_of_a_mail(backend: Backend) {
    let Store { database, test } = store(backend);
    insert(&database, now(), 1..=2);
    let [first, second] = &lease(&database, now(), "us", 4)[..] else { panic!("two mails") };
    let stranger = LeasedMail { lease_id: "them".to_owned(), ..first.clone() };
    let delete = |mail: &LeasedMail| database.write(|conn| outbox::delete(conn, mail)).unwrap();
    let postpone = |mail: &LeasedMail, postponed, why: &str| {
        database.write(|conn| outbox::set_postponed(conn, mail, postponed, why)).unwrap();
    };
    postpone(&stranger, Postponed::ForGood(now()), "none of their business");
    assert!(!delete(&stranger) && delete(first) && !delete(first));
    postpone(second, Postponed::Until(later(60)), "come back\r\nlater");
    assert_eq!(test.sql("select last_error, dead_at, lease_id from outbox"), "come backlater||");
    assert!(!has_due(&database, later(59)) && !delete(second));
    let second = lease(&database, later(60), "us again", 4).pop().unwrap();
    assert_eq!(second.attempts, 2);
    postpone(&second, Postponed::ForGood(later(60)), &"x".repeat(10_000));
    assert!(!has_due(&database, later(100_000)));
    assert_eq!(test.sql("select length(last_error) from outbox"), "300");
}

/// It stands in no other's way, and is given up when no node learns to read it.
async fn what_cannot_be_read_is_set_aside(backend: Backend) {
    let Store { database, test } = store(backend);
    test.sql(
        "insert into outbox (kind, payload, created_at, due_at) values \
         ('a_kind_of_tomorrow', '{}', '2026-01-15 11:00:00', '2026-01-15 11:00:00')",
    );
    insert(&database, now(), 1..=1);
    let leased = lease(&database, now(), "us", 2);
    assert_eq!(leased.into_iter().map(|mail| mail.order).collect::<Vec<_>>(), [order(1)]);
    let page = database.read(|conn| outbox::list(conn, None, None, PageSize::default())).unwrap();
    assert_eq!((page.entries[1].kind.as_str(), &page.entries[1].order), ("a_kind_of_tomorrow", &None));
    let tries = (1..100).take_while(|hour| {
        lease(&database, later(hour * 3600), "us", 2);
        page_of(&database, Some(true)).is_empty()
    });
    assert_eq!(tries.count(), 10);
}

fn page_of(database: &Database, dead: Option<bool>) -> Vec<i64> {
    let page = database.read(|conn| outbox::list(conn, dead, None, PageSize::default())).unwrap();
    page.entries.into_iter().map(|entry| entry.id).collect()
}

async fn operators_see_the_queue_and_give_mails_another_try(backend: Backend) {
    let Store { database, test: _test } = store(backend);
    insert(&database, now(), 1..=3);
    for mail in lease(&database, now(), "us", 2) {
        let postponed = Postponed::ForGood(later(1));
        database.write(|conn| outbox::set_postponed(conn, &mail, postponed, "no")).unwrap();
    }
    assert_eq!(page_of(&database, None), [3, 2, 1]);
    assert_eq!((page_of(&database, Some(true)), page_of(&database, Some(false))), (vec![2, 1], vec![3]));
    let one = PageSize::try_from(1).unwrap();
    let page = database.read(|conn| outbox::list(conn, Some(true), Some(2), one)).unwrap();
    let [entry] = &page.entries[..] else { panic!("one entry") };
    assert_eq!((entry.id, entry.attempts, entry.dead_at, page.has_more), (1, 1, Some(later(1)), false));
    assert_eq!((page.total.get(), entry.last_error.as_deref()), (2, Some("no")));
    let retry = |id| database.write(|conn| outbox::set_due(conn, later(5), id)).unwrap();
    let entry = retry(1).unwrap();
    assert_eq!((entry.attempts, entry.dead_at, entry.due_at), (0, None, later(5)));
    assert!(retry(99).is_none() && page_of(&database, Some(true)) == [2]);
    let delete_dead = |before| database.write(|conn| outbox::delete_dead(conn, before, 10)).unwrap();
    assert_eq!((delete_dead(later(1)), delete_dead(later(2)), delete_dead(later(2))), (0, 1, 0));
    assert_eq!(page_of(&database, None), [3, 1]);
}

/// F10: a time to be tried at, or a lease, that no right clock can have set is not believed.
async fn a_clock_set_back_stops_no_mail(backend: Backend) {
    let Store { database, test } = store(backend);
    let ahead = now().plus(Duration::from_hours(13));
    insert(&database, ahead, 1..=1);
    assert!(has_due(&database, now()));
    assert_eq!(lease(&database, now(), "us", 4).len(), 1);
    assert!(!has_due(&database, now()));
    test.sql("update outbox set leased_until = '2999-01-01 00:00:00'");
    assert_eq!(lease(&database, now(), "them", 4).len(), 1);
}
