//! Why another system's database cannot be read, in sentences for whoever typed the command.

use diesel::result::Error as DieselError;
use thiserror::Error;

/// Why another system's database cannot be read.
#[derive(Debug, Error)]
pub enum ForeignError {
    /// The SQLite file is missing.
    #[error("there is no file {0} (a relative path is written sqlite:///./name)")]
    NoFile(String),
    /// The SQLite file is there, and not for us.
    #[error("the file {path} cannot be read: {reason}")]
    Unreadable {
        /// Where it lies.
        path: String,
        /// What the system says.
        reason: String,
    },
    /// No connection.
    #[error("cannot connect to {place}: {reason}")]
    Away {
        /// Where to.
        place: String,
        /// What it says.
        reason: String,
    },
    /// The table is missing.
    #[error("there is no table {wanted}; there {there}")]
    NoTable {
        /// What was asked for.
        wanted: String,
        /// What there is.
        there: String,
    },
    /// The column is missing.
    #[error("table {table} has no column {wanted}; there {there}")]
    NoColumn {
        /// Where.
        table: String,
        /// What was asked for.
        wanted: String,
        /// What there is.
        there: String,
    },
    /// Rows cannot be told apart by the column.
    #[error("column {column} of table {table} does not tell the rows apart: it is empty or the same in some")]
    NoKey {
        /// Where.
        table: String,
        /// Which.
        column: String,
    },
    /// Two columns that should hold the same keys are of different types.
    #[error("column {column} of table {table} is of another type than the keys it should hold")]
    OtherType {
        /// Where.
        table: String,
        /// Which.
        column: String,
    },
    /// The database says no.
    #[error("the database {place} says: {reason}")]
    Refused {
        /// Which.
        place: String,
        /// What it says.
        reason: String,
    },
}

impl ForeignError {
    pub(super) fn refused(place: &str, error: &DieselError) -> Self {
        let reason = match error {
            DieselError::DatabaseError(_, info) => info.message().to_owned(),
            error => error.to_string(),
        };
        Self::Refused { place: place.to_owned(), reason }
    }
}

/// `are: a, b, c`, the first so many of `names`, for the end of a sentence.
pub(super) fn listing(names: impl IntoIterator<Item = String>) -> String {
    const SHOWN: usize = 40;
    let names: Vec<_> = names.into_iter().collect();
    let (shown, more) = (names.len().min(SHOWN), names.len().saturating_sub(SHOWN));
    match (shown, more) {
        (0, _) => "are none".to_owned(),
        (_, 0) => format!("are: {}", names.join(", ")),
        _ => format!("are: {} and {more} more", names.get(..shown).unwrap_or_default().join(", ")),
    }
}
