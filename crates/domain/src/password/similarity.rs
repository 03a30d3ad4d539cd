//! How much a password resembles what everybody knows about its owner.

use zeroize::Zeroizing;

use crate::fold::fold;

/// How many characters of a personal detail are looked at; a longer one is no likely password.
const MAX_CHARS: usize = 254;

/// The characters of a password, ready to be compared with one detail after another.
pub(super) struct Resemblance {
    letters: Zeroizing<Vec<char>>,
}

impl Resemblance {
    /// Gets `password`, in NFKC, ready.
    pub(super) fn new(password: &str) -> Self {
        let folded = Zeroizing::new(fold(password));
        let mut letters = Zeroizing::new(Vec::with_capacity(folded.len()));
        letters.extend(folded.chars());
        letters.sort_unstable();
        Self { letters }
    }

    /// Whether the password resembles `detail` as a whole or one of its words.
    pub(super) fn to(&self, detail: &str) -> bool {
        let detail: String = detail.chars().take(MAX_CHARS).collect();
        let detail = fold(&detail);
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        self.is_close_to(&detail) || detail.split(|c| !is_word(c)).any(|word| self.is_close_to(word))
    }

    /// Whether seven tenths of the characters of both together pair off, in whatever order: the measure and the
    /// bound Django uses, so a password that was good there is good here.
    fn is_close_to(&self, word: &str) -> bool {
        let length = word.chars().count();
        let both = self.letters.len() + length;
        let is_close = |pairs: usize| pairs > 0 && 20 * pairs >= 7 * both;
        if !is_close(length.min(self.letters.len())) {
            return false;
        }
        let mut letters: Vec<char> = word.chars().collect();
        letters.sort_unstable();
        is_close(pairs(&self.letters, &letters))
    }
}

/// How many members two sorted lists have in common, repetitions counted.
fn pairs(one: &[char], other: &[char]) -> usize {
    let (mut at, mut found) = (0, 0);
    for letter in one {
        while other.get(at).is_some_and(|next| next < letter) {
            at += 1;
        }
        if other.get(at) == Some(letter) {
            at += 1;
            found += 1;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn seven_tenths_in_common_is_too_close() {
        assert!(Resemblance::new("abcdefg123").to("abcdefgxyz"), "14 of 20");
        assert!(!Resemblance::new("abcdef1234").to("abcdefwxyz"), "12 of 20");
        assert!(Resemblance::new("gfedcba").to("abcdefg"), "the order does not matter");
        assert!(!Resemblance::new("aaaaaaaa").to("abcdefgh"), "each character pairs off once");
    }

    #[test]
    fn the_words_of_a_detail_count_as_much_as_the_whole() {
        let password = Resemblance::new("nakamura7");
        assert!(password.to("Nakamura Haruki"));
        assert!(password.to("haruki@nakamura.example"));
        assert!(!password.to("Haruki Tanizaki"));
        assert!(!password.to(""));
    }

    #[test]
    fn case_and_composition_do_not_matter() {
        assert!(Resemblance::new("ÉVANAGY1").to("e\u{301}vanagy"));
    }

    proptest! {
        #[test]
        fn a_detail_itself_is_always_too_close(detail in "[\\p{L}0-9]{1,40}") {
            prop_assert!(Resemblance::new(&detail).to(&detail));
        }

        #[test]
        fn no_text_is_too_odd_to_compare(password in any::<String>(), detail in any::<String>()) {
            let shared = Resemblance::new(&password).to(&detail);
            prop_assert!(!shared || password.chars().any(|c| !c.is_ascii() || detail.to_lowercase().contains(c.to_ascii_lowercase()) || !detail.is_ascii()));
        }
    }
}
