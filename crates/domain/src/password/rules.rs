//! What a new password must be: Django's four rules.
//!
//! There is no rule about kinds of characters and none about age: both make passwords worse (NIST SP 800-63B-4,
//! 3.1.1.2). The rules bind new passwords only; a password that signs in today keeps doing so.

use thiserror::Error;

use super::Password;
use super::common::is_common;
use super::similarity::Resemblance;
use crate::code_point::is_digit;

/// The rules, with the least length they ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PasswordRules {
    /// The least length, in characters of the normalized form; [`PasswordRules::new`] keeps it in its range.
    min_length: usize,
}

/// Not a least length this service can be run with.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum PasswordRulesError {
    /// Outside [`PasswordRules::SMALLEST_MIN_LENGTH`] to [`PasswordRules::LARGEST_MIN_LENGTH`].
    #[error(
        "must be between {} and {}",
        PasswordRules::SMALLEST_MIN_LENGTH,
        PasswordRules::LARGEST_MIN_LENGTH
    )]
    MinLengthOutOfRange,
}

/// A rule a password breaks, as a sentence to be shown to its owner.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum WeakPassword {
    /// Fewer characters than this, counted in the normalized form.
    #[error("A password needs at least {0} characters; this one has fewer.")]
    TooShort(usize),
    /// Made of what everybody knows about its owner.
    #[error("This password is too much like your {0}.")]
    TooSimilar(PersonalDetail),
    /// On the list of common passwords, or the name of this service.
    #[error("This password is too common: it is among the first an attacker would try.")]
    TooCommon,
    /// Digits and nothing else.
    #[error("This password is made of digits alone; add other characters.")]
    EntirelyNumeric,
}

/// What a password was found to resemble.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PersonalDetail {
    /// The username.
    Username,
    /// The mail address.
    Email,
    /// The person's name.
    FullName,
}

/// The person's own data a password must not resemble.
#[derive(Clone, Copy, Debug, Default)]
pub struct PersonalData<'a> {
    /// The username, if there is one.
    pub username: Option<&'a str>,
    /// The mail address, if there is one.
    pub email: Option<&'a str>,
    /// The person's name, if they gave it.
    pub full_name: Option<&'a str>,
}

impl PasswordRules {
    /// The least length where nothing else is set: 8 characters, what OWASP ASVS 5.0 (6.2.1) asks at least and NIST
    /// SP 800-63B-4 (3.1.1.2) with a second factor; both recommend 15 where the password stands alone.
    pub const DEFAULT_MIN_LENGTH: usize = 8;
    /// The smallest least length that may be set: the list of common passwords begins at 8 characters, and so do
    /// the standards.
    pub const SMALLEST_MIN_LENGTH: usize = 8;
    /// The largest least length that may be set; a password of 128 characters always fits
    /// [`Password::MAX_BYTES`], whatever its script.
    pub const LARGEST_MIN_LENGTH: usize = 128;

    /// Rules that ask for `min_length` characters, 8 to 128.
    pub fn new(min_length: usize) -> Result<Self, PasswordRulesError> {
        let range = Self::SMALLEST_MIN_LENGTH..=Self::LARGEST_MIN_LENGTH;
        if range.contains(&min_length) {
            Ok(Self { min_length })
        } else {
            Err(PasswordRulesError::MinLengthOutOfRange)
        }
    }

    /// The least length, in characters of the normalized form.
    #[must_use]
    pub fn min_length(&self) -> usize {
        self.min_length
    }

    /// Every rule `password` breaks, each once and in the order of [`WeakPassword`]; empty where it is good.
    ///
    /// The time is bounded by [`Password::MAX_BYTES`]: well under a millisecond for
    /// any password a person would type.
    #[must_use]
    pub fn check(&self, password: &Password, person: PersonalData<'_>) -> Vec<WeakPassword> {
        let text = password.normalized();
        let too_short = text.chars().count() < self.min_length;
        let resembled = person.resembled_by(text);
        [
            too_short.then_some(WeakPassword::TooShort(self.min_length)),
            resembled.map(WeakPassword::TooSimilar),
            is_common(text).then_some(WeakPassword::TooCommon),
            text.chars().all(is_digit).then_some(WeakPassword::EntirelyNumeric),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

impl Default for PasswordRules {
    fn default() -> Self {
        Self { min_length: Self::DEFAULT_MIN_LENGTH }
    }
}

impl PersonalData<'_> {
    /// The first detail `password` resembles.
    fn resembled_by(&self, password: &str) -> Option<PersonalDetail> {
        let resemblance = Resemblance::new(password);
        let details = [
            (PersonalDetail::Username, self.username),
            (PersonalDetail::Email, self.email),
            (PersonalDetail::FullName, self.full_name),
        ];
        details
            .into_iter()
            .find(|(_, text)| text.is_some_and(|text| resemblance.to(text)))
            .map(|(detail, _)| detail)
    }
}

impl std::fmt::Display for PersonalDetail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Username => "username",
            Self::Email => "e-mail address",
            Self::FullName => "name",
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const EVA: PersonalData<'_> = PersonalData {
        username: Some("evanagy"),
        email: Some("eva.nagy@example.hu"),
        full_name: Some("Éva Szabóné"),
    };

    fn password(text: &str) -> Password {
        Password::new(text.to_owned()).expect(text)
    }

    fn check(text: &str) -> Vec<WeakPassword> {
        PasswordRules::default().check(&password(text), EVA)
    }

    /// S60: length is what counts, and no kind of character is asked for.
    #[test]
    fn a_long_phrase_of_any_kind_is_good() {
        for text in [
            "correct horse battery staple",
            "kjwqnrvx",
            "пароль-от-почты",
            "四つの果物が好き",
            "xxxxxxxxxxxxxxxxxx7",
            "🎉🎊🎈🎁🎂🍰🎀🎆",
        ] {
            assert_eq!(check(text), [], "{text}");
        }
    }

    #[test]
    fn each_broken_rule_is_named() {
        assert_eq!(check("kjwqnrv"), [WeakPassword::TooShort(8)]);
        assert_eq!(check("EvaNagy99"), [WeakPassword::TooSimilar(PersonalDetail::Username)]);
        assert_eq!(check("sunshine"), [WeakPassword::TooCommon]);
        assert_eq!(check("8402759163"), [WeakPassword::EntirelyNumeric]);
    }

    /// Several broken rules are told at once and in one order, so that nobody has to try four times.
    #[test]
    fn all_broken_rules_are_named_in_order() {
        let person = PersonalData { username: Some("12345678"), ..EVA };
        let rules = PasswordRules::new(15).expect("15 is in range");
        let broken = rules.check(&password("12345678"), person);
        assert_eq!(
            broken,
            [
                WeakPassword::TooShort(15),
                WeakPassword::TooSimilar(PersonalDetail::Username),
                WeakPassword::TooCommon,
                WeakPassword::EntirelyNumeric,
            ]
        );
        let sentences: Vec<_> = broken.iter().map(ToString::to_string).collect();
        assert!(
            sentences.iter().all(|text| text.starts_with(char::is_uppercase) && text.ends_with('.')),
            "{sentences:?}"
        );
    }

    #[test]
    fn a_password_must_not_resemble_any_detail() {
        assert_eq!(check("nagy.eva@example"), [WeakPassword::TooSimilar(PersonalDetail::Email)]);
        assert_eq!(check("SZABÓNÉ ÉVA"), [WeakPassword::TooSimilar(PersonalDetail::FullName)]);
        assert_eq!(check("1Szabóné1"), [WeakPassword::TooSimilar(PersonalDetail::FullName)]);
        assert_eq!(PasswordRules::default().check(&password("EvaNagy99"), PersonalData::default()), []);
    }

    /// S60: the length is counted, and the list searched, in the form that is hashed.
    #[test]
    fn the_normalized_form_is_what_is_checked() {
        assert_eq!(
            check("e\u{301}e\u{301}e\u{301}e\u{301}"),
            [WeakPassword::TooShort(8)],
            "four letters after NFKC"
        );
        assert_eq!(check("ｓｕｎｓｈｉｎｅ"), [WeakPassword::TooCommon]);
        assert_eq!(check("٨٤٠٢٧٥٩١٦٣"), [WeakPassword::EntirelyNumeric]);
        assert_eq!(check("⑧④⓪②⑦⑤⑨①⑥③"), [WeakPassword::EntirelyNumeric]);
    }

    #[test]
    fn the_least_length_can_be_raised_but_not_lowered() {
        assert_eq!(PasswordRules::new(7), Err(PasswordRulesError::MinLengthOutOfRange));
        assert_eq!(PasswordRules::new(129), Err(PasswordRulesError::MinLengthOutOfRange));
        assert_eq!(PasswordRules::new(8), Ok(PasswordRules::default()));
        let rules = PasswordRules::new(128).expect("128 is in range");
        assert_eq!(rules.min_length, 128);
        assert_eq!(rules.check(&password(&"kjwqnrvx".repeat(16)), EVA), []);
        assert_eq!(rules.check(&password(&"kjwqnrvx".repeat(16)[1..]), EVA), [WeakPassword::TooShort(128)]);
    }

    proptest! {
        #[test]
        fn any_password_is_checked_each_rule_once(text in prop_oneof!["\\PC{1,80}", "[0-9]{1,20}", "[a-z]{1,12}"]) {
            let broken = check(&text);
            prop_assert!(broken.len() <= 4);
            let is_short = matches!(broken.first(), Some(WeakPassword::TooShort(8)));
            prop_assert_eq!(is_short, password(&text).normalized().chars().count() < 8);
        }
    }
}
