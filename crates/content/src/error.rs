//! Why something was not done.

use thiserror::Error;
use vestibule_persistence::StoreError;

/// Why a use case of this room did nothing.
#[derive(Debug, Error)]
pub enum ContentError {
    /// There is none, or none that this caller may know of: the two look alike.
    #[error("there is no such thing")]
    NotFound,
    /// It is there, but not the caller's to change.
    #[error("it is somebody else's")]
    Forbidden,
    /// It changed since the caller read it.
    #[error("it has changed meanwhile")]
    Stale,
    /// The name in addresses belongs to another one.
    #[error("the name is taken")]
    SlugTaken,
    /// The key was used for something else.
    #[error("the key was used for something else")]
    KeyReused,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
