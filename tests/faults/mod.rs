//! What happens when something breaks: the server, its database, its neighbours, its starts and its ends.
//!
//! Each test tells its figures. Ordinarily the rounds are few and short; `just faults` sets `FAULTS=long`, and the
//! figures of such a run stand in `docs/testing.md`.

mod book;
mod clocks;
mod database_away;
mod database_hung;
mod flood;
mod growth;
mod jobs;
mod killed;
mod load;
mod migrating;
mod pool_exhausted;
mod private_files;
mod redis_away;
mod restored;
mod skewed;
mod spread;
mod sqlite_locked;
mod stopping;
mod two_nodes;
mod waits;
mod watch;
mod witness;

use std::time::Duration;

use vestibule_domain::random::Random as _;
use vestibule_server::system::SystemRandom;

use crate::harness::database::TestDatabase;
use crate::harness::{Backend, Process, given};

/// Whether the long rounds were asked for.
#[expect(clippy::disallowed_methods, reason = "the tests are asked for long rounds, the server is not")]
pub(crate) fn is_long() -> bool {
    match std::env::var("FAULTS") {
        Ok(rounds) if rounds == "long" => true,
        Ok(rounds) => panic!("FAULTS is {rounds:?}, and only `long` is known"),
        Err(_) => false,
    }
}

/// The first in ordinary runs, the second where long rounds were asked for.
pub(crate) fn either<T>(short: T, long: T) -> T {
    if is_long() { long } else { short }
}

/// A database that keeps every promise of durability, empty as yet.
pub(crate) fn durable(backend: Backend) -> TestDatabase {
    match backend {
        Backend::Sqlite => TestDatabase::new(Backend::Sqlite),
        Backend::Postgres => TestDatabase::on_own_postgres(),
    }
}

/// The binary on `database`, not started yet. The cost of hashing is the lowest an operator may set in memory, people
/// may sign in as often as the tests like, and the log is kept to what matters.
pub(crate) fn on(database: &TestDatabase, more: &[(&str, &str)]) -> Process {
    let url = database.url();
    let mut environment = vec![
        ("DATABASE_URL", url.as_str()),
        ("SECRET_KEY", given::SECRET_KEY),
        ("ARGON2_MEMORY_KIB", "7168"),
        ("ARGON2_PASSES", "5"),
        ("SESSIONS_PER_USER", "10000"),
        ("RATE_LIMITS", "off"),
        ("LOG_LEVEL", "warn"),
        ("ACCESS_LOG", "off"),
    ];
    for (name, value) in more {
        environment.retain(|(known, _)| known != name);
        environment.push((name, value));
    }
    Process::prepare(&environment)
}

/// The same, started and ready.
pub(crate) fn started_on(database: &TestDatabase, more: &[(&str, &str)]) -> Process {
    let mut server = on(database, more);
    server.spawn();
    server.wait_until_ready();
    server
}

/// A span nobody could foresee, up to `most`.
pub(crate) fn some_time(most: Duration) -> Duration {
    let mut bytes = [0_u8; 4];
    SystemRandom.fill(&mut bytes);
    most * u32::from_ne_bytes(bytes).div_euclid(1 << 16) / (1 << 16)
}

/// Shows a line of figures; the test runner passes it on where it is told to.
pub(crate) fn tell(line: &str) {
    eprintln!("figures: {line}");
}
