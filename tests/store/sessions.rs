//! Sessions in the store: which are kept, which are cleared away.

use std::time::Duration;

use vestibule_auth::purge::purge;
use vestibule_domain::caller::ClientInfo;
use vestibule_domain::id::{SessionId, UserId};
use vestibule_domain::time::Timestamp;
use vestibule_domain::token::TokenDigest;
use vestibule_persistence::sessions::{self, NewSession};
use vestibule_persistence::{Database, StoreError, users};
use vestibule_server::system::SystemRandom;

use super::{Store, later, now, somebody, store};
use crate::harness::Backend;

on_both!(
    the_newest_sessions_are_kept,
    sessions_of_one_moment_are_told_apart,
    a_purge_in_batches_leaves_what_lives,
    two_purges_at_once_do_no_harm,
    a_token_digest_is_there_once,
    a_session_ends_with_its_account,
    a_caller_comes_back_as_stored,
);

async fn the_newest_sessions_are_kept(backend: Backend) {
    let Store { database, test: _test } = store(backend);
    let (alice, bob) = (insert_user(&database, "alice"), insert_user(&database, "bob"));
    let mine: Vec<_> = (0..6).map(|n| open(&database, alice, later(n), n)).collect();
    let theirs = open(&database, bob, now(), 100);
    for (keep, ended) in [(6, 0), (4, 2), (1, 3), (1, 0)] {
        assert_eq!(
            database.write(|conn| sessions::delete_oldest(conn, alice, keep)).unwrap(),
            ended,
            "{keep}"
        );
    }
    let left = |session: &NewSession| {
        database.read(|conn| sessions::find_caller(conn, &session.token_digest)).unwrap().is_some()
    };
    assert_eq!(mine.iter().map(left).collect::<Vec<_>>(), [false, false, false, false, false, true]);
    assert_eq!(database.write(|conn| sessions::delete_oldest(conn, alice, 0)).unwrap(), 1);
    assert!(left(&theirs));
}

/// Two sign-ins within a microsecond are no excuse to keep one too many.
async fn sessions_of_one_moment_are_told_apart(backend: Backend) {
    let Store { database, test: _test } = store(backend);
    let alice = insert_user(&database, "alice");
    for n in 0..10 {
        open(&database, alice, now(), n);
    }
    assert_eq!(database.write(|conn| sessions::delete_oldest(conn, alice, 3)).unwrap(), 7);
    assert_eq!(database.read(|conn| sessions::count(conn, alice)).unwrap(), 3);
}

/// S90
async fn a_purge_in_batches_leaves_what_lives(backend: Backend) {
    let Store { database, test: _test } = store(backend);
    let alice = insert_user(&database, "alice");
    open_many(&database, alice, 0, 1201, later(10));
    open_many(&database, alice, 5000, 3, later(11));
    assert_eq!(purge(&database, later(9)).unwrap(), 0);
    assert_eq!(database.write(|conn| sessions::delete_expired(conn, later(10), 500)).unwrap(), 500);
    assert_eq!(purge(&database, later(10)).unwrap(), 701);
    assert_eq!(database.read(|conn| sessions::count(conn, alice)).unwrap(), 3);
    assert_eq!(purge(&database, later(10)).unwrap(), 0);
    assert_eq!(purge(&database, later(11)).unwrap(), 3);
}

/// S90: every node purges.
async fn two_purges_at_once_do_no_harm(backend: Backend) {
    let Store { database, test: _test } = store(backend);
    let alice = insert_user(&database, "alice");
    open_many(&database, alice, 0, 2000, later(10));
    open_many(&database, alice, 5000, 3, later(11));
    let removed = std::thread::scope(|scope| {
        let purges = [(); 3].map(|()| scope.spawn(|| purge(&database, later(10)).unwrap()));
        purges.map(|purge| purge.join().unwrap()).iter().sum::<usize>()
    });
    assert_eq!(removed, 2000);
    assert_eq!(database.read(|conn| sessions::count(conn, alice)).unwrap(), 3);
}

async fn a_token_digest_is_there_once(backend: Backend) {
    let Store { database, test: _test } = store(backend);
    let alice = insert_user(&database, "alice");
    let first = open(&database, alice, now(), 1);
    let again = NewSession { id: SessionId::new(now(), &SystemRandom), ..first };
    let refused = database.write(|conn| sessions::insert(conn, now(), &again));
    assert!(matches!(refused, Err(StoreError::Taken(_))), "{refused:?}");
}

/// Foreign keys are on, on every connection.
async fn a_session_ends_with_its_account(backend: Backend) {
    let Store { database, test } = store(backend);
    let alice = insert_user(&database, "alice");
    let session = open(&database, alice, now(), 1);
    let delete = match backend {
        Backend::Sqlite => "pragma foreign_keys = on; delete from users",
        Backend::Postgres => "delete from users",
    };
    test.sql(delete);
    assert!(database.read(|conn| sessions::find_caller(conn, &session.token_digest)).unwrap().is_none());
    let orphan = database.write(|conn| sessions::insert(conn, now(), &session));
    assert!(matches!(orphan, Err(StoreError::Broken(_))), "{orphan:?}");
}

async fn a_caller_comes_back_as_stored(backend: Backend) {
    let Store { database, test } = store(backend);
    let alice = insert_user(&database, "alice");
    let session = open(&database, alice, now(), 1);
    let find = || database.read(|conn| sessions::find_caller(conn, &session.token_digest)).unwrap().unwrap();
    let caller = find();
    assert_eq!(caller.session_id, session.id);
    assert_eq!(caller.expires_at, session.expires_at);
    assert_eq!(Some(&caller.user), database.read(|conn| users::find(conn, alice)).unwrap().as_ref());
    assert!(caller.user.roles.is_empty());

    test.sql(&format!(
        "insert into user_roles (user_id, role) values ({alice}, 'member'), ({alice}, 'editor')"
    ));
    let caller = find();
    assert_eq!(caller.user.roles.iter().map(ToString::to_string).collect::<Vec<_>>(), ["editor", "member"]);
    assert_eq!(Some(caller.user), database.read(|conn| users::find(conn, alice)).unwrap());
    let unknown = TokenDigest::from_bytes([9; 32]);
    assert!(database.read(|conn| sessions::find_caller(conn, &unknown)).unwrap().is_none());
}

fn insert_user(database: &Database, name: &str) -> UserId {
    database.write(|conn| users::insert(conn, now(), &somebody(name))).unwrap()
}

/// A session opened at `at`; its token's digest is made from `number`.
fn open(database: &Database, user_id: UserId, at: Timestamp, number: u64) -> NewSession {
    let session = session(user_id, at, number, at.plus(Duration::from_hours(12)));
    database.write(|conn| sessions::insert(conn, at, &session)).unwrap();
    session
}

fn open_many(database: &Database, user_id: UserId, first: u64, number: u64, expires_at: Timestamp) {
    let insert_all = |conn: &mut _| {
        (first..first + number)
            .try_for_each(|n| sessions::insert(conn, now(), &session(user_id, now(), n, expires_at)))
    };
    database.write(insert_all).unwrap();
}

fn session(user_id: UserId, at: Timestamp, number: u64, expires_at: Timestamp) -> NewSession {
    let mut digest = [0; 32];
    digest[..8].copy_from_slice(&number.to_be_bytes());
    NewSession {
        id: SessionId::new(at, &SystemRandom),
        user_id,
        token_digest: TokenDigest::from_bytes(digest),
        expires_at,
        client: ClientInfo::default(),
    }
}
