//! The name an account signs in by.

mod reserved;
mod rules;
#[cfg(test)]
mod tests;

use std::fmt;
use std::str::FromStr;

use thiserror::Error;
use unicode_normalization::UnicodeNormalization;

use crate::code_point::{is_digit, is_letter};
use crate::fold::fold;

/// A username, shown as it was typed. Two usernames are the same name if their [`Username::key`]s are equal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Username(String);

/// The folded form of a username, which the database keeps unique and looks names up by.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct UsernameKey(String);

/// Why a text is no username.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum UsernameError {
    /// No character, or none that shows.
    #[error("is empty")]
    Empty,
    /// Fewer than [`Username::MIN_CHARS`] characters.
    #[error("must have at least {} characters", Username::MIN_CHARS)]
    TooShort,
    /// More than this many characters.
    #[error("must have at most {0} characters")]
    TooLong(usize),
    /// A character that no name chosen here may hold.
    #[error("may hold letters, digits, `_`, `.` and `-` only")]
    Character,
    /// A character that not even an imported name may hold.
    #[error("may hold letters, digits and `_ . - + @` only")]
    ForeignCharacter,
    /// The first or last character is neither a letter nor a digit.
    #[error("must begin and end with a letter or a digit")]
    Edge,
    /// More than [`Username::MAX_MARKS`] marks on one letter.
    #[error("has too many marks on one letter")]
    TooManyMarks,
    /// Letters of scripts that nobody writes together, or digits of two scripts.
    #[error("mixes letters or digits of different scripts")]
    MixedScripts,
    /// A name this service needs for itself, or one that looks like it.
    #[error("is reserved")]
    Reserved,
}

impl Username {
    /// The shortest name to choose, in characters after NFKC.
    pub const MIN_CHARS: usize = 3;
    /// The longest name to choose, in characters after NFKC.
    pub const MAX_CHARS: usize = 64;
    /// The longest name of all, in characters as typed: what Django's column has.
    pub const MAX_ADMITTED_CHARS: usize = 150;
    /// The most marks one letter may carry (Unicode Technical Standard 39, 5.4): more would climb over the next line.
    pub const MAX_MARKS: usize = 4;

    /// The door of sign-up and renaming.
    ///
    /// After NFKC a name has 3 to 64 letters (of any script in use today), digits, `_`, `.` and `-`, begins and ends
    /// with a letter or digit, keeps to one script (or to Latin beside Chinese, Japanese or Korean) and is not
    /// mistaken for a reserved name. Names of digits alone are taken, as Django takes them: no address of this
    /// service has a username where an account id may stand.
    pub fn choose(text: &str) -> Result<Self, UsernameError> {
        if is_longer_than(text, Self::MAX_ADMITTED_CHARS) {
            return Err(UsernameError::TooLong(Self::MAX_CHARS));
        }
        let name: String = text.nfkc().collect();
        rules::check(&name)?;
        if reserved::is_reserved(&name) {
            return Err(UsernameError::Reserved);
        }
        Ok(Self(text.to_owned()))
    }

    /// The door of import, `create-admin` and the database: what Django takes, which is 1 to 150 letters, numbers
    /// and `_ . - + @`, and whatever [`Username::choose`] takes.
    ///
    /// Marks are taken beside letters, or names in the scripts of India could not be spelt; a name of nothing but
    /// invisible letters is refused, for its key would be empty.
    pub fn admit(text: &str) -> Result<Self, UsernameError> {
        if is_longer_than(text, Self::MAX_ADMITTED_CHARS) {
            return Err(UsernameError::TooLong(Self::MAX_ADMITTED_CHARS));
        }
        let key = fold(text);
        if key.is_empty() {
            return Err(UsernameError::Empty);
        }
        if key.len() > UsernameKey::MAX_BYTES {
            return Err(UsernameError::TooLong(Self::MAX_ADMITTED_CHARS));
        }
        let is_foreign = text.chars().all(is_admitted);
        if is_foreign || Self::choose(text).is_ok() {
            Ok(Self(text.to_owned()))
        } else {
            Err(UsernameError::ForeignCharacter)
        }
    }

    /// The name as typed.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What makes it unique.
    #[must_use]
    pub fn key(&self) -> UsernameKey {
        UsernameKey(fold(&self.0))
    }
}

/// The door of sign-up: [`Username::choose`].
impl FromStr for Username {
    type Err = UsernameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::choose(text)
    }
}

impl fmt::Display for Username {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl UsernameKey {
    /// The longest key, in bytes. PostgreSQL cannot index much more than 2,600 bytes, and a few letters fold to ten
    /// times their length; only names made of such letters reach this bound.
    pub const MAX_BYTES: usize = 1024;

    /// The key of whatever was typed at sign-in; matches nothing if no username could have it.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let could_be_stored = text.len() <= Self::MAX_BYTES && !text.contains(char::is_control);
        let key = if could_be_stored { fold(text) } else { String::new() };
        Self(if key.len() <= Self::MAX_BYTES { key } else { String::new() })
    }

    /// The folded text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Looks at no more of `text` than it must, so a megabyte is refused as fast as a line.
fn is_longer_than(text: &str, max: usize) -> bool {
    text.chars().nth(max).is_some()
}

fn is_admitted(c: char) -> bool {
    is_letter(c) || is_digit(c) || rules::is_other_number(c) || matches!(c, '_' | '.' | '-' | '+' | '@')
}
