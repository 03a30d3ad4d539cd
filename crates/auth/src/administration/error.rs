//! Why an account or a role stays as it is.

use thiserror::Error;
use vestibule_domain::role::RoleName;
use vestibule_persistence::{Key, StoreError};

/// Why an account or a role stays as it is.
#[derive(Debug, Error)]
pub enum AdministerError {
    /// There is no such account or role.
    #[error("there is no such thing")]
    Missing,
    /// It is not what the caller saw any more.
    #[error("it has changed meanwhile")]
    Stale,
    /// The account or the role may do what the caller may not.
    #[error("it may do more than the caller")]
    BeyondCaller,
    /// Without it nobody could look after the installation.
    #[error("it is the last admin")]
    LastAdmin,
    /// The account would have neither a name nor an address left.
    #[error("there would be nothing left to sign in by")]
    NoWayIn,
    /// It is the caller's own: their password is asked where they do that for themselves.
    #[error("it is the caller's own account")]
    OwnAccount,
    /// A link can only be sent to an address.
    #[error("the account has no address")]
    NoEmail,
    /// Somebody has the name.
    #[error("the username is taken")]
    UsernameTaken,
    /// Somebody has the address.
    #[error("the address is taken")]
    EmailTaken,
    /// There is no role of this name.
    #[error("there is no role {0}")]
    UnknownRole(RoleName),
    /// There is a role of this name.
    #[error("the name of the role is taken")]
    RoleTaken,
    /// It came with the program.
    #[error("the role is built in")]
    BuiltInRole,
    /// The store failed.
    #[error(transparent)]
    Store(StoreError),
}

impl From<StoreError> for AdministerError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Taken(Key::Username) => Self::UsernameTaken,
            StoreError::Taken(Key::Email) => Self::EmailTaken,
            StoreError::Missing => Self::Missing,
            error => Self::Store(error),
        }
    }
}
