//! Named sets of permissions.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use crate::code_point::is_unprintable;
use crate::permission::PermissionSet;

/// The name of a role: 1 to 64 of `a-z`, `0-9`, `-` and `_`, beginning with a letter.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RoleName(String);

/// A role: a named set of permissions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// Its name.
    pub name: RoleName,
    /// What it is for; may be empty.
    pub description: RoleDescription,
    /// What it allows.
    pub permissions: PermissionSet,
    /// Whether it came with the program and can be neither changed nor deleted.
    pub is_built_in: bool,
}

/// What a role is for: up to 200 characters on one line, or nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RoleDescription(String);

/// Why a text describes no role.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum RoleDescriptionError {
    /// More than [`RoleDescription::MAX_CHARS`] characters.
    #[error("must have at most {} characters", RoleDescription::MAX_CHARS)]
    TooLong,
    /// A control or a line break.
    #[error("holds a character that cannot be shown")]
    Unprintable,
}

impl RoleDescription {
    /// The longest description, in characters.
    pub const MAX_CHARS: usize = 200;

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for RoleDescription {
    type Err = RoleDescriptionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.chars().nth(Self::MAX_CHARS).is_some() {
            Err(RoleDescriptionError::TooLong)
        } else if text.chars().any(is_unprintable) {
            Err(RoleDescriptionError::Unprintable)
        } else {
            Ok(Self(text.to_owned()))
        }
    }
}

/// Why a text names no role.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("a role is named by 1 to 64 lower-case letters, digits, `-` and `_`, and begins with a letter")]
pub struct RoleNameError;

impl RoleName {
    /// Built in: may do everything.
    pub const ADMIN: &'static str = "admin";
    /// Built in: looks after content.
    pub const EDITOR: &'static str = "editor";
    /// Built in: what every account begins as.
    pub const MEMBER: &'static str = "member";

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for RoleName {
    type Err = RoleNameError;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_';
        let begins = name.as_bytes().first().is_some_and(u8::is_ascii_lowercase);
        if begins && name.len() <= 64 && name.bytes().all(allowed) {
            Ok(Self(name.to_owned()))
        } else {
            Err(RoleNameError)
        }
    }
}

impl fmt::Display for RoleName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_built_in_names_are_names() {
        for name in [RoleName::ADMIN, RoleName::EDITOR, RoleName::MEMBER, "a", "guide-2_b", &"a".repeat(64)] {
            assert_eq!(name.parse::<RoleName>().map(|role| role.to_string()).as_deref(), Ok(name));
        }
    }

    #[test]
    fn other_texts_name_no_role() {
        for name in ["", "Admin", "2nd", "-a", "_a", "a b", "a\n", "é", "аdmin", &"a".repeat(65)] {
            assert_eq!(name.parse::<RoleName>(), Err(RoleNameError), "{name:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_taken_comes_back_from_the_database(text in prop_oneof![any::<String>(), "[a-z0-9_-]{1,70}"]) {
            if let Ok(role) = text.parse::<RoleName>() {
                prop_assert_eq!(role.as_str(), &text);
                prop_assert!(text.is_ascii() && text.len() <= 64);
            }
        }
    }
}
