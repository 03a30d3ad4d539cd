//! A write is kept whole or not at all, and a connection that lost its way serves nobody else.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use vestibule_persistence::{PoolOptions, StoreError, installation, roles, users};

use super::{Store, now, somebody, store_with};
use crate::harness::Backend;

on_both!(
    an_error_takes_everything_back,
    a_panic_takes_everything_back,
    a_panic_while_reading_costs_nobody_else_a_connection,
    nothing_is_seen_before_it_is_kept,
    a_pool_that_is_all_lent_out_says_so_soon,
);

const ONE: PoolOptions = PoolOptions {
    size: 1,
    patience: vestibule_persistence::dialect::Patience {
        connect: Duration::from_secs(1),
        statement: Duration::from_secs(5),
    },
    log_queries: false,
};

async fn an_error_takes_everything_back(backend: Backend) {
    let Store { database, test } = store_with(backend, ONE);
    for _ in 0..3 {
        let failed: Result<(), StoreError> = database.write(|conn| {
            let id = users::insert(conn, now(), &somebody("alice"))?;
            roles::insert_user_role(conn, id, &"member".parse().unwrap())?;
            installation::claim_first_account(conn, now())?;
            roles::insert_user_role(conn, id, &"no-such-role".parse().unwrap())
        });
        assert!(matches!(failed, Err(StoreError::Missing)), "{failed:?}");
        assert_eq!(test.sql("select count(*) from users"), "0");
        assert_eq!(test.sql("select count(*) from user_roles"), "0");
        assert!(database.read(installation::is_untouched).unwrap());
    }
    database.write(|conn| users::insert(conn, now(), &somebody("alice"))).unwrap();
    assert_eq!(test.sql("select username from users"), "alice");
}

/// S59: the next caller must not inherit the transaction of the one that panicked.
async fn a_panic_takes_everything_back(backend: Backend) {
    let Store { database, test } = store_with(backend, ONE);
    for _ in 0..3 {
        let panicked = catch_unwind(AssertUnwindSafe(|| {
            database.write(|conn| -> Result<(), StoreError> {
                users::insert(conn, now(), &somebody("alice"))?;
                panic!("in the middle of a transaction")
            })
        }));
        assert!(panicked.is_err());
        assert_eq!(database.read(users::count).unwrap(), 0);
    }
    database.write(|conn| users::insert(conn, now(), &somebody("bob"))).unwrap();
    assert_eq!(test.sql("select username from users"), "bob");
}

async fn a_panic_while_reading_costs_nobody_else_a_connection(backend: Backend) {
    let Store { database, test: _test } = store_with(backend, ONE);
    for _ in 0..3 {
        let panicked = catch_unwind(AssertUnwindSafe(|| {
            database.read(|conn| -> Result<(), StoreError> {
                users::count(conn)?;
                panic!("in the middle of a read")
            })
        }));
        assert!(panicked.is_err());
        assert_eq!(database.read(users::count).unwrap(), 0);
    }
}

async fn nothing_is_seen_before_it_is_kept(backend: Backend) {
    let two = PoolOptions { size: 2, ..ONE };
    let Store { database, test: _test } = store_with(backend, two);
    let seen = database.write(|conn| -> Result<i64, StoreError> {
        users::insert(conn, now(), &somebody("alice"))?;
        database.read(users::count)
    });
    assert_eq!(seen.unwrap(), 0);
    assert_eq!(database.read(users::count).unwrap(), 1);
}

/// S83: nobody waits for a connection longer than a second or so.
async fn a_pool_that_is_all_lent_out_says_so_soon(backend: Backend) {
    let Store { database, test: _test } = store_with(backend, ONE);
    let refused = database.read(|_| -> Result<(), StoreError> {
        let begun = Instant::now();
        let refused = database.read(users::count);
        assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
        assert!(matches!(refused, Err(StoreError::Unavailable(_))), "{refused:?}");
        Ok(())
    });
    refused.unwrap();
    assert_eq!(database.read(users::count).unwrap(), 0);
}
