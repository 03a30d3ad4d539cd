//! What people are called.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use crate::code_point::{is_default_ignorable, is_joiner, is_mark, is_unprintable, is_variation_selector};

/// A person's name as they write it: 1 to 150 characters of any script, on one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FullName(String);

/// What friends say: 1 to 64 characters of any script, on one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nickname(String);

/// Why a text is no name.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum PersonNameError {
    /// No character, or none that shows.
    #[error("is empty")]
    Blank,
    /// More than this many characters.
    #[error("must have at most {0} characters")]
    TooLong(usize),
    /// A control, a line break, or a character that hides or turns the text.
    #[error("holds a character that cannot be shown")]
    Unprintable,
    /// A space at either end, which would be there unseen.
    #[error("begins or ends with a space")]
    OuterSpace,
}

impl FullName {
    /// The longest name, in characters.
    pub const MAX_CHARS: usize = 150;

    /// The name as typed.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for FullName {
    type Err = PersonNameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        check(text, Self::MAX_CHARS).map(|()| Self(text.to_owned()))
    }
}

impl fmt::Display for FullName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Nickname {
    /// The longest nickname, in characters.
    pub const MAX_CHARS: usize = 64;

    /// The nickname as typed.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Nickname {
    type Err = PersonNameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        check(text, Self::MAX_CHARS).map(|()| Self(text.to_owned()))
    }
}

impl fmt::Display for Nickname {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The rules both kinds of name share. No rule says what a name looks like beyond these: names have hyphens,
/// apostrophes, digits, single letters and any number of words.
fn check(text: &str, max: usize) -> Result<(), PersonNameError> {
    if text.chars().nth(max).is_some() {
        return Err(PersonNameError::TooLong(max));
    }
    if !text.chars().any(shows) {
        return Err(PersonNameError::Blank);
    }
    if text.starts_with(char::is_whitespace) || text.ends_with(char::is_whitespace) {
        return Err(PersonNameError::OuterSpace);
    }
    if has_hidden(text) { Err(PersonNameError::Unprintable) } else { Ok(()) }
}

fn shows(c: char) -> bool {
    !(c.is_whitespace() || is_unprintable(c) || is_default_ignorable(c) || is_mark(c))
}

/// A joiner is spelling between two characters that show and a hiding place anywhere else; a selector or a mark needs
/// something before it.
fn has_hidden(text: &str) -> bool {
    let mut before = ' ';
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let stands = !before.is_whitespace() && !is_joiner(before);
        let is_right = if is_joiner(c) {
            stands && chars.peek().copied().is_some_and(shows)
        } else if is_variation_selector(c) || is_mark(c) {
            stands && (is_variation_selector(c) || !is_default_ignorable(c))
        } else {
            !is_unprintable(c) && !is_default_ignorable(c)
        };
        if !is_right {
            return true;
        }
        before = c;
    }
    false
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn refused(text: &str) -> PersonNameError {
        text.parse::<FullName>().expect_err(text)
    }

    #[test]
    fn names_of_any_script_are_kept_as_typed() {
        for name in [
            "Éva Nagy",
            "Jean-Luc O'Neill 3rd",
            "X",
            "R. M.  Hare",
            "李小龍",
            "山田　太郎",
            "Nguyễn Thị Minh Khai",
            "عبد الله",
            "می\u{200C}خواهم",
            "क्\u{200D}ष",
            "葛\u{E0100}城",
            "👩\u{200D}👧",
            "❤\u{FE0F} Ann",
            "Mary \"May\" <3",
            "e\u{301}va",
        ] {
            assert_eq!(name.parse::<FullName>().map(|name| name.as_str().to_owned()).as_deref(), Ok(name));
            assert_eq!(name.parse::<Nickname>().map(|name| name.as_str().to_owned()).as_deref(), Ok(name));
        }
    }

    #[test]
    fn a_name_that_shows_nothing_is_blank() {
        for name in
            ["", " ", "\t\n", "\u{200B}", "\u{3164}", "\u{200D}\u{200C}", "\u{FE0F}", " \u{301}", "\0"]
        {
            assert_eq!(refused(name), PersonNameError::Blank, "{name:?}");
        }
    }

    /// S55, S78: nothing that breaks the line, turns the text or hides in it; NUL, which PostgreSQL refuses, included.
    #[test]
    fn hidden_characters_are_refused() {
        for c in "\0\u{1}\t\n\r\u{7F}\u{85}\u{2028}\u{2029}\u{202E}\u{2066}\u{200B}\u{200E}\u{FEFF}\u{AD}\u{E000}\u{378}\u{3164}".chars() {
            assert_eq!(refused(&format!("Éva{c}Nagy")), PersonNameError::Unprintable, "{c:?}");
        }
        for name in [
            "Éva \u{200D}Nagy",
            "\u{200D}Éva",
            "Éva\u{200C}",
            "É\u{200D}\u{200D}va",
            "\u{FE0F}Éva",
            "\u{301}Éva",
        ] {
            assert_eq!(refused(name), PersonNameError::Unprintable, "{name:?}");
        }
    }

    #[test]
    fn spaces_at_the_ends_are_refused_and_not_cut() {
        for name in [" Éva", "Éva ", "\u{3000}Éva", "Éva\n"] {
            assert_eq!(refused(name), PersonNameError::OuterSpace, "{name:?}");
        }
    }

    #[test]
    fn a_full_name_has_150_characters_and_a_nickname_64() {
        assert!("字".repeat(150).parse::<FullName>().is_ok());
        assert_eq!(refused(&"字".repeat(151)), PersonNameError::TooLong(150));
        assert!("字".repeat(64).parse::<Nickname>().is_ok());
        assert_eq!("a".repeat(65).parse::<Nickname>(), Err(PersonNameError::TooLong(64)));
    }

    proptest! {
        #[test]
        fn what_is_taken_comes_back_from_the_database(text in prop_oneof![any::<String>(), "\\PC{1,70}", "[\\p{L}\\p{M} \u{200C}\u{200D}]{1,20}"]) {
            if let Ok(name) = text.parse::<FullName>() {
                prop_assert_eq!(name.as_str(), &text);
                prop_assert_eq!(name.as_str().parse::<FullName>(), Ok(name));
                prop_assert!(!text.contains(char::is_control));
                prop_assert_eq!(text.parse::<Nickname>().is_ok(), text.chars().count() <= 64);
            }
        }
    }
}
