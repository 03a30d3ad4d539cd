use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use tempfile::TempDir;
use vestibule_domain::audit::{AuditEvent, AuditRecord};
use vestibule_domain::avatar::AvatarSize;
use vestibule_domain::caller::ClientInfo;
use vestibule_domain::id::{SessionId, UserId};
use vestibule_domain::page::PageSize;
use vestibule_domain::password::PasswordHash;
use vestibule_domain::time::{Clock, Timestamp};
use vestibule_domain::token::{TokenDigest, TokenFormat};
use vestibule_domain::username::Username;
use vestibule_http::ShellLimits;
use vestibule_media::Picture;
use vestibule_persistence::audit::{self, AuditFilter};
use vestibule_persistence::jobs::{self, JobState};
use vestibule_persistence::sessions::{self, NewPair, NewSession};
use vestibule_persistence::users::{self, NewUser};
use vestibule_persistence::{Database, StoreError};

use super::*;
use crate::settings::{Secret, Settings};
use crate::store;
use crate::system::{SystemClock, SystemRandom};

/// A clock that stands.
struct At(Timestamp);

impl Clock for At {
    fn now(&self) -> Timestamp {
        self.0
    }
}

/// Longer than any test's clock.
const YEARS: Duration = Duration::from_hours(24 * 365 * 5);

/// A shell two hours after `expired` sessions were opened for an hour each, and whose they are.
fn shell(folder: &TempDir, expired: u64) -> (Shell, UserId) {
    let folder = folder.path().to_str().unwrap();
    let settings = Settings::from_arguments(["--data-dir", folder], &|_| None, None).unwrap();
    let database = store::open(&settings).unwrap();
    database.migrate().unwrap();
    let opened = SystemClock.now();
    let alice = open_many(&database, opened, expired);
    let key = Secret::new("0123456789abcdefghijklmnopqrstuvwxyz".to_owned());
    let avatars = store::avatars(&settings, database.clone()).unwrap();
    let accounts = store::accounts(&settings, database, &key, "http://localhost", &SystemRandom).unwrap();
    let clock = Arc::new(At(opened.plus(Duration::from_hours(2))));
    let stopping = Arc::new(AtomicBool::default());
    let shell =
        Shell::new(accounts, avatars, ShellLimits::default(), clock, Arc::new(SystemRandom), stopping)
            .unwrap();
    (shell, alice)
}

fn open_many(database: &Database, at: Timestamp, number: u64) -> UserId {
    let alice = NewUser {
        username: Some(Username::choose("alice").unwrap()),
        email: None,
        full_name: None,
        password_hash: PasswordHash::unusable(),
    };
    let insert_all = |conn: &mut _| {
        let alice = users::insert(conn, at, &alice)?;
        (0..number).try_for_each(|n| sessions::insert(conn, at, &session(alice, at, n)))?;
        Ok::<_, StoreError>(alice)
    };
    database.write(insert_all).unwrap()
}

fn session(user_id: UserId, at: Timestamp, number: u64) -> NewSession {
    let digest = |label: u8| {
        let mut bytes = [label; 32];
        bytes[..8].copy_from_slice(&number.to_be_bytes());
        TokenDigest::from_bytes(bytes)
    };
    let ends_at = at.plus(Duration::from_hours(1));
    let pair = NewPair {
        format: TokenFormat::Opaque,
        token_digest: digest(1),
        token_expires_at: ends_at,
        refresh_digest: Some(digest(2)),
        refresh_expires_at: ends_at,
    };
    let id = SessionId::new(at, &SystemRandom);
    NewSession { id, user_id, pair, ends_at, client: ClientInfo::default() }
}

async fn count(shell: &Shell, user_id: UserId) -> i64 {
    let count =
        shell.database_write(move |it| it.database.read(|conn| sessions::count(conn, user_id)).unwrap());
    count.await.unwrap()
}

async fn clear_sessions(shell: &Shell, turn: &Turn) -> Result<(), trouble::Trouble> {
    purge::clear(shell.clone(), turn.clone(), Leftovers::Sessions, YEARS).await
}

fn state(shell: &Shell, what: Leftovers) -> Option<JobState> {
    let states = shell.accounts().database.read(jobs::list).unwrap();
    states.into_iter().find(|state| state.name == what.job_name())
}

/// S90: a sign-in waits for one batch and not for all of them.
#[tokio::test]
async fn others_write_between_two_batches() {
    let folder = TempDir::new().unwrap();
    let (shell, alice) = shell(&folder, 1201);
    let turn = Turn::default();
    let waiting = async {
        // After the lease and the first batch were queued: one statement each, in this order.
        tokio::task::yield_now().await;
        let mut seen = vec![count(&shell, alice).await];
        while seen.last() != Some(&0) {
            seen.push(count(&shell, alice).await);
        }
        seen
    };
    let (outcome, seen) = tokio::join!(clear_sessions(&shell, &turn), waiting);
    outcome.unwrap();
    assert!(seen.contains(&701) && seen.contains(&201), "whoever came in between was served: {seen:?}");
    assert_eq!(count(&shell, alice).await, 0, "and the purge went on to the end");
    let state = state(&shell, Leftovers::Sessions).unwrap();
    assert_eq!((state.succeeded_at, state.last_error), (Some(shell.now()), None));
}

/// S90: a batch that hangs is not joined by a second one a minute later.
#[tokio::test]
async fn one_purge_is_under_way_at_a_time() {
    let folder = TempDir::new().unwrap();
    let (shell, alice) = shell(&folder, 3);
    let turn = Turn::default();
    let hanging = turn.hold().unwrap();
    assert!(matches!(clear_sessions(&shell, &turn).await, Err(trouble::Trouble::Hangs)));
    assert_eq!(count(&shell, alice).await, 3);
    drop(hanging);
    clear_sessions(&shell, &turn).await.unwrap();
    assert_eq!(count(&shell, alice).await, 0);
    drop(turn.hold().unwrap());
}

/// F12: what one node did a moment ago no other does again.
#[tokio::test]
async fn a_job_another_node_has_or_just_had_is_left_alone() {
    let folder = TempDir::new().unwrap();
    let (shell, alice) = shell(&folder, 3);
    let name = Leftovers::Sessions.job_name();
    let lease = leases::take(&shell, name, Duration::ZERO).await.unwrap().unwrap();
    clear_sessions(&shell, &Turn::default()).await.unwrap();
    assert_eq!(count(&shell, alice).await, 3);
    leases::give_back(&shell, lease, &Ok(())).await;
    clear_sessions(&shell, &Turn::default()).await.unwrap();
    assert_eq!(count(&shell, alice).await, 3);
}

/// F16: why a job failed is kept, the next turn comes before its minute is over, and a success forgets it.
#[tokio::test]
async fn a_job_that_failed_is_tried_again_soon() {
    let folder = TempDir::new().unwrap();
    let (shell, alice) = shell(&folder, 3);
    let name = Leftovers::Sessions.job_name();
    let lease = leases::take(&shell, name, Duration::ZERO).await.unwrap().unwrap();
    leases::give_back(&shell, lease, &Err(trouble::Trouble::Fell)).await;
    let failed = state(&shell, Leftovers::Sessions).unwrap();
    assert_eq!((failed.succeeded_at, failed.last_error.as_deref()), (None, Some("it panicked")));
    clear_sessions(&shell, &Turn::default()).await.unwrap();
    assert_eq!(count(&shell, alice).await, 0);
    assert_eq!(state(&shell, Leftovers::Sessions).unwrap().last_error, None);
}

/// F16: a panic on the database's thread costs one turn; the lock it held is free and nothing of it is told.
#[tokio::test]
async fn a_panic_on_a_thread_is_a_failed_turn() {
    let folder = TempDir::new().unwrap();
    let (shell, _) = shell(&folder, 0);
    let turn = Turn::default();
    let held = turn.hold().unwrap();
    let fell = shell.database_write(move |_| {
        let _held = held;
        panic!("alice@example.org")
    });
    let trouble = trouble::Trouble::from(fell.await.map(|(): ()| ()).unwrap_err());
    assert!(trouble.is_panic());
    assert_eq!(trouble.told(), "it panicked");
    clear_sessions(&shell, &turn).await.unwrap();
}

/// S28: what nobody shows is collected once it has been noted for an hour, and what somebody shows stays.
#[tokio::test]
async fn pictures_that_nobody_shows_are_collected() {
    let folder = TempDir::new().unwrap();
    let (shell, alice) = shell(&folder, 0);
    let picture = Picture { large: "large".into(), small: "small".into() };
    let (avatars, now) = (shell.avatars().clone(), shell.now());
    let old = now.minus(Duration::from_mins(61));
    let put = |at| {
        let name = avatars.note(at, &SystemRandom, &picture).unwrap();
        avatars.store.put(&name, &picture).unwrap();
        name
    };
    let shown = put(old);
    avatars.show(old, alice, Some(&shown)).unwrap();
    let (young, forgotten): (_, Vec<_>) = (put(now), (0..21).map(|_| put(old)).collect());
    media::collect(shell.clone(), Turn::default()).await.unwrap();
    let is_there = |name| avatars.store.get(name, AvatarSize::Small).unwrap().is_some();
    assert!(is_there(&shown) && is_there(&young));
    assert!(!forgotten.iter().any(is_there), "all batches of them");
    assert_eq!(avatars.unused(now.plus(Duration::from_hours(2)), 100).unwrap(), [young]);
    let states = shell.accounts().database.read(jobs::list).unwrap();
    assert!(states.iter().any(|state| state.name == "purge.media" && state.succeeded_at == Some(now)));
}

/// What waited is written when the server stops.
#[tokio::test]
async fn nothing_waits_any_more_at_the_end() {
    let folder = TempDir::new().unwrap();
    let (shell, _) = shell(&folder, 0);
    let refusal = AuditRecord::failure(shell.now(), AuditEvent::SignedIn, &ClientInfo::default());
    shell.accounts().refusals.push(refusal.clone());
    finish(shell.clone()).await;
    let all = |conn: &mut _| audit::list(conn, &AuditFilter::default(), None, PageSize::default());
    let page = shell.accounts().database.read(all).unwrap();
    assert_eq!(page.entries.into_iter().map(|entry| entry.record).collect::<Vec<_>>(), [refusal]);
}
