//! What accounts are looked for by.

use std::str::FromStr;

use thiserror::Error;
use vestibule_domain::email::EmailAddress;
use vestibule_domain::fold::fold;

/// What is looked for, folded as the keys are: 1 to 100 characters, without the spaces around them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchText(String);

/// Why nothing can be looked for.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum SearchTextError {
    /// Nothing, or nothing that shows.
    #[error("is empty")]
    Blank,
    /// More than [`SearchText::MAX_CHARS`] characters.
    #[error("must have at most {} characters", SearchText::MAX_CHARS)]
    TooLong,
    /// A NUL or another control.
    #[error("holds a character that cannot be shown")]
    Unprintable,
}

/// Greater than every character that a key may hold, and so a text followed by it is greater than every text it begins.
const LAST: char = char::MAX;

impl SearchText {
    /// The longest text, in characters.
    pub const MAX_CHARS: usize = 100;
    /// Shorter ones, in characters as folded, are looked for at the beginning only: no three characters, no trigram.
    const TRIGRAM: usize = 3;

    /// The text, folded.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is looked for anywhere, and not only at the beginning.
    pub(super) fn is_anywhere(&self) -> bool {
        self.0.chars().nth(Self::TRIGRAM - 1).is_some()
    }

    /// Where the texts end that begin with it: each is less than this.
    pub(super) fn end(&self) -> String {
        format!("{}{LAST}", self.0)
    }

    /// What addresses are looked for by where that is not the text itself: in a key, the domain is written as the domain name
    /// system has it.
    pub(super) fn address(&self) -> Option<String> {
        let key = self.0.parse::<EmailAddress>().ok()?.key();
        (key.as_str() != self.0).then(|| key.as_str().to_owned())
    }
}

impl FromStr for SearchText {
    type Err = SearchTextError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.chars().nth(Self::MAX_CHARS).is_some() {
            return Err(SearchTextError::TooLong);
        }
        if text.chars().any(|c| c.is_control() || c == LAST) {
            return Err(SearchTextError::Unprintable);
        }
        let folded = fold(text);
        match folded.trim() {
            "" => Err(SearchTextError::Blank),
            shown => Ok(Self(shown.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded(text: &str) -> Result<String, SearchTextError> {
        text.parse::<SearchText>().map(|text| text.0)
    }

    #[test]
    fn a_text_is_folded_as_the_keys_are() {
        for (text, key) in [
            ("Mike", "mike"),
            ("  Ada  L ", "ada  l"),
            ("E\u{301}VA", "éva"),
            ("STRAẞE", "strasse"),
            ("％_\\", "%_\\"),
            ("\"'", "\"'"),
            ("字", "字"),
        ] {
            assert_eq!(folded(text).as_deref(), Ok(key), "{text}");
        }
    }

    #[test]
    fn nothing_too_much_and_controls_are_refused() {
        for text in ["", " ", "\u{3000}", "\u{200B}", " \u{AD} "] {
            assert_eq!(folded(text), Err(SearchTextError::Blank), "{text:?}");
        }
        assert_eq!(folded(&"字".repeat(100)).map(|text| text.chars().count()), Ok(100));
        assert_eq!(folded(&"a".repeat(101)), Err(SearchTextError::TooLong));
        for text in ["a\0", "\n", "\u{7F}", "a\u{85}b", "\u{10FFFF}"] {
            assert_eq!(folded(text), Err(SearchTextError::Unprintable), "{text:?}");
        }
    }

    #[test]
    fn one_or_two_characters_are_looked_for_at_the_beginning() {
        let is_anywhere = |text: &str| text.parse::<SearchText>().unwrap().is_anywhere();
        assert_eq!(["a", "éé", "字字", "abc", "字字字"].map(is_anywhere), [false, false, false, true, true]);
    }

    #[test]
    fn an_address_is_looked_for_as_its_key_has_it() {
        let address = |text: &str| text.parse::<SearchText>().unwrap().address();
        assert_eq!(address("Ada@Bücher.example").as_deref(), Some("ada@xn--bcher-kva.example"));
        assert_eq!([address("ada@example.org"), address("ada@"), address("ada")], [None, None, None]);
    }
}
