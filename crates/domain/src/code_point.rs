//! What a single character is, where that decides whether a text may be kept.
//!
//! ASCII is decided without the tables of Unicode: every account that is read goes through here, and most are ASCII.

use unicode_properties::{GeneralCategory, GeneralCategoryGroup, UnicodeGeneralCategory};

/// Whether `c` shows nothing by itself (the property `Default_Ignorable_Code_Point` of Unicode 16).
///
/// Two names that differ in such characters only look the same, so keys leave them out and names refuse them.
pub(crate) fn is_default_ignorable(c: char) -> bool {
    matches!(c,
        '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}'..='\u{1160}' | '\u{17B4}'..='\u{17B5}'
        | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}'
        | '\u{FFF0}'..='\u{FFF8}' | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D173}'..='\u{1D17A}'
        | '\u{E0000}'..='\u{E0FFF}')
}

/// Whether `c` joins its neighbours or keeps them apart: Persian and the scripts of India cannot be spelt without.
pub(crate) fn is_joiner(c: char) -> bool {
    matches!(c, '\u{200C}' | '\u{200D}')
}

/// Whether `c` only picks one of several shapes of the character before it: rare forms of Han, emoji, Mongolian.
pub(crate) fn is_variation_selector(c: char) -> bool {
    matches!(c, '\u{180B}'..='\u{180D}' | '\u{180F}' | '\u{FE00}'..='\u{FE0F}' | '\u{E0100}'..='\u{E01EF}')
}

/// Whether `c` is a letter or a mark set on one.
pub(crate) fn is_letter(c: char) -> bool {
    c.is_ascii_alphabetic()
        || !c.is_ascii()
            && matches!(c.general_category_group(), GeneralCategoryGroup::Letter | GeneralCategoryGroup::Mark)
}

/// Whether `c` is a mark, which needs a character before it to stand on.
pub(crate) fn is_mark(c: char) -> bool {
    !c.is_ascii() && c.general_category_group() == GeneralCategoryGroup::Mark
}

/// Whether `c` is a decimal digit of any script.
pub(crate) fn is_digit(c: char) -> bool {
    c.is_ascii_digit() || !c.is_ascii() && c.general_category() == GeneralCategory::DecimalNumber
}

/// Whether `c` means anything but itself in a line of text: a control, a line break, a direction override, or a
/// character that is private, reserved or none at all.
pub(crate) fn is_unprintable(c: char) -> bool {
    use GeneralCategory::{LineSeparator, ParagraphSeparator};
    if c.is_ascii() {
        return c.is_ascii_control();
    }
    c.general_category_group() == GeneralCategoryGroup::Other
        || matches!(c.general_category(), LineSeparator | ParagraphSeparator)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_breaks_a_line_or_turns_the_text_is_unprintable() {
        for c in [
            '\0', '\n', '\r', '\u{85}', '\u{2028}', '\u{2029}', '\u{202E}', '\u{2066}', '\u{E000}', '\u{378}',
        ] {
            assert!(is_unprintable(c), "{c:?}");
        }
        for c in ['a', ' ', '\u{3000}', 'é', '字', '🎉'] {
            assert!(!is_unprintable(c), "{c:?}");
        }
    }

    #[test]
    fn ascii_is_decided_as_the_tables_of_unicode_have_it() {
        for c in '\0'..='\x7f' {
            let (category, group) = (c.general_category(), c.general_category_group());
            assert_eq!(is_letter(c), group == GeneralCategoryGroup::Letter, "{c:?}");
            assert_eq!(is_digit(c), category == GeneralCategory::DecimalNumber, "{c:?}");
            assert_eq!(is_unprintable(c), group == GeneralCategoryGroup::Other, "{c:?}");
            assert!(!is_mark(c) && group != GeneralCategoryGroup::Mark, "{c:?}");
        }
    }

    #[test]
    fn joiners_and_selectors_show_nothing_by_themselves() {
        let silent = ('\0'..=char::MAX).filter(|c| is_joiner(*c) || is_variation_selector(*c));
        assert!(silent.clone().count() > 250);
        assert!(silent.clone().all(is_default_ignorable));
    }
}
