//! What one and only one may have.

use std::sync::Barrier;
use std::thread;

use vestibule_domain::email::EmailAddress;
use vestibule_persistence::dialect::DatabaseConnection;
use vestibule_persistence::users::NewUser;
use vestibule_persistence::{Key, PoolOptions, StoreError, installation, users};

use super::{Store, now, somebody, store, store_with};
use crate::harness::Backend;

on_both!(
    a_claim_has_one_winner,
    a_claim_that_is_rolled_back_is_free_again,
    a_taken_key_is_named,
    many_inserts_of_one_name_leave_one_row,
    accounts_without_a_name_or_an_address_do_not_collide,
);

type Claim = fn(&mut DatabaseConnection) -> Result<bool, StoreError>;

/// S10: of sixteen threads, each with its own connection.
async fn a_claim_has_one_winner(backend: Backend) {
    let claims: [Claim; 3] = [
        |conn| installation::claim_first_account(conn, now()),
        |conn| installation::claim_admin(conn, now()),
        |conn| installation::set_key_check(conn, b"check"),
    ];
    let Store { database, test: _test } =
        store_with(backend, PoolOptions { size: 16, ..PoolOptions::default() });
    for claim in claims {
        let won = in_parallel(16, |_| database.write(claim).unwrap());
        assert_eq!(won.into_iter().filter(|won| *won).count(), 1);
        assert!(!database.write(claim).unwrap());
    }
    assert!(!database.read(installation::is_untouched).unwrap());
}

async fn a_claim_that_is_rolled_back_is_free_again(backend: Backend) {
    let Store { database, test: _test } = store(backend);
    let given_back: Result<(), StoreError> = database.write(|conn| {
        assert!(installation::claim_admin(conn, now())?);
        Err(StoreError::Missing)
    });
    assert!(matches!(given_back, Err(StoreError::Missing)));
    assert!(database.write(|conn| installation::claim_admin(conn, now())).unwrap());
}

/// S09
async fn a_taken_key_is_named(backend: Backend) {
    let Store { database, test: _test } = store(backend);
    let insert = |new: &NewUser| database.write(|conn| users::insert(conn, now(), new));
    insert(&somebody("alice")).unwrap();
    let email = |text: &str| Some(text.parse::<EmailAddress>().unwrap());
    let same_name = NewUser { email: email("other@example.org"), ..somebody("ALICE") };
    let same_address = NewUser { email: email("ALICE@example.org"), ..somebody("other") };
    assert!(matches!(insert(&same_name), Err(StoreError::Taken(Key::Username))));
    assert!(matches!(insert(&same_address), Err(StoreError::Taken(Key::Email))));
    assert_eq!(database.read(users::count).unwrap(), 1);
}

/// S09: sixteen threads, twenty names.
async fn many_inserts_of_one_name_leave_one_row(backend: Backend) {
    let Store { database, test: _test } =
        store_with(backend, PoolOptions { size: 16, ..PoolOptions::default() });
    for round in 0..20 {
        let made = in_parallel(16, |n| {
            let name = format!("mike{round}");
            let name = if n % 2 == 0 { name } else { name.to_uppercase() };
            database.write(|conn| users::insert(conn, now(), &somebody(&name)))
        });
        let (made, refused): (Vec<_>, Vec<_>) = made.into_iter().partition(Result::is_ok);
        assert_eq!(made.len(), 1);
        assert!(refused.iter().all(|refused| matches!(refused, Err(StoreError::Taken(_)))), "{refused:?}");
    }
    assert_eq!(database.read(users::count).unwrap(), 20);
}

async fn accounts_without_a_name_or_an_address_do_not_collide(backend: Backend) {
    let Store { database, test: _test } = store(backend);
    let insert = |new: &NewUser| database.write(|conn| users::insert(conn, now(), new));
    for name in ["one", "two"] {
        insert(&NewUser { username: None, ..somebody(name) }).unwrap();
        insert(&NewUser { email: None, ..somebody(name) }).unwrap();
    }
    assert_eq!(database.read(users::count).unwrap(), 4);
}

/// Runs `work` on as many threads, which begin together.
pub(super) fn in_parallel<T: Send>(threads: usize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let barrier = Barrier::new(threads);
    thread::scope(|scope| {
        let begin = |n| {
            let (barrier, work) = (&barrier, &work);
            scope.spawn(move || {
                barrier.wait();
                work(n)
            })
        };
        let running: Vec<_> = (0..threads).map(begin).collect();
        running.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}
