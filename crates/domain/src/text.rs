//! What people write: the rules that titles, posts, comments and messages share.

use thiserror::Error;

use crate::code_point::{is_default_ignorable, is_joiner, is_mark, is_unprintable, is_variation_selector};

/// Why a text is not taken.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum TextError {
    /// No character, or none that shows.
    #[error("is empty")]
    Blank,
    /// More than this many characters.
    #[error("must have at most {0} characters")]
    TooLong(usize),
    /// More than this many bytes in UTF-8.
    #[error("must have at most {0} bytes")]
    TooLarge(usize),
    /// A NUL, which PostgreSQL does not keep; in a line also a control, a line break, or a character that hides or turns the
    /// text.
    #[error("holds a character that cannot be shown")]
    Unprintable,
}

/// One line of up to `max` characters, without the spaces around it.
pub(crate) fn line(text: &str, max: usize) -> Result<String, TextError> {
    let line = text.trim();
    if line.chars().nth(max).is_some() {
        return Err(TextError::TooLong(max));
    }
    if !line.chars().any(shows) {
        return Err(TextError::Blank);
    }
    let hides = |c: char| is_default_ignorable(c) && !is_joiner(c) && !is_variation_selector(c);
    if line.chars().any(|c| is_unprintable(c) && !is_joiner(c) || hides(c)) {
        return Err(TextError::Unprintable);
    }
    Ok(line.to_owned())
}

/// Any number of lines of up to `max` characters together, kept as they were written.
pub(crate) fn lines(text: &str, max: usize) -> Result<String, TextError> {
    if text.chars().nth(max).is_some() { Err(TextError::TooLong(max)) } else { written(text) }
}

/// Any number of lines of up to `max` bytes together, kept as they were written.
pub(crate) fn document(text: &str, max: usize) -> Result<String, TextError> {
    if text.len() > max { Err(TextError::TooLarge(max)) } else { written(text) }
}

fn written(text: &str) -> Result<String, TextError> {
    if text.contains('\0') {
        return Err(TextError::Unprintable);
    }
    if text.chars().any(shows) { Ok(text.to_owned()) } else { Err(TextError::Blank) }
}

fn shows(c: char) -> bool {
    !(c.is_whitespace() || is_unprintable(c) || is_default_ignorable(c) || is_mark(c))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_line_is_kept_without_the_spaces_around_it() {
        for (typed, kept) in [
            ("  A day in Kerala\n", "A day in Kerala"),
            ("केरल में एक दिन", "केरल में एक दिन"),
            ("می\u{200C}خواهم", "می\u{200C}خواهم"),
            ("❤\u{FE0F} {{7*7}} %s", "❤\u{FE0F} {{7*7}} %s"),
        ] {
            assert_eq!(line(typed, 200).as_deref(), Ok(kept));
        }
    }

    /// S55, S78
    #[test]
    fn a_line_has_nothing_that_breaks_turns_or_hides() {
        for c in "\0\t\n\r\u{7F}\u{85}\u{2028}\u{202E}\u{2066}\u{200B}\u{FEFF}\u{AD}\u{E000}".chars() {
            assert_eq!(line(&format!("a{c}b"), 200), Err(TextError::Unprintable), "{c:?}");
        }
    }

    #[test]
    fn a_text_keeps_its_lines_and_refuses_nul() {
        let text = "# One\r\n\n\ttwo\n";
        assert_eq!(lines(text, 100).as_deref(), Ok(text));
        assert_eq!(document(text, 100).as_deref(), Ok(text));
        assert_eq!(lines("a\0b", 100), Err(TextError::Unprintable));
        assert_eq!(document("a\0b", 100), Err(TextError::Unprintable));
    }

    #[test]
    fn what_shows_nothing_is_blank() {
        for text in ["", " ", "\n\t", "\u{200B}", "\u{200D}", " \u{301}", "\u{3164}"] {
            let refused = [line(text, 9), lines(text, 9), document(text, 9)];
            assert!(refused.iter().all(|refused| *refused == Err(TextError::Blank)), "{text:?}");
        }
    }

    #[test]
    fn lines_are_counted_in_characters_and_documents_in_bytes() {
        assert_eq!(line(&"字".repeat(4), 3), Err(TextError::TooLong(3)));
        assert_eq!(lines(&"字".repeat(4), 3), Err(TextError::TooLong(3)));
        assert_eq!(document(&"字".repeat(4), 11), Err(TextError::TooLarge(11)));
        assert!(lines(&"字".repeat(3), 3).is_ok() && document(&"字".repeat(4), 12).is_ok());
    }

    proptest! {
        #[test]
        fn what_is_taken_comes_back_from_the_database(text in prop_oneof![any::<String>(), "\\PC{1,40}"]) {
            if let Ok(kept) = line(&text, 30) {
                prop_assert_eq!(line(&kept, 30), Ok(kept.clone()));
                prop_assert!(!kept.contains(char::is_control));
            }
            if let Ok(kept) = lines(&text, 30) {
                prop_assert_eq!(kept, text);
            }
        }
    }
}
