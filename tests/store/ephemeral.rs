//! What is kept for a while only, in a table and in a real Redis.

use std::sync::{Arc, Barrier};
use std::thread;
use std::time::{Duration, Instant};

use vestibule_domain::id::UserId;
use vestibule_domain::token::{MailPurpose, TokenDigest};
use vestibule_persistence::ephemeral::{
    DatabaseStore, EphemeralStore, MailTokens, MailedToken, RedisOptions, RedisStore,
};
use vestibule_persistence::{Database, PoolOptions, StoreError, users};

use super::{Store, later, now, somebody, store, store_with};
use crate::harness::{Backend, Redis};

on_both!(
    a_table_and_redis_keep_tokens_alike,
    a_token_goes_to_the_database_while_redis_is_away,
    without_redis_tokens_lie_in_the_database,
    tokens_put_at_once_leave_the_one_of_somebody,
    expired_tokens_are_deleted_some_at_a_time,
    a_token_for_an_account_that_is_gone_is_refused,
);

const RESET: MailPurpose = MailPurpose::ResetPassword;

pub(super) fn open(redis: &Redis) -> Arc<RedisStore> {
    let options = RedisOptions { url: redis.url(), prefix: "ours[1]:".to_owned(), pool_size: 4 };
    Arc::new(RedisStore::open(options).unwrap())
}

/// The token of which every byte of the digest is `byte`; good for a minute.
pub(super) fn token(byte: u8) -> MailedToken {
    MailedToken {
        digest: TokenDigest::from_bytes([byte; 32]),
        epoch: i64::from(byte),
        email: "zoë@bücher.example".parse().unwrap(),
        expires_at: later(60),
    }
}

fn user(database: &Database, name: &str) -> UserId {
    database.write(|conn| users::insert(conn, now(), &somebody(name))).unwrap()
}

/// Asks until it is so: a breaker rests for two seconds.
pub(super) fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < Duration::from_secs(30), "{what}");
        thread::sleep(Duration::from_millis(50));
    }
}

pub(super) fn in_parallel(threads: usize, work: impl Fn(usize) + Sync) {
    let barrier = Barrier::new(threads);
    thread::scope(|scope| {
        for thread in 0..threads {
            let (work, barrier) = (&work, &barrier);
            scope.spawn(move || {
                barrier.wait();
                work(thread);
            });
        }
    });
}

async fn a_table_and_redis_keep_tokens_alike(backend: Backend) {
    let Store { database, test: _test } = store(backend);
    let (alice, bob) = (user(&database, "alice"), user(&database, "bob"));
    let redis = Redis::start();
    let stores: [&dyn EphemeralStore; 2] = [&DatabaseStore::new(database.clone()), &*open(&redis)];
    for store in stores {
        let find = |at, user_id, purpose| store.find(at, user_id, purpose).unwrap();
        assert_eq!(find(now(), alice, RESET), None);
        store.put(now(), alice, RESET, &token(1)).unwrap();
        store.put(now(), alice, MailPurpose::VerifyEmail, &token(2)).unwrap();
        store.put(now(), bob, RESET, &token(3)).unwrap();
        store.put(now(), alice, RESET, &token(4)).unwrap();
        assert_eq!(find(now(), alice, RESET), Some(token(4)));
        assert_eq!(find(now(), alice, MailPurpose::VerifyEmail), Some(token(2)));
        assert_eq!(find(now(), bob, RESET), Some(token(3)));
        assert_eq!(find(later(59), bob, RESET), Some(token(3)));
        assert_eq!(find(later(60), bob, RESET), None);
        store.delete(alice, RESET).unwrap();
        store.delete(alice, RESET).unwrap();
        assert_eq!(find(now(), alice, RESET), None);
        store.clear().unwrap();
        assert_eq!(find(now(), alice, MailPurpose::VerifyEmail), None);
        assert_eq!(find(now(), bob, RESET), None);
    }
}

async fn without_redis_tokens_lie_in_the_database(backend: Backend) {
    let Store { database, test: _test } = store(backend);
    let alice = user(&database, "alice");
    let tokens = MailTokens::new(database, None);
    let find = |at, byte| tokens.find(at, alice, RESET, &token(byte).digest).unwrap();
    tokens.put(now(), alice, RESET, &token(1)).unwrap();
    tokens.put(now(), alice, RESET, &token(2)).unwrap();
    assert_eq!((find(now(), 1), find(now(), 2), find(later(60), 2)), (None, Some(token(2)), None));
    tokens.forget(alice, RESET);
    assert_eq!(find(now(), 2), None);
    tokens.put(now(), alice, RESET, &token(3)).unwrap();
    tokens.clear().unwrap();
    assert_eq!(find(now(), 3), None);
}

/// F5: the newest token counts wherever it had to be put, and where that cannot be known nothing is said.
async fn a_token_goes_to_the_database_while_redis_is_away(backend: Backend) {
    let Store { database, test: _test } = store(backend);
    let alice = user(&database, "alice");
    let redis = Redis::start();
    let tokens = MailTokens::new(database.clone(), Some(open(&redis)));
    let table = DatabaseStore::new(database);
    let find = |byte| tokens.find(now(), alice, RESET, &token(byte).digest);
    let is_away = |byte| matches!(find(byte), Err(StoreError::Unavailable(_)));

    until("redis is there", || {
        tokens.put(now(), alice, RESET, &token(1)).unwrap();
        table.find(now(), alice, RESET).unwrap().is_none()
    });
    assert_eq!(find(1).unwrap(), Some(token(1)));
    assert_eq!(find(9).unwrap(), None);

    redis.pause();
    assert!(is_away(1) && is_away(9));
    tokens.put(now(), alice, RESET, &token(2)).unwrap();
    assert_eq!((find(1).unwrap(), find(2).unwrap()), (None, Some(token(2))));

    redis.resume();
    assert_eq!((find(1).unwrap(), find(2).unwrap()), (None, Some(token(2))));
    until("redis is back", || {
        tokens.put(now(), alice, RESET, &token(3)).unwrap();
        table.find(now(), alice, RESET).unwrap().is_none()
    });
    assert_eq!((find(2).unwrap(), find(3).unwrap()), (None, Some(token(3))));

    redis.stop();
    assert!(is_away(3));
    tokens.forget(alice, RESET);
    assert!(matches!(tokens.clear(), Err(StoreError::Unavailable(_))));
    redis.start_again();
    until("redis is back, and empty", || find(3).is_ok_and(|found| found.is_none()));
}

async fn tokens_put_at_once_leave_the_one_of_somebody(backend: Backend) {
    let Store { database, test: _test } =
        store_with(backend, PoolOptions { size: 8, ..PoolOptions::default() });
    let alice = user(&database, "alice");
    let table = DatabaseStore::new(database);
    for _ in 0..10 {
        in_parallel(8, |thread| {
            table.put(now(), alice, RESET, &token(u8::try_from(thread).unwrap())).unwrap();
        });
        let found = table.find(now(), alice, RESET).unwrap().unwrap();
        assert_eq!(found, token(found.digest.as_bytes()[0]));
        table.delete(alice, RESET).unwrap();
    }
}

async fn expired_tokens_are_deleted_some_at_a_time(backend: Backend) {
    let Store { database, test: _test } = store(backend);
    let tokens = MailTokens::new(database.clone(), None);
    for n in 0..5 {
        let user_id = user(&database, &format!("user{n}"));
        tokens.put(now(), user_id, RESET, &token(1)).unwrap();
        let lasting = MailedToken { expires_at: later(600), ..token(2) };
        tokens.put(now(), user_id, MailPurpose::ChangeEmail, &lasting).unwrap();
        tokens.put(now(), user_id, MailPurpose::VerifyEmail, &token(3)).unwrap();
    }
    let deleted: Vec<_> = (0..4).map(|_| tokens.delete_expired(later(60), 4).unwrap()).collect();
    assert_eq!(deleted, [4, 4, 2, 0]);
    assert_eq!(tokens.delete_expired(later(600), 100).unwrap(), 5);
}

async fn a_token_for_an_account_that_is_gone_is_refused(backend: Backend) {
    let Store { database, test: _test } = store(backend);
    let nobody = UserId::try_from(4711).unwrap();
    let put = MailTokens::new(database, None).put(now(), nobody, RESET, &token(1));
    assert!(matches!(put, Err(StoreError::Missing)), "{put:?}");
}

/// F5: what nobody here put there decides nothing, and the next token takes its place.
#[test]
fn what_redis_holds_instead_of_a_token_is_no_answer() {
    let (redis, alice) = (Redis::start(), UserId::try_from(7).unwrap());
    let key = "ours[1]:mail:7:reset_password";
    for junk in [["SET", key, ""], ["SET", key, "2 from a newer program"], ["LPUSH", key, "a list"]] {
        let store = open(&redis);
        until("redis is there", || store.put(now(), alice, RESET, &token(1)).is_ok());
        redis.command(&["DEL", key]);
        redis.command(&junk);
        assert!(matches!(store.find(now(), alice, RESET), Err(StoreError::Unavailable(_))), "{junk:?}");
        store.put(now(), alice, RESET, &token(2)).unwrap();
        assert_eq!(store.find(now(), alice, RESET).unwrap(), Some(token(2)));
    }
}

#[test]
fn clearing_takes_all_of_ours_and_nothing_of_others() {
    let redis = Redis::start();
    let store = open(&redis);
    for id in 1..=3000 {
        let user_id = UserId::try_from(id).unwrap();
        until("redis is there", || store.put(now(), user_id, RESET, &token(1)).is_ok());
    }
    store.take(now(), "bucket", "1/1h".parse().unwrap()).unwrap();
    redis.command(&["SET", "ours1:mail:7:reset_password", "of another installation"]);
    store.clear().unwrap();
    assert_eq!(redis.command(&["DBSIZE"]), ":2");
}
