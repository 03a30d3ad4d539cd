//! Passwords so common that guessing begins with them.

use crate::fold::fold;

/// One a line, lower case, sorted by byte; `data/README.md` says where they come from.
static COMMON: &str = include_str!("../../data/common-passwords.txt");

/// Words that suggest themselves on this service (OWASP ASVS 5.0, 6.2.11).
const CONTEXT: &[&str] = &["vestibule"];

/// Whether `password`, in NFKC, is on the list of common passwords whatever its case and outer spaces, or is nothing
/// but a word of this service with digits and signs around it.
pub(super) fn is_common(password: &str) -> bool {
    let folded = zeroize::Zeroizing::new(fold(password));
    let word = folded.trim_matches(|c: char| !c.is_alphabetic());
    is_listed(folded.trim()) || CONTEXT.contains(&word)
}

/// Bisects the text itself: `low` and `high` are always the beginnings of lines, or the end.
fn is_listed(word: &str) -> bool {
    let (mut low, mut high) = (0, COMMON.len());
    while low < high {
        let middle = low.midpoint(high);
        let start = COMMON[..middle].rfind('\n').map_or(0, |newline| newline + 1);
        let end = COMMON[middle..].find('\n').map_or(COMMON.len(), |newline| middle + newline);
        match COMMON[start..end].cmp(word) {
            std::cmp::Ordering::Equal => return true,
            std::cmp::Ordering::Less => low = end + 1,
            std::cmp::Ordering::Greater => high = start,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    /// S60: far more than the 3,000 passwords of the least length that OWASP ASVS 5.0 (6.2.4) asks for.
    #[test]
    fn the_list_is_sorted_lower_case_and_long() {
        let words: Vec<_> = COMMON.lines().collect();
        assert_eq!(words.len(), 16_285);
        assert!(words.is_sorted_by(|one, next| one < next), "sorted by byte and without duplicates");
        assert!(words.iter().all(|word| word.len() >= 8 && *word == fold(word) && *word == word.trim()));
        assert!(COMMON.is_ascii() && COMMON.ends_with('\n'));
    }

    #[test]
    fn every_word_of_the_list_is_found() {
        assert!(COMMON.lines().all(is_listed));
    }

    #[test]
    fn what_is_not_a_whole_line_is_not_found() {
        for word in [
            "",
            "passwor",
            "password\n",
            "zzzzzzzzzzz",
            "!",
            "\u{7F}",
            "correct horse battery staple",
            "asswor",
        ] {
            assert!(!is_listed(word), "{word:?}");
        }
    }

    #[test]
    fn case_width_and_outer_spaces_do_not_hide_a_common_password() {
        for word in [
            "password",
            "PassWord",
            " iloveyou ",
            "ＰＡＳＳＷＯＲＤ",
            "pass\u{200B}word",
            "mi\u{212A}emi\u{212A}e",
            "ba\u{17F}eball",
        ] {
            assert!(is_common(word), "{word:?}");
        }
    }

    #[test]
    fn the_name_of_the_service_is_no_password() {
        for word in ["vestibule", "Vestibule123", "!!VESTIBULE2026"] {
            assert!(is_common(word), "{word}");
        }
        assert!(!is_common("the vestibule of the old library"));
    }
}
