//! Sessions in the store: which are kept, which are cleared away.

use std::time::Duration;

use vestibule_auth::purge::purge;
use vestibule_domain::caller::ClientInfo;
use vestibule_domain::id::{SessionId, UserId};
use vestibule_domain::page::Page;
use vestibule_domain::time::Timestamp;
use vestibule_domain::token::{TokenDigest, TokenFormat};
use vestibule_persistence::sessions::{self, NewPair, NewSession, SessionEntry};
use vestibule_persistence::{Database, StoreError, refresh_tokens, users};
use vestibule_server::system::SystemRandom;

use super::{Store, later, now, somebody, store};
use crate::harness::Backend;

on_both!(
    the_newest_sessions_are_kept,
    sessions_of_one_moment_are_told_apart,
    a_purge_in_batches_leaves_what_lives,
    two_purges_at_once_do_no_harm,
    spent_refresh_tokens_are_forgotten_in_batches,
    a_token_digest_is_there_once,
    a_session_ends_with_its_account,
    a_caller_comes_back_as_stored,
    a_session_lives_as_long_as_one_of_its_tokens,
    the_live_sessions_of_an_account_are_listed_page_by_page,
    when_a_session_was_seen_never_goes_back,
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
        database.read(|conn| sessions::find_caller(conn, &session.pair.token_digest)).unwrap().is_some()
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

/// S90: of three purges at once none waits for another, and what is not spent, or not for long, stays.
async fn spent_refresh_tokens_are_forgotten_in_batches(backend: Backend) {
    let Store { database, test } = store(backend);
    let alice = insert_user(&database, "alice");
    open_many(&database, alice, 0, 1203, later(100));
    let spend = |n: usize, at: &str| {
        let some =
            format!("select digest from refresh_tokens where spent_at is null order by digest limit {n}");
        test.sql(&format!("update refresh_tokens set spent_at = '{at}' where digest in ({some})"));
    };
    spend(1200, "2026-01-15 11:59:50");
    spend(2, "2026-01-15 12:00:05");
    let forget =
        |seconds| database.write(|conn| refresh_tokens::delete_spent(conn, later(seconds), 500)).unwrap();
    let forgotten = std::thread::scope(|scope| {
        [(); 3].map(|()| scope.spawn(|| forget(4))).map(|purge| purge.join().unwrap())
    });
    assert_eq!(forgotten.iter().sum::<usize>(), 1200, "{forgotten:?}");
    assert_eq!((forget(4), forget(5), forget(1000)), (0, 2, 0));
    assert_eq!(test.sql("select count(*), count(spent_at) from refresh_tokens"), "1|0");
    assert_eq!(database.read(|conn| sessions::count(conn, alice)).unwrap(), 1203);
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
    assert!(database.read(|conn| sessions::find_caller(conn, &session.pair.token_digest)).unwrap().is_none());
    let orphan = database.write(|conn| sessions::insert(conn, now(), &session));
    assert!(matches!(orphan, Err(StoreError::Missing)), "{orphan:?}");
}

async fn a_caller_comes_back_as_stored(backend: Backend) {
    let Store { database, test } = store(backend);
    let alice = insert_user(&database, "alice");
    let session = open(&database, alice, now(), 1);
    let digest = session.pair.token_digest;
    let find = || database.read(|conn| sessions::find_caller(conn, &digest)).unwrap().unwrap().caller;
    let caller = find();
    assert_eq!(caller.session_id, session.id);
    assert_eq!((caller.expires_at, caller.last_seen_at), (session.pair.token_expires_at, now()));
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

/// S90: neither the purge nor the list takes a session for ended that can still be used or refreshed.
async fn a_session_lives_as_long_as_one_of_its_tokens(backend: Backend) {
    let Store { database, test: _test } = store(backend);
    let alice = insert_user(&database, "alice");
    for (number, token, refresh) in [(1, 10, 20), (2, 20, 10), (3, 10, 10)] {
        let mut session = session(alice, now(), number, later(token));
        session.pair.refresh_expires_at = later(refresh);
        database.write(|conn| sessions::insert(conn, now(), &session)).unwrap();
    }
    for (second, left) in [(9, 3), (10, 2), (19, 2), (20, 0)] {
        purge(&database, later(second)).unwrap();
        assert_eq!(database.read(|conn| sessions::count(conn, alice)).unwrap(), left, "{second}");
        let page = list(&database, later(second), alice, None, 100);
        assert_eq!(page.total.get(), u64::try_from(left).unwrap(), "{second}");
        assert!(page.entries.iter().all(|entry| entry.expires_at == later(20) || second < 10));
    }
}

/// S64, S79: newest first, none twice and none left out, nobody else's, and none that has ended.
async fn the_live_sessions_of_an_account_are_listed_page_by_page(backend: Backend) {
    let Store { database, test: _test } = store(backend);
    let (alice, bob) = (insert_user(&database, "alice"), insert_user(&database, "bob"));
    let client = ClientInfo::new("192.0.2.7".parse().ok(), Some("Browser/1.0"));
    let mut mine = Vec::new();
    for number in 0..7 {
        let at = later(number);
        let session = NewSession { client: client.clone(), ..session(alice, at, number, at.plus(TTL)) };
        database.write(|conn| sessions::insert(conn, at, &session)).unwrap();
        mine.push(session.id);
    }
    open(&database, bob, now(), 100);
    let ended = session(alice, now(), 101, now());
    database.write(|conn| sessions::insert(conn, now(), &ended)).unwrap();
    mine.reverse();
    let mut seen = Vec::new();
    loop {
        let page = list(&database, later(7), alice, seen.last().copied(), 3);
        assert_eq!((page.total.get(), page.total.is_exact()), (7, true));
        assert!(
            page.entries.iter().all(|entry| entry.client == client && entry.last_seen_at == entry.created_at)
        );
        seen.extend(page.entries.iter().map(|entry| entry.id));
        if !page.has_more {
            break;
        }
    }
    assert_eq!(seen, mine);
    assert!(!database.write(|conn| sessions::delete_of_user(conn, bob, mine[0])).unwrap());
    assert!(database.write(|conn| sessions::delete_of_user(conn, alice, mine[0])).unwrap());
    assert_eq!(database.write(|conn| sessions::delete_others(conn, alice, Some(mine[1]))).unwrap(), 6);
    assert_eq!(list(&database, later(7), alice, None, 100).entries.len(), 1);
    assert_eq!(list(&database, later(7), bob, None, 100).entries.len(), 1);
}

async fn when_a_session_was_seen_never_goes_back(backend: Backend) {
    let Store { database, test: _test } = store(backend);
    let alice = insert_user(&database, "alice");
    let [first, second] = [1, 2].map(|number| open(&database, alice, now(), number));
    for (at, expected) in [(60, 60), (30, 60), (90, 90)] {
        let seen = [(second.id, later(at)), (first.id, later(at))];
        database.write(|conn| sessions::set_last_seen(conn, &seen)).unwrap();
        let page = list(&database, later(91), alice, None, 100);
        assert!(page.entries.iter().all(|entry| entry.last_seen_at == later(expected)), "{at}");
    }
    let gone = SessionId::new(now(), &SystemRandom);
    database.write(|conn| sessions::set_last_seen(conn, &[(gone, now())])).unwrap();
}

const TTL: Duration = Duration::from_hours(12);

fn list(
    database: &Database,
    now: Timestamp,
    user_id: UserId,
    before: Option<SessionId>,
    size: u64,
) -> Page<SessionEntry> {
    let size = size.try_into().unwrap();
    database.read(|conn| sessions::list_of_user(conn, now, user_id, before, size)).unwrap()
}

fn insert_user(database: &Database, name: &str) -> UserId {
    database.write(|conn| users::insert(conn, now(), &somebody(name))).unwrap()
}

/// A session opened at `at`; its token's digest is made from `number`.
fn open(database: &Database, user_id: UserId, at: Timestamp, number: u64) -> NewSession {
    let session = session(user_id, at, number, at.plus(TTL));
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

/// A session of which every token ends at `expires_at`.
fn session(user_id: UserId, at: Timestamp, number: u64, expires_at: Timestamp) -> NewSession {
    NewSession {
        id: SessionId::new(at, &SystemRandom),
        user_id,
        pair: pair(number, expires_at),
        ends_at: expires_at,
        client: ClientInfo::default(),
    }
}

/// A pair whose digests are made from `number`.
pub(super) fn pair(number: u64, expires_at: Timestamp) -> NewPair {
    let digest = |label: &[u8]| TokenDigest::labelled(label, &[&number.to_be_bytes()]);
    NewPair {
        format: TokenFormat::Opaque,
        token_digest: digest(b"token"),
        token_expires_at: expires_at,
        refresh_digest: Some(digest(b"refresh")),
        refresh_expires_at: expires_at,
    }
}
