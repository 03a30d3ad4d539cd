//! The browsers and addresses an account was used with.

use vestibule_domain::caller::ClientInfo;
use vestibule_domain::id::UserId;
use vestibule_domain::time::Timestamp;
use vestibule_persistence::known_clients::{self, Acquaintance, MOST};
use vestibule_persistence::{Database, PoolOptions, users};

use super::claims::in_parallel;
use super::{Store, later, now, somebody, store, store_with};
use crate::harness::Backend;

on_both!(
    an_account_knows_again_what_it_saw,
    an_account_knows_no_more_than_so_many,
    one_client_noted_many_times_at_once_is_one,
    what_was_not_seen_for_long_is_forgotten,
);

async fn an_account_knows_again_what_it_saw(backend: Backend) {
    let Store { database, test: _test } = store(backend);
    let (alice, bob) = (insert_user(&database, "alice"), insert_user(&database, "bob"));
    let answers = |is_first, knows_browser| Acquaintance { is_first, knows_browser };
    assert_eq!(note(&database, now(), alice, "192.0.2.1", Some("Fox")), answers(true, false));
    assert_eq!(note(&database, later(1), alice, "192.0.2.1", Some("Fox")), answers(false, true));
    assert_eq!(note(&database, later(2), alice, "192.0.2.9", Some("Fox")), answers(false, true));
    assert_eq!(note(&database, later(3), alice, "192.0.2.1", Some("Wolf")), answers(false, false));
    assert_eq!(note(&database, later(4), alice, "192.0.2.1", None), answers(false, false));
    assert_eq!(note(&database, later(5), alice, "192.0.2.8", None), answers(false, true));
    let knows =
        |who, address| database.read(|conn| known_clients::knows_address(conn, who, address)).unwrap();
    assert_eq!(
        [knows(alice, "192.0.2.9"), knows(alice, "192.0.2.2"), knows(bob, "192.0.2.9")],
        [true, false, false]
    );
}

/// S90
async fn an_account_knows_no_more_than_so_many(backend: Backend) {
    let Store { database, test } = store(backend);
    let alice = insert_user(&database, "alice");
    let most = u64::try_from(MOST).unwrap();
    for n in 0..most + 20 {
        note(&database, later(n), alice, &format!("address {n}"), Some("Fox"));
    }
    note(&database, later(100), alice, "address 20", Some("Fox"));
    note(&database, later(101), alice, "new", Some("Fox"));
    assert_eq!(test.sql("select count(*) from known_clients"), MOST.to_string());
    let knows = |address| database.read(|conn| known_clients::knows_address(conn, alice, address)).unwrap();
    assert_eq!(["address 19", "address 20", "address 21", "new"].map(knows), [false, true, false, true]);
}

async fn one_client_noted_many_times_at_once_is_one(backend: Backend) {
    let Store { database, test } = store_with(backend, PoolOptions { size: 16, ..PoolOptions::default() });
    let alice = insert_user(&database, "alice");
    for round in 0..10 {
        in_parallel(16, |_| note(&database, now(), alice, &format!("address {round}"), Some("Fox")));
    }
    assert_eq!(test.sql("select count(*) from known_clients"), "10");
}

async fn what_was_not_seen_for_long_is_forgotten(backend: Backend) {
    let Store { database, test } = store(backend);
    let alice = insert_user(&database, "alice");
    for n in 0..12 {
        note(&database, later(n), alice, &format!("address {n}"), Some("Fox"));
    }
    note(&database, later(100), alice, "address 3", Some("Fox"));
    let forget = || database.write(|conn| known_clients::delete_before(conn, later(9), 5)).unwrap();
    assert_eq!([forget(), forget(), forget()], [5, 3, 0]);
    assert_eq!(test.sql("select count(*) from known_clients"), "4");
}

fn insert_user(database: &Database, name: &str) -> UserId {
    database.write(|conn| users::insert(conn, now(), &somebody(name))).unwrap()
}

fn note(
    database: &Database,
    at: Timestamp,
    user_id: UserId,
    address: &str,
    browser: Option<&str>,
) -> Acquaintance {
    let client = ClientInfo::new(None, browser);
    database.write(|conn| known_clients::note(conn, at, user_id, address, &client)).unwrap()
}
