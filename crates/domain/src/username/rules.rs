//! What a chosen name must look like, after NFKC.

use unicode_normalization::UnicodeNormalization;
use unicode_properties::{GeneralCategoryGroup, UnicodeGeneralCategory};
use unicode_security::general_security_profile::IdentifierType;
use unicode_security::mixed_script::MixedScript;
use unicode_security::{GeneralSecurityProfile, mixed_script::AugmentedScriptSet};

use super::{Username, UsernameError};
use crate::code_point::{is_default_ignorable, is_digit, is_letter, is_mark};

/// Checks `name`, which must be in NFKC, against every rule but the reserved names.
pub(super) fn check(name: &str) -> Result<(), UsernameError> {
    let length = name.chars().count();
    if length == 0 {
        return Err(UsernameError::Empty);
    }
    if length < Username::MIN_CHARS {
        return Err(UsernameError::TooShort);
    }
    if length > Username::MAX_CHARS {
        return Err(UsernameError::TooLong(Username::MAX_CHARS));
    }
    if !name.chars().all(is_allowed) {
        return Err(UsernameError::Character);
    }
    if !has_firm_edges(name) {
        return Err(UsernameError::Edge);
    }
    if most_marks_in_a_row(name) > Username::MAX_MARKS {
        return Err(UsernameError::TooManyMarks);
    }
    if keeps_to_one_script(name) && keeps_to_one_kind_of_digit(name) {
        Ok(())
    } else {
        Err(UsernameError::MixedScripts)
    }
}

/// Whether `c` is a number that is not a digit, such as `½` or `Ⅷ`, which Django counts among the letters.
pub(super) fn is_other_number(c: char) -> bool {
    c.general_category_group() == GeneralCategoryGroup::Number
}

fn is_allowed(c: char) -> bool {
    matches!(c, '_' | '.' | '-')
        || ((is_letter(c) || is_digit(c)) && is_in_use(c) && !is_default_ignorable(c))
}

/// Letters that some people write their names with today (Unicode Technical Standard 39, 3.1). Dead scripts, phonetic
/// signs and deprecated letters serve impostors only.
fn is_in_use(c: char) -> bool {
    use IdentifierType::{Inclusion, Limited_Use, Recommended, Uncommon_Use};
    matches!(c.identifier_type(), Some(Recommended | Inclusion | Limited_Use | Uncommon_Use))
}

fn has_firm_edges(name: &str) -> bool {
    let begins = name.chars().next().is_some_and(|c| (is_letter(c) && !is_mark(c)) || is_digit(c));
    let ends = name.chars().next_back().is_some_and(|c| is_letter(c) || is_digit(c));
    begins && ends
}

/// Counted in decomposed letters, so that `ḳ` brings a mark along.
fn most_marks_in_a_row(name: &str) -> usize {
    let decomposed: String = name.nfd().collect();
    decomposed.split(|c| !is_mark(c)).map(|marks| marks.chars().count()).max().unwrap_or(0)
}

/// One script, where Japanese (Han, Hiragana, Katakana), Korean and Chinese count as one each; those three may stand
/// beside ASCII letters, as they do on every street (the level "highly restrictive" of Unicode Technical Standard 39).
fn keeps_to_one_script(name: &str) -> bool {
    if name.is_single_script() {
        return true;
    }
    let mut beside_latin = AugmentedScriptSet::default();
    for c in name.chars().filter(|c| !c.is_ascii()) {
        beside_latin.intersect_with(c.into());
    }
    beside_latin.hanb || beside_latin.jpan || beside_latin.kore
}

/// Digits of one script only (Unicode Technical Standard 39, 5.3): `٤` and `۴` are the same four to a reader.
fn keeps_to_one_kind_of_digit(name: &str) -> bool {
    let mut zeros = name.chars().filter(|c| is_digit(*c)).map(zero_of);
    let first = zeros.next();
    zeros.all(|zero| Some(zero) == first)
}

/// The zero of the digits `digit` belongs to: digits of a script stand in a row, ten at a time.
fn zero_of(digit: char) -> u32 {
    let down = (0..10).map_while(|step| (digit as u32).checked_sub(step));
    down.take_while(|code| char::from_u32(*code).is_some_and(is_digit)).last().unwrap_or(digit as u32)
}
