//! Days of birth.

use std::fmt;

use chrono::{Datelike, NaiveDate};
use thiserror::Error;

use crate::time::Timestamp;

/// The day a person was born on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BirthDate(NaiveDate);

/// Why a text is no day of birth.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum BirthDateError {
    /// Not four, two and two digits, or not a day of the calendar.
    #[error("is not a date of the form YYYY-MM-DD")]
    Malformed,
    /// After today, by the calendar of UTC.
    #[error("lies in the future")]
    Future,
    /// Before [`BirthDate::FIRST_YEAR`].
    #[error("lies before {}", BirthDate::FIRST_YEAR)]
    TooLongAgo,
}

impl BirthDate {
    /// The first year taken: nobody alive was born earlier.
    pub const FIRST_YEAR: i32 = 1900;

    /// From the wire: `text` is exactly YYYY-MM-DD, not after the day of `now` in UTC, not before 1900.
    pub fn parse(text: &str, now: Timestamp) -> Result<Self, BirthDateError> {
        let date = calendar_day(text).ok_or(BirthDateError::Malformed)?;
        if date > now.naive_utc().date() {
            return Err(BirthDateError::Future);
        }
        if date.year() < Self::FIRST_YEAR { Err(BirthDateError::TooLongAgo) } else { Ok(Self(date)) }
    }

    /// From the database.
    #[must_use]
    pub fn from_date(date: NaiveDate) -> Self {
        Self(date)
    }

    /// The date.
    #[must_use]
    pub fn date(self) -> NaiveDate {
        self.0
    }
}

/// YYYY-MM-DD.
impl fmt::Display for BirthDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Chrono alone would also take `1990-1-1` and `+1990-01-01`.
fn calendar_day(text: &str) -> Option<NaiveDate> {
    let is_shaped = text.len() == 10
        && text
            .bytes()
            .enumerate()
            .all(|(at, b)| if at == 4 || at == 7 { b == b'-' } else { b.is_ascii_digit() });
    if is_shaped { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use proptest::prelude::*;

    use super::*;

    fn now() -> Timestamp {
        Timestamp::from_datetime(DateTime::from_timestamp(1_795_132_800, 0).expect("2026-11-20T00:00:00Z"))
    }

    #[test]
    fn a_real_past_day_is_taken_and_printed_the_same() {
        for text in ["1990-05-17", "2000-02-29", "1900-01-01", "2026-11-20"] {
            let date = BirthDate::parse(text, now()).expect(text);
            assert_eq!(date.to_string(), text);
            assert_eq!(BirthDate::from_date(date.date()), date);
        }
    }

    #[test]
    fn other_spellings_and_days_that_never_were_are_refused() {
        for text in [
            "",
            "1990-5-17",
            "1990-05-17 ",
            " 1990-05-17",
            "+1990-05-17",
            "17.05.1990",
            "1990/05/17",
            "19900517",
            "1990-05-17T00:00:00Z",
            "1990-02-30",
            "1900-02-29",
            "1990-13-01",
            "1990-00-10",
            "1990-01-00",
            "199é-05-17",
            "١٩٩٠-٠٥-١٧",
        ] {
            assert_eq!(BirthDate::parse(text, now()), Err(BirthDateError::Malformed), "{text:?}");
        }
    }

    #[test]
    fn tomorrow_and_the_19th_century_are_refused() {
        assert_eq!(BirthDate::parse("2026-11-21", now()), Err(BirthDateError::Future));
        assert_eq!(BirthDate::parse("9999-12-31", now()), Err(BirthDateError::Future));
        assert_eq!(BirthDate::parse("1899-12-31", now()), Err(BirthDateError::TooLongAgo));
        assert_eq!(BirthDate::parse("0000-01-01", now()), Err(BirthDateError::TooLongAgo));
    }

    proptest! {
        #[test]
        fn whatever_is_typed_is_printed_the_same_or_refused(text in prop_oneof![any::<String>(), "[0-9]{4}-[01][0-9]-[0-3][0-9]"]) {
            if let Ok(date) = BirthDate::parse(&text, now()) {
                prop_assert_eq!(date.to_string(), text);
            }
        }
    }
}
