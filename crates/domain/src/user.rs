//! An account.

use crate::email::EmailAddress;
use crate::id::UserId;
use crate::permission::PermissionSet;
use crate::person_name::FullName;
use crate::profile::Profile;
use crate::role::RoleName;
use crate::time::Timestamp;
use crate::username::Username;

/// An account as it stands, without its password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Its number.
    pub id: UserId,
    /// Its name for signing in and for others to see, if it has one.
    pub username: Option<Username>,
    /// Its address; imported accounts may lack one.
    pub email: Option<EmailAddress>,
    /// When the address was proven to be its owner's.
    pub email_verified_at: Option<Timestamp>,
    /// The person's name.
    pub full_name: Option<FullName>,
    /// The roles it holds, sorted.
    pub roles: Vec<RoleName>,
    /// What those roles together allow.
    pub permissions: PermissionSet,
    /// Since when it may not sign in.
    pub suspended_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When its username, address, name or state last changed.
    pub updated_at: Timestamp,
    /// When it last signed in.
    pub last_login_at: Option<Timestamp>,
    /// What the person tells about themselves.
    pub profile: Profile,
}

impl User {
    /// Whether it holds the built-in role `admin`.
    #[must_use]
    pub fn is_admin(&self) -> bool {
        self.roles.iter().any(|role| role.as_str() == RoleName::ADMIN)
    }

    /// Whether it may sign in and act. Since when it may not is for people to read: whoever compared it with a clock of their
    /// own would let in those who were suspended by a node whose clock is ahead.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.suspended_at.is_none()
    }
}
