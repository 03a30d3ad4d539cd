//! The store by itself, on both databases.

mod audit;
mod claims;
mod content;
mod credentials;
mod deletion;
mod ephemeral;
mod jobs;
mod known_clients;
mod media_files;
mod migrations;
mod outbox;
mod posts;
mod queries;
mod roles;
mod schemas;
mod sessions;
mod shared_limits;
mod sightings;
mod signing_keys;
mod statistics;
mod submissions;
mod transactions;
mod user_list;
mod user_list_plans;
mod ways_back;

use std::time::Duration;

use vestibule_domain::password::PasswordHash;
use vestibule_domain::time::{Clock as _, Timestamp};
use vestibule_domain::username::Username;
use vestibule_persistence::users::NewUser;
use vestibule_persistence::{Database, PoolOptions};

use crate::harness::Backend;
use crate::harness::clock::TestClock;
use crate::harness::database::TestDatabase;

/// A migrated database of the test's own and the way the server reaches it.
struct Store {
    test: TestDatabase,
    database: Database,
}

fn store(backend: Backend) -> Store {
    store_with(backend, PoolOptions::default())
}

fn store_with(backend: Backend, options: PoolOptions) -> Store {
    let test = TestDatabase::new(backend);
    let database = Database::open(&test.url().parse().unwrap(), options);
    database.migrate().unwrap();
    Store { test, database }
}

fn now() -> Timestamp {
    TestClock::at_noon().now()
}

fn later(seconds: u64) -> Timestamp {
    now().plus(Duration::from_secs(seconds))
}

/// An account nobody can sign in to.
fn somebody(name: &str) -> NewUser {
    NewUser {
        username: Some(Username::choose(name).unwrap()),
        email: Some(format!("{name}@example.org").parse().unwrap()),
        full_name: None,
        password_hash: PasswordHash::unusable(),
    }
}
