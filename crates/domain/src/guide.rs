//! What a guide to a state says, line by line.

use std::fmt;
use std::str::FromStr;

use chrono::{Datelike, NaiveDate};
use thiserror::Error;

use crate::text::{TextError, line, lines};

macro_rules! texts {
    ($($(#[$doc:meta])* $name:ident = $rule:ident, $max:literal;)*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Debug, PartialEq, Eq)]
            pub struct $name(String);

            impl $name {
                /// The longest, in characters.
                pub const MAX_CHARS: usize = $max;

                /// The text.
                #[must_use]
                pub fn as_str(&self) -> &str {
                    &self.0
                }
            }

            impl FromStr for $name {
                type Err = TextError;

                fn from_str(text: &str) -> Result<Self, Self::Err> {
                    $rule(text, Self::MAX_CHARS).map(Self)
                }
            }

            impl fmt::Display for $name {
                fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    f.write_str(&self.0)
                }
            }
        )*
    };
}

texts! {
    /// What it is called, its capital or its region: 1 to 100 characters, on one line.
    GuideLine = line, 100;
    /// A language: 1 to 60 characters, on one line.
    Language = line, 60;
    /// Something to see: 1 to 300 characters, on one line.
    Highlight = line, 300;
    /// What it is like: 1 to 2,000 characters, plain text, kept as it was written.
    Summary = lines, 2000;
}

/// Why several texts are no list of a guide's.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum GuideListError {
    /// None, where there has to be one.
    #[error("is empty")]
    Empty,
    /// More than this many.
    #[error("must have at most {0} entries")]
    TooMany(usize),
    /// The entry of this number, counted from 1, is wrong.
    #[error("has an entry, number {0}, that {1}")]
    Entry(usize, TextError),
}

macro_rules! lists {
    ($($(#[$doc:meta])* $name:ident = $entry:ident, $min:literal to $max:literal;)*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Debug, PartialEq, Eq)]
            pub struct $name(Vec<$entry>);

            impl $name {
                /// The fewest there can be.
                pub const MIN: usize = $min;
                /// The most there can be.
                pub const MAX: usize = $max;

                /// Those that `texts` say.
                pub fn parse<T: AsRef<str>>(texts: &[T]) -> Result<Self, GuideListError> {
                    if !(Self::MIN..=Self::MAX).contains(&texts.len()) {
                        let too_many = GuideListError::TooMany(Self::MAX);
                        return Err(if texts.is_empty() { GuideListError::Empty } else { too_many });
                    }
                    let entry = |(place, text): (usize, &T)| {
                        text.as_ref().parse().map_err(|error| GuideListError::Entry(place + 1, error))
                    };
                    texts.iter().enumerate().map(entry).collect::<Result<_, _>>().map(Self)
                }

                /// Each of them.
                pub fn iter(&self) -> impl Iterator<Item = &str> {
                    self.0.iter().map($entry::as_str)
                }

                /// Each of them, as a text of its own.
                #[must_use]
                pub fn to_strings(&self) -> Vec<String> {
                    self.iter().map(str::to_owned).collect()
                }
            }
        )*
    };
}

lists! {
    /// The languages of its offices: 1 to 20.
    Languages = Language, 1 to 20;
    /// What to see there: up to 12 sentences.
    Highlights = Highlight, 0 to 12;
}

/// People or square kilometres: up to 9,999,999,999.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct GuideNumber(i64);

/// Not such a number.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("must be a whole number between 0 and {}", GuideNumber::MAX)]
pub struct GuideNumberError;

impl GuideNumber {
    /// The greatest: more than all people there are, or square kilometres of the earth.
    pub const MAX: i64 = 9_999_999_999;

    /// The number.
    #[must_use]
    pub fn get(self) -> i64 {
        self.0
    }
}

impl TryFrom<i64> for GuideNumber {
    type Error = GuideNumberError;

    fn try_from(number: i64) -> Result<Self, Self::Error> {
        if (0..=Self::MAX).contains(&number) { Ok(Self(number)) } else { Err(GuideNumberError) }
    }
}

/// Digits alone, without separators.
impl FromStr for GuideNumber {
    type Err = GuideNumberError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_plain = text.bytes().all(|byte| byte.is_ascii_digit());
        let number = text.parse::<i64>().ok().filter(|_| is_plain);
        number.ok_or(GuideNumberError).and_then(Self::try_from)
    }
}

impl fmt::Display for GuideNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The day a state was formed in its present status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FormedOn(NaiveDate);

/// Why a text is no such day.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum FormedOnError {
    /// Not four, two and two digits, or not a day of the calendar.
    #[error("is not a date of the form YYYY-MM-DD")]
    Malformed,
    /// Before [`FormedOn::FIRST_YEAR`] or after [`FormedOn::LAST_YEAR`].
    #[error("must lie between {} and {}", FormedOn::FIRST_YEAR, FormedOn::LAST_YEAR)]
    OutOfRange,
}

impl FormedOn {
    /// The first year taken: India became a republic, and had states, in 1950; some count from the years before.
    pub const FIRST_YEAR: i32 = 1858;
    /// The last year taken.
    pub const LAST_YEAR: i32 = 2999;

    /// The date.
    #[must_use]
    pub fn date(self) -> NaiveDate {
        self.0
    }
}

impl TryFrom<NaiveDate> for FormedOn {
    type Error = FormedOnError;

    fn try_from(date: NaiveDate) -> Result<Self, Self::Error> {
        let is_taken = (Self::FIRST_YEAR..=Self::LAST_YEAR).contains(&date.year());
        if is_taken { Ok(Self(date)) } else { Err(FormedOnError::OutOfRange) }
    }
}

/// YYYY-MM-DD and nothing else: chrono alone would also take `1956-11-1` and `+1956-11-01`.
impl FromStr for FormedOn {
    type Err = FormedOnError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let date = text.parse::<NaiveDate>().ok().filter(|date| text.len() == 10 && date.to_string() == text);
        Self::try_from(date.ok_or(FormedOnError::Malformed)?)
    }
}

/// YYYY-MM-DD.
impl fmt::Display for FormedOn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_summaries_have_their_lengths() {
        assert_eq!(" Kerala ".parse::<GuideLine>().map(|name| name.to_string()).as_deref(), Ok("Kerala"));
        assert_eq!("a\nb".parse::<GuideLine>(), Err(TextError::Unprintable));
        assert_eq!("a".repeat(101).parse::<GuideLine>(), Err(TextError::TooLong(100)));
        assert_eq!("a\n\nb".parse::<Summary>().map(|text| text.as_str().len()), Ok(4));
        assert_eq!("a".repeat(2001).parse::<Summary>(), Err(TextError::TooLong(2000)));
        assert_eq!("a".repeat(301).parse::<Highlight>(), Err(TextError::TooLong(300)));
    }

    #[test]
    fn a_list_says_which_of_its_entries_is_wrong() {
        let kept = Languages::parse(&["हिन्दी", " English "]).map(|list| list.to_strings());
        assert_eq!(kept, Ok(vec!["हिन्दी".to_owned(), "English".to_owned()]));
        assert_eq!(Languages::parse::<&str>(&[]), Err(GuideListError::Empty));
        assert_eq!(Languages::parse(&["a"; 21]), Err(GuideListError::TooMany(20)));
        let wrong = Languages::parse(&["a", " "]);
        assert_eq!(wrong, Err(GuideListError::Entry(2, TextError::Blank)));
        assert_eq!(wrong.unwrap_err().to_string(), "has an entry, number 2, that is empty");
        assert!(Highlights::parse::<&str>(&[]).is_ok_and(|list| list.iter().next().is_none()));
        assert_eq!(Highlights::parse(&["a"; 13]), Err(GuideListError::TooMany(12)));
    }

    /// S71: numbers of people are plain, and days are days of the calendar.
    #[test]
    fn numbers_and_days_are_written_in_one_way() {
        assert_eq!("0".parse::<GuideNumber>().map(GuideNumber::get), Ok(0));
        assert_eq!("9999999999".parse::<GuideNumber>().map(GuideNumber::get), Ok(GuideNumber::MAX));
        for text in ["", "-1", "+1", "1.5", "1e3", "1,000", "10000000000", "9223372036854775808", "١", " 1"]
        {
            assert_eq!(text.parse::<GuideNumber>(), Err(GuideNumberError), "{text:?}");
        }
        assert_eq!("2000-02-29".parse::<FormedOn>().map(|day| day.to_string()).as_deref(), Ok("2000-02-29"));
        for text in ["", "2001-02-29", "1956-11-1", "+1956-11-01", "1956-11-01 ", "01.11.1956", "-1956-11-01"]
        {
            assert_eq!(text.parse::<FormedOn>(), Err(FormedOnError::Malformed), "{text:?}");
        }
        for text in ["1857-12-31", "3000-01-01"] {
            assert_eq!(text.parse::<FormedOn>(), Err(FormedOnError::OutOfRange), "{text:?}");
        }
    }
}
