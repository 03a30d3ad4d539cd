//! When sessions were seen, written beside everything else that changes them.

use vestibule_domain::caller::ClientInfo;
use vestibule_domain::id::SessionId;
use vestibule_domain::token::{TokenDigest, TokenFormat};
use vestibule_persistence::sessions::{NewPair, NewSession};
use vestibule_persistence::users;
use vestibule_persistence::{Database, sessions};
use vestibule_server::system::SystemRandom;

use super::{Store, later, now, somebody, store};
use crate::harness::Backend;

/// A session that is just being ended holds up no sighting of another, nor is its end held up.
#[test]
fn a_session_somebody_else_changes_is_passed_over() {
    let Store { database, test } = store(Backend::Postgres);
    let ids = open(&database, 5);
    let held = test.hold(&format!("begin; delete from sessions where id = '{}'", ids[2]));
    let seen: Vec<_> = ids.iter().map(|id| (*id, later(60))).collect();
    let begun = std::time::Instant::now();
    database.write(|conn| sessions::set_last_seen(conn, &seen)).unwrap();
    assert!(begun.elapsed().as_secs() < 1, "it waited for {:?}", begun.elapsed());
    drop(held);
    let written = "select count(*) from sessions where last_seen_at = '2026-01-15 12:01:00'";
    assert_eq!(test.sql(written), "4");
}

fn open(database: &Database, count: u8) -> Vec<SessionId> {
    let user_id = database.write(|conn| users::insert(conn, now(), &somebody("alice"))).unwrap();
    let session = |n: u8| {
        let pair = NewPair {
            format: TokenFormat::Opaque,
            token_digest: TokenDigest::from_bytes([n; 32]),
            token_expires_at: later(3600),
            refresh_digest: Some(TokenDigest::from_bytes([n + 100; 32])),
            refresh_expires_at: later(3600),
        };
        let id = SessionId::new(now(), &SystemRandom);
        NewSession { id, user_id, pair, ends_at: later(3600), client: ClientInfo::default() }
    };
    let made: Vec<_> = (0..count).map(session).collect();
    database.write(|conn| made.iter().try_for_each(|new| sessions::insert(conn, now(), new))).unwrap();
    made.into_iter().map(|new| new.id).collect()
}
