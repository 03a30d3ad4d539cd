//! The connection every query is written against.
#![expect(missing_docs, reason = "the derive writes public items of its own, which nobody can document")]

use diesel::prelude::*;
use diesel::{PgConnection, SqliteConnection};

/// A connection to either database. Queries are written once, against this.
///
/// Its own `establish` is not used: it would try one database after the other and drop the errors.
#[derive(diesel::MultiConnection)]
pub enum DatabaseConnection {
    /// PostgreSQL through libpq.
    Postgres(PgConnection),
    /// A SQLite file.
    Sqlite(SqliteConnection),
}
