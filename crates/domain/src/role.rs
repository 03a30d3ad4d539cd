//! Named sets of permissions.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// The name of a role: 1 to 64 of `a-z`, `0-9`, `-` and `_`, beginning with a letter.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RoleName(String);

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
