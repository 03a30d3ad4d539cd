//! What somebody writes to those who run the site.

use std::fmt;
use std::str::FromStr;

use crate::text::{TextError, line, lines};

/// How the sender calls themselves: 1 to 150 characters of any script, on one line. Nobody checks it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContactName(String);

/// What a message is about: 1 to 200 characters, on one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject(String);

/// What a message says: 1 to 10,000 characters, plain text, kept as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContactText(String);

impl ContactName {
    /// The longest name, in characters.
    pub const MAX_CHARS: usize = 150;

    /// The name, without the spaces that stood around it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ContactName {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        line(text, Self::MAX_CHARS).map(Self)
    }
}

impl fmt::Display for ContactName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Subject {
    /// The longest subject, in characters.
    pub const MAX_CHARS: usize = 200;

    /// The subject, without the spaces that stood around it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Subject {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        line(text, Self::MAX_CHARS).map(Self)
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl ContactText {
    /// The longest message, in characters.
    pub const MAX_CHARS: usize = 10_000;

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ContactText {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        lines(text, Self::MAX_CHARS).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// S55: what becomes the header of a mail stays on one line.
    #[test]
    fn names_and_subjects_are_single_lines() {
        assert_eq!(" Éva ".parse::<ContactName>().map(|name| name.to_string()).as_deref(), Ok("Éva"));
        assert_eq!("Hello\nBcc: x".parse::<Subject>(), Err(TextError::Unprintable));
        assert_eq!("Éva\r\nBcc: x".parse::<ContactName>(), Err(TextError::Unprintable));
        assert_eq!("a".repeat(151).parse::<ContactName>(), Err(TextError::TooLong(150)));
        assert_eq!("a".repeat(201).parse::<Subject>(), Err(TextError::TooLong(200)));
    }

    #[test]
    fn a_message_has_10_000_characters_on_any_number_of_lines() {
        assert_eq!("a\n\nb".parse::<ContactText>().map(|text| text.as_str().len()), Ok(4));
        assert_eq!("a".repeat(10_001).parse::<ContactText>(), Err(TextError::TooLong(10_000)));
    }
}
