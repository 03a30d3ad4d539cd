use std::sync::atomic::AtomicBool;

use tempfile::TempDir;
use vestibule_domain::caller::ClientInfo;
use vestibule_domain::id::{SessionId, UserId};
use vestibule_domain::password::PasswordHash;
use vestibule_domain::time::Clock;
use vestibule_domain::token::TokenDigest;
use vestibule_domain::username::Username;
use vestibule_http::ShellLimits;
use vestibule_persistence::Database;
use vestibule_persistence::sessions::{self, NewSession};
use vestibule_persistence::users::{self, NewUser};

use super::*;
use crate::settings::Settings;
use crate::store;
use crate::system::{SystemClock, SystemRandom};

/// A clock that stands.
struct At(Timestamp);

impl Clock for At {
    fn now(&self) -> Timestamp {
        self.0
    }
}

/// A shell two hours after `expired` sessions were opened for an hour each, and whose they are.
fn shell(folder: &TempDir, expired: u64) -> (Shell, UserId) {
    let folder = folder.path().to_str().unwrap();
    let settings = Settings::from_arguments(["--data-dir", folder], &|_| None, None).unwrap();
    let database = store::open(&settings).unwrap();
    database.migrate().unwrap();
    let opened = SystemClock.now();
    let alice = open_many(&database, opened, expired);
    let accounts = store::accounts(&settings, database, &SystemRandom).unwrap();
    let clock = Arc::new(At(opened.plus(Duration::from_hours(2))));
    let stopping = Arc::new(AtomicBool::default());
    let shell =
        Shell::new(accounts, ShellLimits::default(), clock, Arc::new(SystemRandom), stopping).unwrap();
    (shell, alice)
}

fn open_many(database: &Database, at: Timestamp, number: u64) -> UserId {
    let alice = NewUser {
        username: Some(Username::choose("alice").unwrap()),
        email: None,
        full_name: None,
        password_hash: PasswordHash::unusable(),
    };
    let session = |user_id, n: u64| NewSession {
        id: SessionId::new(at, &SystemRandom),
        user_id,
        token_digest: TokenDigest::from_bytes(std::array::from_fn(|i| n.to_be_bytes()[i % 8])),
        expires_at: at.plus(Duration::from_hours(1)),
        client: ClientInfo::default(),
    };
    let insert_all = |conn: &mut _| {
        let alice = users::insert(conn, at, &alice)?;
        (0..number).try_for_each(|n| sessions::insert(conn, at, &session(alice, n)))?;
        Ok::<_, vestibule_persistence::StoreError>(alice)
    };
    database.write(insert_all).unwrap()
}

async fn count(shell: &Shell, user_id: UserId) -> i64 {
    let count =
        shell.database_write(move |it| it.database.read(|conn| sessions::count(conn, user_id)).unwrap());
    count.await.unwrap()
}

/// S90: a sign-in waits for one batch and not for all of them.
#[tokio::test]
async fn others_write_between_two_batches() {
    let folder = TempDir::new().unwrap();
    let (shell, alice) = shell(&folder, 1201);
    let turn = Turn::default();
    let ((), left) = tokio::join!(purge(&shell, &turn), count(&shell, alice));
    assert_eq!(left, 701, "whoever came after the first batch was served after it");
    assert_eq!(count(&shell, alice).await, 0, "and the purge went on to the end");
}

/// S90: a batch that hangs is not joined by a second one a minute later.
#[tokio::test]
async fn one_purge_is_under_way_at_a_time() {
    let folder = TempDir::new().unwrap();
    let (shell, alice) = shell(&folder, 3);
    let turn = Turn::default();
    let hanging = turn.clone();
    purge(&shell, &turn).await;
    assert_eq!(count(&shell, alice).await, 3);
    drop(hanging);
    purge(&shell, &turn).await;
    assert_eq!((count(&shell, alice).await, Arc::strong_count(&turn)), (0, 1));
}
