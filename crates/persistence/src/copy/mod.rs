//! A whole installation from one database into another, table after table, each row as a line of text.
//!
//! A line is what PostgreSQL's `COPY` reads and writes: fields divided by tabs, `\N` where there is nothing, a backslash before
//! what would be mistaken. Both databases can say every row in exactly the same bytes, so the lines are also what the two sides
//! are compared by.
//!
//! A table that is added to `schema` is added to [`tables`]; a test compares the two.

mod arrival;
mod line;
mod snapshot;
mod tables;

use std::error::Error;

use thiserror::Error;

use crate::error::StoreError;
use crate::migrations::MigrationError;

pub use arrival::Arrival;
pub use snapshot::Snapshot;
pub use tables::{LEFT_OUT, Table, tables};

/// Why a database was not copied. Nothing of it was kept.
#[derive(Debug, Error)]
pub enum CopyError {
    /// The schema of either side cannot be read or brought up to date.
    #[error(transparent)]
    Schema(#[from] MigrationError),
    /// The source was not migrated, and is only read.
    #[error(
        "the schema of the database that is copied is not up to date ({0} steps are missing); first: vestibule migrate"
    )]
    Behind(usize),
    /// Somebody lives in the target already.
    #[error("there is something in it already ({0}); a copy goes into a new database only")]
    NotEmpty(&'static str),
    /// Reading or writing a table failed.
    #[error("the table {table}: {}", in_full(.error))]
    Table {
        /// The table.
        table: &'static str,
        /// What the database says.
        error: StoreError,
    },
    /// The database is away.
    #[error("{}", in_full(.0))]
    Store(#[from] StoreError),
}

/// The error with the words of the database behind it: whoever copies looks after both.
fn in_full(error: &StoreError) -> String {
    if let StoreError::Missing = error {
        return "a row points at one that is not there".to_owned();
    }
    error.source().map_or_else(|| error.to_string(), |words| format!("{error}: {words}"))
}
