//! Telephone numbers.

use std::fmt;
use std::str::FromStr;

use phonenumber::Type;
use phonenumber::metadata::{DATABASE, Metadata};
use thiserror::Error;

/// A telephone number in E.164: `+` and 7 to 15 digits, such as `+919876543210`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhoneNumber(String);

/// Why a text is no telephone number.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum PhoneNumberError {
    /// No `+` in front, so the country is unknown.
    #[error("must begin with `+` and the country code")]
    NotInternational,
    /// Something else than digits, spaces, `-`, `(` and `)` after the `+`, or too much of them.
    #[error("may hold digits, spaces, `-`, `(` and `)` only")]
    Malformed,
    /// No country has such a number.
    #[error("is not a telephone number")]
    Unknown,
}

impl PhoneNumber {
    /// The most digits a number has (ITU-T E.164, 6.2).
    pub const MAX_DIGITS: usize = 15;
    /// The longest text taken, in bytes: 15 digits and as much room again between them.
    pub const MAX_TYPED_BYTES: usize = 40;

    /// The door of the database: whatever has the form of E.164.
    ///
    /// Countries change what they give out. A number that was one when it was stored stays what it is, or bringing
    /// their tables up to date would make accounts unreadable.
    pub fn admit(stored: &str) -> Result<Self, PhoneNumberError> {
        let digits = stored.strip_prefix('+').ok_or(PhoneNumberError::NotInternational)?;
        let has_form = (1..=Self::MAX_DIGITS).contains(&digits.len())
            && digits.bytes().all(|digit| digit.is_ascii_digit())
            && !digits.starts_with('0');
        if has_form { Ok(Self(stored.to_owned())) } else { Err(PhoneNumberError::Malformed) }
    }

    /// The number in E.164.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The door of people. Spaces, hyphens and parentheses are dropped, and with them a trunk zero written `(0)`.
impl FromStr for PhoneNumber {
    type Err = PhoneNumberError;

    fn from_str(typed: &str) -> Result<Self, Self::Err> {
        let number = typed.strip_prefix('+').ok_or(PhoneNumberError::NotInternational)?;
        let is_allowed = |c: char| c.is_ascii_digit() || matches!(c, ' ' | '-' | '(' | ')');
        if typed.len() > Self::MAX_TYPED_BYTES || !number.chars().all(is_allowed) {
            return Err(PhoneNumberError::Malformed);
        }
        let digits: String = number.replacen("(0)", "", 1).chars().filter(char::is_ascii_digit).collect();
        if is_assigned(&digits) { Ok(Self(format!("+{digits}"))) } else { Err(PhoneNumberError::Unknown) }
    }
}

impl fmt::Display for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether some country gives out the number `digits`, country code first.
///
/// The database is asked directly: the parser that comes with it mends what it reads and takes the 8 of `+7 800 ...`
/// for a trunk prefix, and nobody asked for the number it would make of that.
fn is_assigned(digits: &str) -> bool {
    if digits.starts_with('0') || digits.len() > PhoneNumber::MAX_DIGITS {
        return false;
    }
    let countries = (1..=3).filter_map(|length| {
        let (code, national) = digits.split_at_checked(length)?;
        Some((DATABASE.by_code(&code.parse().ok()?)?, national))
    });
    countries
        .into_iter()
        .any(|(countries, national)| countries.iter().any(|country| gives_out(country, national)))
}

fn gives_out(country: &Metadata, national: &str) -> bool {
    let kinds = [
        Type::Mobile,
        Type::FixedLine,
        Type::Voip,
        Type::TollFree,
        Type::PremiumRate,
        Type::SharedCost,
        Type::PersonalNumber,
        Type::Pager,
        Type::Uan,
        Type::Voicemail,
    ];
    let numbers = country.descriptors();
    let is_of = |kind| numbers.get(kind).is_some_and(|numbers| numbers.is_match(national));
    numbers.general().is_match(national) && kinds.into_iter().any(is_of)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_are_kept_in_e164() {
        for (typed, e164) in [
            ("+919876543210", "+919876543210"),
            ("+91 98765 43210", "+919876543210"),
            ("+1 (202) 456-1111", "+12024561111"),
            ("+44 (0)20 7946 0018", "+442079460018"),
            ("+39 06 6982", "+39066982"),
            ("+49-30-901820", "+4930901820"),
            ("+7 800 555-35-35", "+78005553535"),
        ] {
            assert_eq!(
                typed.parse::<PhoneNumber>().map(|number| number.as_str().to_owned()).as_deref(),
                Ok(e164)
            );
        }
    }

    #[test]
    fn what_nobody_can_call_is_refused() {
        for (typed, error) in [
            ("", PhoneNumberError::NotInternational),
            ("9876543210", PhoneNumberError::NotInternational),
            ("00919876543210", PhoneNumberError::NotInternational),
            (" +919876543210", PhoneNumberError::NotInternational),
            ("＋919876543210", PhoneNumberError::NotInternational),
            ("+9198765x43210", PhoneNumberError::Malformed),
            ("+91٩876543210", PhoneNumberError::Malformed),
            ("+919876543210;ext=1", PhoneNumberError::Malformed),
            ("+919876543210\n", PhoneNumberError::Malformed),
            ("++919876543210", PhoneNumberError::Malformed),
            ("+", PhoneNumberError::Unknown),
            ("+91", PhoneNumberError::Unknown),
            ("+1 555", PhoneNumberError::Unknown),
            ("+999 123456789", PhoneNumberError::Unknown),
            ("+44 0 20 7946 0018", PhoneNumberError::Unknown),
            ("+9198765432101234567", PhoneNumberError::Unknown),
            (&format!("+{}", "9".repeat(1 << 20)), PhoneNumberError::Malformed),
        ] {
            assert_eq!(typed.parse::<PhoneNumber>(), Err(error), "{typed:.40?}");
        }
    }

    #[test]
    fn a_stored_number_stays_one_whatever_countries_give_out_today() {
        for stored in ["+919876543210", "+999123456789", "+1"] {
            assert_eq!(PhoneNumber::admit(stored).map(|number| number.0).as_deref(), Ok(stored));
        }
        for other in
            ["", "+", "919876543210", "+0123456789", "+91 98765 43210", "+91٩876543210", "+1234567890123456"]
        {
            assert!(PhoneNumber::admit(other).is_err(), "{other}");
        }
    }

    /// Every country's own example of a number of each kind is taken as it is.
    #[test]
    fn the_numbers_countries_give_out_are_taken() {
        let mut taken = 0;
        for country in DATABASE.iter() {
            for kind in [Type::Mobile, Type::FixedLine, Type::TollFree, Type::Voip] {
                let Some(example) = country.descriptors().get(kind).and_then(|numbers| numbers.example())
                else {
                    continue;
                };
                let e164 = format!("+{}{example}", country.country_code());
                assert_eq!(e164.parse::<PhoneNumber>().map(|number| number.0), Ok(e164));
                taken += 1;
            }
        }
        assert!(taken > 600, "{taken}");
    }

    proptest! {
        #[test]
        fn what_is_taken_comes_back_from_the_database(text in prop_oneof![any::<String>(), "\\+[0-9() -]{1,20}", "\\+(1|44|49|91|39|7|86)[0-9]{7,11}"]) {
            if let Ok(number) = text.parse::<PhoneNumber>() {
                prop_assert!(number.as_str().len() <= 16);
                prop_assert_eq!(PhoneNumber::admit(number.as_str()), Ok(number.clone()));
                prop_assert_eq!(number.as_str().parse::<PhoneNumber>(), Ok(number));
            }
        }
    }
}
