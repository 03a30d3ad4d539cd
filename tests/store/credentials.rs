//! What opens an account, changed by one of many.

use std::sync::Barrier;
use std::thread;

use vestibule_domain::email::EmailAddress;
use vestibule_domain::id::UserId;
use vestibule_domain::password::PasswordHash;
use vestibule_persistence::dialect::DatabaseConnection;
use vestibule_persistence::{Database, Key, PoolOptions, StoreError, credentials, users};

use super::{Store, later, now, somebody, store, store_with};
use crate::harness::Backend;

on_both!(
    of_many_who_set_a_password_one_does,
    a_password_is_set_only_where_the_account_is_as_it_was,
    an_address_is_proven_once_and_only_while_it_is_the_accounts,
    an_address_goes_to_one_account,
    an_address_gives_way_only_where_nobody_proved_it,
    an_imported_name_that_looks_like_an_address_is_taken,
);

/// S03: sixteen threads, each with its own connection, twelve rounds.
async fn of_many_who_set_a_password_one_does(backend: Backend) {
    let Store { database, test: _test } =
        store_with(backend, PoolOptions { size: 16, ..PoolOptions::default() });
    let (id, key) = (made(&database, "alice"), address("alice@example.org").key());
    for epoch in 0..12 {
        let won = in_parallel(|n| {
            database
                .write(|conn| {
                    credentials::set_password_by_epoch(
                        conn,
                        now(),
                        id,
                        epoch,
                        &key,
                        &hash(&format!("e{epoch}n{n}")),
                    )
                })
                .unwrap()
        });
        assert_eq!(won.iter().filter(|won| **won).count(), 1);
        let checked = stored(&database, id);
        let winner = won.iter().position(|won| *won).unwrap();
        assert_eq!(checked, hash(&format!("e{epoch}n{winner}")));
    }
    let checked = stored(&database, id);
    let won = in_parallel(|n| {
        let new = hash(&format!("changed{n}"));
        let set = |conn: &mut DatabaseConnection| credentials::set_password_checked(conn, id, &checked, &new);
        database.write(set).unwrap()
    });
    assert_eq!(won.iter().filter(|won| **won).count(), 1);
    assert_eq!(epoch(&database, id), 13);
}

async fn a_password_is_set_only_where_the_account_is_as_it_was(backend: Backend) {
    let Store { database, test: _test } = store(backend);
    let id = made(&database, "alice");
    let by_epoch = |epoch, email: &str| {
        let email = address(email).key();
        let set = |conn: &mut DatabaseConnection| {
            credentials::set_password_by_epoch(conn, now(), id, epoch, &email, &hash("new"))
        };
        database.write(set).unwrap()
    };
    let checked = |old: &str| {
        let (old, new) = (hash(old), hash("newer"));
        database.write(|conn| credentials::set_password_checked(conn, id, &old, &new)).unwrap()
    };
    assert!(!by_epoch(1, "alice@example.org"));
    assert!(!by_epoch(0, "bob@example.org"));
    assert!(!checked("another"));
    database.write(|conn| users::set_suspended(conn, now(), id, true)).unwrap();
    assert!(!by_epoch(0, "alice@example.org"));
    let unusable = PasswordHash::unusable();
    let found = || database.read(|conn| credentials::find_epoch_checked(conn, id, &unusable)).unwrap();
    assert_eq!(found(), None);
    database.write(|conn| users::set_suspended(conn, now(), id, false)).unwrap();
    assert_eq!(found(), Some(0));
    assert!(by_epoch(0, "ALICE@example.org"));
    let user = database.read(|conn| users::find(conn, id)).unwrap().unwrap();
    assert_eq!(user.email_verified_at, Some(now()));
    assert!(checked("new"));
    assert_eq!(epoch(&database, id), 2);
}

/// S04
async fn an_address_is_proven_once_and_only_while_it_is_the_accounts(backend: Backend) {
    let Store { database, test: _test } =
        store_with(backend, PoolOptions { size: 16, ..PoolOptions::default() });
    let id = made(&database, "alice");
    let prove = |email: &str| {
        let email = address(email).key();
        database.write(|conn| credentials::set_email_verified(conn, now(), id, &email)).unwrap()
    };
    assert!(!prove("bob@example.org"));
    let won = in_parallel(|_| prove("Alice@example.org"));
    assert_eq!(won.iter().filter(|won| **won).count(), 1);
    assert!(!prove("alice@example.org"));
}

/// S62: sixteen accounts that all may change to it.
async fn an_address_goes_to_one_account(backend: Backend) {
    let Store { database, test: _test } =
        store_with(backend, PoolOptions { size: 16, ..PoolOptions::default() });
    let ids: Vec<_> = (0..16).map(|n| made(&database, &format!("mover{n}"))).collect();
    let won = in_parallel(|n| {
        let wanted = address(if n % 2 == 0 { "wanted@example.org" } else { "WANTED@example.org" });
        match database.write(|conn| credentials::set_email_by_epoch(conn, now(), ids[n], 0, &wanted)) {
            Err(StoreError::Taken(Key::Email)) => false,
            outcome => outcome.unwrap(),
        }
    });
    assert_eq!(won.iter().filter(|won| **won).count(), 1);
    let winner = ids[won.iter().position(|won| *won).unwrap()];
    let found = database.read(|conn| credentials::find_recipient(conn, &address("wanted@example.org").key()));
    let found = found.unwrap().unwrap();
    assert_eq!((found.user_id, found.epoch, found.email_verified_at), (winner, 1, Some(now())));
    assert!(found.is_active());
}

async fn an_address_gives_way_only_where_nobody_proved_it(backend: Backend) {
    let Store { database, test: _test } = store(backend);
    let (alice, bob) = (made(&database, "alice"), made(&database, "bob"));
    let bobs = address("bob@example.org").key();
    let take = |from| {
        database.write(|conn| credentials::take_unproven_address(conn, later(1), from, &bobs)).unwrap()
    };
    assert_eq!(take(bob), None);
    database.write(|conn| credentials::set_email_verified(conn, now(), bob, &bobs)).unwrap();
    assert_eq!(take(alice), None);
    let carol = made(&database, "carol");
    let carols = address("carol@example.org").key();
    let taken = database.write(|conn| credentials::take_unproven_address(conn, later(1), alice, &carols));
    assert_eq!(taken.unwrap(), Some(carol));
    assert_eq!(database.read(|conn| users::find(conn, carol)).unwrap().unwrap().email, None);
    database
        .write(|conn| credentials::set_email_back(conn, now(), alice, &address("carol@example.org"), None))
        .unwrap();
}

async fn an_imported_name_that_looks_like_an_address_is_taken(backend: Backend) {
    let Store { database, test } = store(backend);
    let (alice, bob) = (made(&database, "alice"), made(&database, "bob"));
    let like = "username = 'Old@example.org', username_key = 'old@example.org'";
    test.sql(&format!("update users set {like} where id = {bob}"));
    let change = |id| {
        database
            .write(|conn| credentials::set_email_by_epoch(conn, now(), id, 0, &address("old@example.org")))
    };
    assert!(matches!(change(alice), Err(StoreError::Taken(Key::Email))));
    assert!(change(bob).unwrap());
}

fn made(database: &Database, name: &str) -> UserId {
    database.write(|conn| users::insert(conn, now(), &somebody(name))).unwrap()
}

fn stored(database: &Database, id: UserId) -> PasswordHash {
    database.read(|conn| credentials::find(conn, id)).unwrap().unwrap().password_hash
}

fn epoch(database: &Database, id: UserId) -> i64 {
    database.read(|conn| users::find_token_epoch(conn, id)).unwrap().unwrap()
}

fn hash(text: &str) -> PasswordHash {
    text.to_owned().try_into().unwrap()
}

fn address(text: &str) -> EmailAddress {
    text.parse().unwrap()
}

/// What sixteen threads that begin together come to.
fn in_parallel(work: impl Fn(usize) -> bool + Sync) -> Vec<bool> {
    let (barrier, work) = (Barrier::new(16), &work);
    thread::scope(|scope| {
        let barrier = &barrier;
        let begin = |n| {
            scope.spawn(move || {
                barrier.wait();
                work(n)
            })
        };
        let threads: Vec<_> = (0..16).map(begin).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}
