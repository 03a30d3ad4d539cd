//! What can go wrong with the store.

use diesel::result::{DatabaseErrorKind, Error as DieselError};
use thiserror::Error;

/// Which unique key a write ran into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// Somebody has this username already.
    Username,
    /// Somebody has this address already.
    Email,
    /// Another key, which no input of a person can run into.
    Other,
}

/// Why the store could not do what was asked.
#[derive(Debug, Error)]
pub enum StoreError {
    /// A unique key is taken.
    #[error("the key is taken")]
    Taken(Key),
    /// A row that must be there is not.
    #[error("the row is missing")]
    Missing,
    /// A stored value does not come through its own door.
    #[error("stored {what} of {row} cannot be read")]
    Corrupt {
        /// The column.
        what: &'static str,
        /// The row's key, as text.
        row: String,
    },
    /// The database is away, locked or full: the same request may succeed in a moment.
    #[error("the database is not available")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The connection was lost while a commit was under way: it was kept whole or not at all, and nobody knows which.
    #[error("the connection was lost during the commit")]
    OutcomeUnknown,
    /// The database refused for a reason that is our fault.
    #[error("the database refused")]
    Broken(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// What databases say when waiting may help. diesel passes no SQLSTATE or SQLite code on, so the words have to do.
const PASSING: [&str; 17] = [
    "database is locked",
    "database table is locked",
    "database or disk is full",
    "disk I/O error",
    "readonly database",
    "unable to open database",
    "canceling statement",
    "terminating connection",
    "server closed the connection",
    "no connection to the server",
    "connection not open",
    "the database system is",
    "too many connections",
    "remaining connection slots",
    "could not receive data from server",
    "deadlock detected",
    "No space left on device",
];

impl From<DieselError> for StoreError {
    fn from(error: DieselError) -> Self {
        use DatabaseErrorKind::{
            ClosedConnection, ForeignKeyViolation, ReadOnlyTransaction, SerializationFailure,
            UnableToSendCommand, UniqueViolation,
        };
        match &error {
            // What a row points at went while the row was on its way.
            DieselError::NotFound | DieselError::DatabaseError(ForeignKeyViolation, _) => Self::Missing,
            DieselError::DatabaseError(UniqueViolation, info) => {
                Self::Taken(violated_key(info.constraint_name().unwrap_or_else(|| info.message())))
            }
            DieselError::DatabaseError(
                ClosedConnection | UnableToSendCommand | ReadOnlyTransaction | SerializationFailure,
                _,
            )
            | DieselError::BrokenTransactionManager => Self::Unavailable(Box::new(error)),
            DieselError::DatabaseError(_, info) if is_passing(info.message()) => {
                Self::Unavailable(Box::new(error))
            }
            _ => Self::Broken(Box::new(error)),
        }
    }
}

impl From<r2d2::Error> for StoreError {
    fn from(error: r2d2::Error) -> Self {
        Self::Unavailable(Box::new(error))
    }
}

fn is_passing(message: &str) -> bool {
    PASSING.iter().any(|passing| message.contains(passing))
}

/// PostgreSQL names the constraint (`users_email_key`), SQLite the column (`users.email_key`).
fn violated_key(words: &str) -> Key {
    let names = |name: &str| words.ends_with(name);
    if names("users_username_key") || names("users.username_key") {
        Key::Username
    } else if names("users_email_key") || names("users.email_key") {
        Key::Email
    } else {
        Key::Other
    }
}
