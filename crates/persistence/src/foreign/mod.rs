//! Other systems' databases, which we only read.
//!
//! A [`ForeignDatabase`] is one snapshot of a PostgreSQL database or a SQLite file, taken when it is opened: what its owner
//! writes meanwhile is not seen, and nothing of ours is written there. Names of tables and columns come out of the
//! database's own catalogue and are quoted by [`Identifier`]; every value comes as text, whatever its type is there.
//!
//! How the two differ is this room's own affair: a `match` in `open`, `catalog` and `select`.

mod catalog;
mod error;
mod identifier;
mod open;
mod select;

pub use catalog::{Column, Order, Table};
pub use error::ForeignError;
pub use identifier::{Identifier, IdentifierError, TableName};
pub use open::ForeignDatabase;
pub use select::{Row, Selection};

#[cfg(test)]
mod tests;
