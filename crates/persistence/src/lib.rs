//! What is kept: accounts, roles and sessions in PostgreSQL or in a SQLite file, through one set of queries.
//!
//! The room knows no HTTP, hashes nothing and opens no clock. Nobody else sees diesel. What the two databases do
//! differently is a `match` in [`dialect`] and nowhere else; [`Database::read`] and [`Database::write`] are the only
//! ways in.
//!
//! To add a table: a migration of the same name for both databases, the table in `schema`, a file of functions named
//! after it (`find`, `list`, `count`, `exists`, `insert`, `set_x`, `delete`), and a case in the store's tests.

mod connection;
pub mod database;
pub mod dialect;
pub mod error;
pub mod installation;
pub mod migrations;
pub mod pool;
pub mod roles;
mod schema;
pub mod sessions;
pub mod url;
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
