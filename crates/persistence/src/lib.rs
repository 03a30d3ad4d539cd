//! What is kept: accounts, roles, sessions, mail and the audit trail, in PostgreSQL or in a SQLite file, through one set
//! of queries; and what is kept for a while only, in Redis where there is one.
//!
//! The room knows no HTTP, hashes nothing and opens no clock. Nobody else sees diesel. What the two databases do
//! differently is a `match` in [`dialect`] and nowhere else; [`Database::read`] and [`Database::write`] are the only
//! ways in.
//!
//! A transaction that touches rows of several tables goes from an account outwards: `users` first, then `sessions`,
//! `refresh_tokens`, `email_ways_back`, `mail_tokens`, `posts`, `comments`, `outbox` and `audit_events`; who claims a row of
//! `submissions` does so before all of them. Two that go opposite ways wait for
//! each other until PostgreSQL ends one of them. Who ends several sessions of an account, or touches anything else of it
//! in two steps, holds the account's row before (`users::lock`, where nothing in that row changes); new rows are in
//! nobody's way, nor is one session by itself.
//!
//! To add a table: a migration of the same name for both databases, the table in `schema`, a file of functions named
//! after it (`find`, `list`, `count`, `exists`, `insert`, `set_x`, `delete`), and a case in the store's tests.

pub mod audit;
pub mod comments;
mod connection;
pub mod contact_messages;
pub mod copy;
pub mod credentials;
pub mod database;
pub mod dialect;
pub mod email_ways_back;
pub mod ephemeral;
pub mod error;
pub mod export;
pub mod foreign;
pub mod imports;
pub mod installation;
pub mod jobs;
pub mod known_clients;
pub mod media_files;
pub mod migrations;
pub mod outbox;
pub mod own_data;
pub mod pool;
pub mod posts;
pub mod refresh_tokens;
pub mod roles;
mod schema;
pub mod sessions;
pub mod signing_keys;
pub mod states;
pub mod statistics;
pub mod submissions;
mod total;
pub mod url;
pub mod user_list;
mod user_row;
pub mod users;

pub use database::Database;
pub use error::{Key, StoreError};
pub use pool::PoolOptions;
pub use url::DatabaseUrl;

// Linked for their C libraries, which are built from source: nothing of them is called from here.
use libsqlite3_sys as _;
use openssl_sys as _;
use pq_sys as _;
// Linked with its cryptography: redis brings rustls without any.
use rustls as _;
