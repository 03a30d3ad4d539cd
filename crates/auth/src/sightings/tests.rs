use tempfile::TempDir;
use vestibule_domain::caller::ClientInfo;
use vestibule_domain::id::UserId;
use vestibule_domain::password::PasswordHash;
use vestibule_domain::random::Random;
use vestibule_domain::token::{TokenDigest, TokenFormat};
use vestibule_domain::username::Username;
use vestibule_persistence::sessions::{NewPair, NewSession};
use vestibule_persistence::users::{self, NewUser};
use vestibule_persistence::{DatabaseUrl, PoolOptions};

use super::*;

/// Counts up, so that no two ids are the same.
#[derive(Default)]
struct Counting(std::sync::atomic::AtomicU64);

impl Random for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        let number = self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        bytes.fill(0);
        bytes.iter_mut().rev().zip(number.to_le_bytes()).for_each(|(byte, digit)| *byte = digit);
    }
}

fn at(seconds: u64) -> Timestamp {
    let start = Timestamp::from_datetime(chrono::DateTime::from_timestamp(1_800_000_000, 0).unwrap());
    start.plus(Duration::from_secs(seconds))
}

/// A database with one account and `count` sessions of it, opened at second 0.
fn open(folder: &TempDir, count: usize) -> (Database, Vec<TokenDigest>) {
    let url = DatabaseUrl::sqlite_file(&folder.path().join("it.db"));
    let database = Database::open(&url, PoolOptions::default());
    database.migrate().unwrap();
    let alice = NewUser {
        username: Some(Username::choose("alice").unwrap()),
        email: None,
        full_name: None,
        password_hash: PasswordHash::unusable(),
    };
    let alice = database.write(|conn| users::insert(conn, at(0), &alice)).unwrap();
    let random = Counting::default();
    let made: Vec<_> = (0..count).map(|_| session(alice, &random)).collect();
    let insert_all = |conn: &mut _| made.iter().try_for_each(|new| sessions::insert(conn, at(0), new));
    database.write(insert_all).unwrap();
    (database, made.into_iter().map(|new| new.pair.token_digest).collect())
}

fn session(user_id: UserId, random: &Counting) -> NewSession {
    let digest = || {
        let mut bytes = [0; 32];
        random.fill(&mut bytes);
        TokenDigest::from_bytes(bytes)
    };
    let pair = NewPair {
        format: TokenFormat::Opaque,
        token_digest: digest(),
        token_expires_at: at(36_000),
        refresh_digest: Some(digest()),
        refresh_expires_at: at(36_000),
    };
    let id = SessionId::new(at(0), random);
    NewSession { id, user_id, pair, ends_at: at(36_000), client: ClientInfo::default() }
}

fn caller(database: &Database, digest: &TokenDigest) -> Caller {
    database.read(|conn| sessions::find_caller(conn, digest)).unwrap().unwrap().caller
}

#[test]
fn a_session_in_use_is_written_once_a_minute() {
    let folder = TempDir::new().unwrap();
    let (database, digests) = open(&folder, 1);
    let sightings = Sightings::default();
    let first = caller(&database, &digests[0]);
    sightings.note(at(59), &first);
    assert_eq!(sightings.flush(&database, at(59)).unwrap(), 0, "it was seen less than a minute ago");
    for second in 60..100 {
        sightings.note(at(second), &first);
    }
    assert_eq!(sightings.flush(&database, at(100)).unwrap(), 1);
    assert_eq!(caller(&database, &digests[0]).last_seen_at, at(60));
    // The caller as cached before the write says nothing new.
    sightings.note(at(101), &first);
    assert_eq!(sightings.flush(&database, at(101)).unwrap(), 0);
    sightings.note(at(120), &first);
    assert_eq!(sightings.flush(&database, at(120)).unwrap(), 1);
    assert_eq!(caller(&database, &digests[0]).last_seen_at, at(120));
}

#[test]
fn many_sessions_are_written_in_batches() {
    let folder = TempDir::new().unwrap();
    let (database, digests) = open(&folder, BATCH + 3);
    let sightings = Sightings::default();
    for digest in &digests {
        sightings.note(at(70), &caller(&database, digest));
    }
    assert_eq!(sightings.flush_batch(&database, at(70)).unwrap(), BATCH);
    assert_eq!(sightings.flush_batch(&database, at(70)).unwrap(), 3);
    assert!(digests.iter().all(|digest| caller(&database, digest).last_seen_at == at(70)));
    assert_eq!(sightings.lock().len(), BATCH + 3);
    sightings.flush_batch(&database, at(131)).unwrap();
    assert_eq!(sightings.lock().len(), 0, "what was written is forgotten");
}

#[test]
fn what_cannot_be_written_stays_noted() {
    let folder = TempDir::new().unwrap();
    let (database, digests) = open(&folder, 1);
    let sightings = Sightings::default();
    sightings.note(at(70), &caller(&database, &digests[0]));
    let url = DatabaseUrl::sqlite_file(&folder.path().join("another.db"));
    let unfit = Database::open(&url, PoolOptions::default());
    sightings.flush(&unfit, at(70)).unwrap_err();
    assert_eq!(sightings.flush(&database, at(500)).unwrap(), 1);
    assert_eq!(caller(&database, &digests[0]).last_seen_at, at(70));
}

/// S90
#[test]
fn no_crowd_makes_it_grow_beyond_its_bound() {
    let folder = TempDir::new().unwrap();
    let (database, digests) = open(&folder, 1);
    let (sightings, random) = (Sightings::default(), Counting::default());
    let one = caller(&database, &digests[0]);
    for _ in 0..CAPACITY + 10 {
        sightings.note(at(70), &Caller { session_id: SessionId::new(at(1), &random), ..one.clone() });
    }
    assert_eq!(sightings.lock().len(), CAPACITY);
}

/// F10
#[test]
fn a_clock_set_back_keeps_nothing_for_ever() {
    let folder = TempDir::new().unwrap();
    let (database, digests) = open(&folder, 1);
    let sightings = Sightings::default();
    sightings.note(at(9000), &caller(&database, &digests[0]));
    sightings.flush(&database, at(9000)).unwrap();
    sightings.flush(&database, at(100)).unwrap();
    assert_eq!(sightings.lock().len(), 0);
}
