//! What a caller may do.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

macro_rules! permissions {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)*) => {
        /// One right. A role is a set of them.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Permission { $($(#[$doc])* $variant,)* }

        impl Permission {
            /// Every permission there is.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The name clients and databases use.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
        }
    };
}

permissions! {
    /// See every account.
    UsersRead = "users.read",
    /// Create, change, suspend and delete accounts.
    UsersWrite = "users.write",
    /// Make roles and give them to people.
    RolesManage = "roles.manage",
    /// Read the audit trail.
    AuditRead = "audit.read",
    /// See the mail queue and retry what failed.
    MailManage = "mail.manage",
    /// Write posts of one's own.
    PostsWrite = "posts.write",
    /// Change and remove other people's posts.
    PostsModerate = "posts.moderate",
    /// Write comments of one's own.
    CommentsWrite = "comments.write",
    /// Change and remove other people's comments.
    CommentsModerate = "comments.moderate",
    /// Read the contact inbox.
    ContactRead = "contact.read",
    /// Edit the state guides.
    StatesWrite = "states.write",
    /// Ask about other people's tokens (RFC 7662).
    TokensIntrospect = "tokens.introspect",
}

/// No permission has this name.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("not a permission")]
pub struct PermissionError;

impl FromStr for Permission {
    type Err = PermissionError;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL.iter().copied().find(|permission| permission.as_str() == name).ok_or(PermissionError)
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A set of permissions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PermissionSet(u32);

impl PermissionSet {
    /// The same set and `permission`.
    #[must_use]
    pub fn with(self, permission: Permission) -> Self {
        Self(self.0 | 1 << permission as u32)
    }

    /// Whether `permission` is in the set.
    #[must_use]
    pub fn contains(self, permission: Permission) -> bool {
        self.0 & 1 << permission as u32 != 0
    }

    /// Whether everything in `other` is in this set too.
    #[must_use]
    pub fn includes(self, other: Self) -> bool {
        other.0 & !self.0 == 0
    }

    /// What is in either set.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The members, in the order of [`Permission::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Permission> {
        Permission::ALL.iter().copied().filter(move |permission| self.contains(*permission))
    }
}

/// Names divided by spaces, as a role's row keeps them.
impl FromStr for PermissionSet {
    type Err = PermissionError;

    fn from_str(names: &str) -> Result<Self, Self::Err> {
        names.split_ascii_whitespace().try_fold(Self::default(), |set, name| Ok(set.with(name.parse()?)))
    }
}

impl fmt::Display for PermissionSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.iter().map(Permission::as_str).collect();
        f.write_str(&names.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::sample::subsequence;

    use super::*;

    #[test]
    fn every_permission_is_known_by_its_name() {
        for permission in Permission::ALL {
            assert_eq!(permission.to_string().parse(), Ok(*permission));
        }
        for name in ["", "users", "USERS.READ", "users.read ", "*"] {
            assert_eq!(name.parse::<Permission>(), Err(PermissionError), "{name:?}");
        }
    }

    #[test]
    fn an_empty_set_allows_nothing() {
        let none: PermissionSet = "".parse().expect("no names");
        assert!(Permission::ALL.iter().all(|permission| !none.contains(*permission)));
        assert_eq!("users.read users.fly".parse::<PermissionSet>(), Err(PermissionError));
    }

    proptest! {
        #[test]
        fn a_set_holds_what_was_put_in_and_reads_back(members in subsequence(Permission::ALL, 0..=Permission::ALL.len())) {
            let set = members.iter().fold(PermissionSet::default(), |set, permission| set.with(*permission));
            prop_assert_eq!(set.iter().collect::<Vec<_>>(), members);
            prop_assert_eq!(set.to_string().parse::<PermissionSet>(), Ok(set));
        }

        #[test]
        fn a_union_allows_what_either_allows(one in subsequence(Permission::ALL, 0..6), other in subsequence(Permission::ALL, 0..6)) {
            let set = |members: &[Permission]| members.iter().fold(PermissionSet::default(), |set, member| set.with(*member));
            let both = set(&one).union(set(&other));
            for permission in Permission::ALL {
                prop_assert_eq!(both.contains(*permission), one.contains(permission) || other.contains(permission));
            }
        }
    }
}
