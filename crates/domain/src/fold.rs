//! The one folding behind every unique key.
//!
//! Compatibility forms, case and characters that show nothing are folded away, and the result has the same bytes on
//! both databases, where `lower()` would not (SQLite folds ASCII only). CVE-2019-19844 is what happens when a look-up
//! folds differently from the unique index.

use caseless::Caseless;
use unicode_normalization::UnicodeNormalization;

use crate::code_point::is_default_ignorable;

/// How often folding is repeated at most. Every character there is comes to rest after two rounds (a test goes
/// through them all), so the bound only keeps a future table from looping.
const MAX_ROUNDS: usize = 4;

/// The folded form of `text`: equal for two texts that differ in case, width, composition or invisible characters
/// only. Folding it again changes nothing. The time is linear in the length.
///
/// Dotless `ı` stays what it is: only letters that Unicode itself takes for one another in any language are joined.
#[must_use]
pub fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let mut folded = fold_once(text);
    for _ in 1..MAX_ROUNDS {
        let again = fold_once(&folded);
        if again == folded {
            break;
        }
        folded = again;
    }
    folded
}

/// The same without the accents of Latin letters: who looks for something types `Gandhi` where `Gāndhī` stands. For searching
/// alone; as a key it would join names that are not the same.
#[must_use]
pub fn fold_loosely(text: &str) -> String {
    let is_accent = |c: &char| ('\u{300}'..='\u{36F}').contains(c);
    let bare: String = fold(text).nfd().filter(|c| !is_accent(c)).collect();
    bare.nfc().collect()
}

/// One round. Decomposing first keeps a Greek iota subscript from moving between rounds (Unicode 3.13, D146).
fn fold_once(text: &str) -> String {
    text.nfd().default_case_fold().nfkc().filter(|c| !is_default_ignorable(*c)).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use unicode_normalization::UnicodeNormalization;

    use super::*;

    /// S08, S78: the letters that other systems folded apart.
    #[test]
    fn letters_that_mean_the_same_fold_to_one() {
        for (text, key) in [
            ("MIKE", "mike"),
            ("mi\u{212A}e", "mike"),
            ("ｍｉｋｅ", "mike"),
            ("Ⓜike", "mike"),
            ("𝐦𝐢𝐤𝐞", "mike"),
            ("me\u{17F}\u{17F}age", "message"),
            ("straße", "strasse"),
            ("STRASSE", "strasse"),
            ("ΣΊΣΥΦΟΣ", "σίσυφοσ"),
            ("E\u{301}va", "éva"),
            ("Éva", "éva"),
            ("mi\u{200B}ke", "mike"),
            ("mi\u{AD}ke\u{FE0F}", "mike"),
            ("℡", "tel"),
            ("\u{1F80}", "\u{1F00}\u{3B9}"),
        ] {
            assert_eq!(fold(text), key, "{text}");
        }
    }

    /// S08: `mıke` is not `mike`, nor is `MİKE`.
    #[test]
    fn a_dotless_i_is_no_i() {
        assert_eq!(fold("mıke"), "mıke");
        assert_ne!(fold("MİKE"), "mike");
        assert_ne!(fold("mіke"), "mike", "with a Ukrainian і");
    }

    #[test]
    fn who_searches_need_not_know_the_accents() {
        for (text, loose) in
            [("Gāndhī", "gandhi"), ("ÉVA", "eva"), ("हिन्दी", "हिन्दी"), ("മലയാളം", "മലയാളം"), ("100%", "100%")]
        {
            assert_eq!(fold_loosely(text), loose, "{text}");
        }
    }

    #[test]
    fn every_character_comes_to_rest_within_the_bound() {
        for c in '\0'..=char::MAX {
            let folded = fold(c.encode_utf8(&mut [0; 4]));
            assert_eq!(fold_once(&folded), folded, "{c:?}");
        }
    }

    proptest! {
        #[test]
        fn folding_twice_is_folding_once(text in any::<String>()) {
            let folded = fold(&text);
            prop_assert_eq!(fold(&folded), folded);
        }

        /// Marks in any order after a letter are where normalization forms differ most.
        #[test]
        fn folding_twice_is_folding_once_under_piles_of_marks(text in "([a-zA-Zα-ωΑ-Ωᾀ-ᾼıİſ][\u{300}-\u{36F}]{0,4}){1,8}") {
            let folded = fold(&text);
            prop_assert_eq!(fold(&folded), folded);
        }

        /// S09, S78: composition and case never make two keys of one name.
        #[test]
        fn composition_and_width_do_not_change_the_fold(text in any::<String>()) {
            let folded = fold(&text);
            prop_assert_eq!(&fold(&text.nfc().collect::<String>()), &folded);
            prop_assert_eq!(&fold(&text.nfd().collect::<String>()), &folded);
            prop_assert_eq!(&fold(&text.nfkc().collect::<String>()), &folded);
            prop_assert_eq!(&fold(&text.nfkd().collect::<String>()), &folded);
        }

        #[test]
        fn ascii_takes_the_short_way_to_the_same_fold(text in "[\\x00-\\x7F]{0,40}") {
            prop_assert_eq!(fold(&text), fold_once(&text));
        }
    }
}
