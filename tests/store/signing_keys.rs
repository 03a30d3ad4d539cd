//! The signing keys of several nodes.

use std::collections::HashSet;
use std::thread;
use std::time::Duration;

use vestibule_auth::keys::KeyRing;
use vestibule_persistence::{Database, PoolOptions, signing_keys};
use vestibule_server::system::SystemRandom;

use super::{Store, later, now, store};
use crate::harness::{Backend, given};

on_both!(
    of_many_first_starts_one_makes_the_key,
    of_many_rotations_one_key_is_left_to_sign,
    a_key_comes_back_as_stored,
);

const TTL: Duration = Duration::from_mins(30);

/// Sixteen nodes, each with connections of its own.
async fn of_many_first_starts_one_makes_the_key(backend: Backend) {
    for _ in 0..8 {
        let Store { database, test } = store(backend);
        let sets = on_nodes(&test.url(), |ring| {
            ring.load(now(), &SystemRandom).unwrap();
            ring.jwks(now()).unwrap()
        });
        assert_eq!(sets.into_iter().collect::<HashSet<_>>().len(), 1);
        assert_eq!(database.read(signing_keys::list).unwrap().len(), 1);
    }
}

async fn of_many_rotations_one_key_is_left_to_sign(backend: Backend) {
    let Store { database, test } = store(backend);
    let made: HashSet<_> =
        on_nodes(&test.url(), |ring| ring.rotate(now(), &SystemRandom).unwrap()).into_iter().collect();
    let kept = database.read(signing_keys::list).unwrap();
    assert_eq!(kept.iter().map(|key| key.kid.clone()).collect::<HashSet<_>>(), made);
    assert_eq!(kept.iter().filter(|key| key.retired_at.is_none()).count(), 1);
    assert_eq!(test.sql("select count(*) from audit_events where event = 'keys.rotated'"), "16");
}

async fn a_key_comes_back_as_stored(backend: Backend) {
    let Store { database, test } = store(backend);
    let ring = ring(&test.url());
    ring.load(now(), &SystemRandom).unwrap();
    let first = database.read(signing_keys::list).unwrap().remove(0);
    assert_eq!((first.created_at, first.retired_at), (now(), None));
    assert_eq!(first.public_key.len(), 32);
    let second = ring.rotate(later(1), &SystemRandom).unwrap();
    let kept = database.read(signing_keys::list).unwrap();
    assert_eq!(kept.iter().map(|key| &key.kid).collect::<Vec<_>>(), [&second, &first.kid]);
    assert_eq!(kept[1].retired_at, Some(later(1)));
    assert_eq!(database.write(|conn| signing_keys::delete_retired(conn, later(1))).unwrap(), 0);
    assert_eq!(database.write(|conn| signing_keys::delete_retired(conn, later(2))).unwrap(), 1);
    assert_eq!(database.read(signing_keys::list).unwrap().len(), 1);
}

fn ring(url: &str) -> KeyRing {
    let options = PoolOptions { size: 1, ..PoolOptions::default() };
    let database = Database::open(&url.parse().unwrap(), options);
    KeyRing::new(database, given::SECRET_KEY.as_bytes(), "http://accounts.example.org", TTL)
}

/// What sixteen nodes get that do the same thing at once.
fn on_nodes<T: Send>(url: &str, work: impl Fn(&KeyRing) -> T + Sync) -> Vec<T> {
    let barrier = std::sync::Barrier::new(16);
    let node = || {
        let ring = ring(url);
        barrier.wait();
        work(&ring)
    };
    thread::scope(|scope| {
        let nodes: Vec<_> = (0..16).map(|_| scope.spawn(node)).collect();
        nodes.into_iter().map(|node| node.join().unwrap()).collect()
    })
}
