//! A moment in time, as a value: functions take `now`, nobody asks a clock.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use chrono::{DateTime, NaiveDateTime, SecondsFormat, SubsecRound, TimeDelta, Utc};
use thiserror::Error;

/// Where the server and the test harness read the time; everything below takes `now`.
pub trait Clock: Send + Sync {
    /// The moment it is.
    fn now(&self) -> Timestamp;
}

/// A moment in UTC with microseconds, the finest both databases keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(DateTime<Utc>);

impl Timestamp {
    /// The moment `at`, cut to whole microseconds.
    #[must_use]
    pub fn from_datetime(at: DateTime<Utc>) -> Self {
        Self(at.trunc_subsecs(6))
    }

    /// The moment whose UTC reading is `at`; this is how databases hand it back.
    #[must_use]
    pub fn from_naive_utc(at: NaiveDateTime) -> Self {
        Self::from_datetime(at.and_utc())
    }

    /// The UTC reading without a zone; this is how databases take it.
    #[must_use]
    pub fn naive_utc(self) -> NaiveDateTime {
        self.0.naive_utc()
    }

    /// The same moment for chrono.
    #[must_use]
    pub fn datetime(self) -> DateTime<Utc> {
        self.0
    }

    /// This moment and `span` more; the far end of the calendar where that is out of range.
    #[must_use]
    pub fn plus(self, span: Duration) -> Self {
        let later = TimeDelta::from_std(span).ok().and_then(|span| self.0.checked_add_signed(span));
        Self::from_datetime(later.unwrap_or(DateTime::<Utc>::MAX_UTC))
    }

    /// This moment less `span`; the near end of the calendar where that is out of range.
    #[must_use]
    pub fn minus(self, span: Duration) -> Self {
        let earlier = TimeDelta::from_std(span).ok().and_then(|span| self.0.checked_sub_signed(span));
        Self::from_datetime(earlier.unwrap_or(DateTime::<Utc>::MIN_UTC))
    }

    /// How long ago `earlier` was; zero where it lies ahead.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        (self.0 - earlier.0).to_std().unwrap_or(Duration::ZERO)
    }

    /// The moment `seconds` after the beginning of 1970; nothing beyond the calendar.
    #[must_use]
    pub fn from_unix_seconds(seconds: i64) -> Option<Self> {
        DateTime::from_timestamp(seconds, 0).map(Self::from_datetime)
    }

    /// Whole seconds since the beginning of 1970, negative before it.
    #[must_use]
    pub fn unix_seconds(self) -> i64 {
        self.0.timestamp()
    }

    /// The moment `micros` microseconds after the beginning of 1970; nothing beyond the calendar.
    #[must_use]
    pub fn from_unix_micros(micros: i64) -> Option<Self> {
        DateTime::from_timestamp_micros(micros).map(Self::from_datetime)
    }

    /// Microseconds since the beginning of 1970, negative before it.
    #[must_use]
    pub fn unix_micros(self) -> i64 {
        self.0.timestamp_micros()
    }

    /// Milliseconds since 1970, zero before it.
    #[must_use]
    pub fn unix_millis(self) -> u64 {
        u64::try_from(self.0.timestamp_millis()).unwrap_or(0)
    }
}

/// RFC 3339 in UTC, ending in `Z`, without trailing zero groups.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.to_rfc3339_opts(SecondsFormat::AutoSi, true))
    }
}

/// Not a moment.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("must be a moment such as 2026-11-21T12:00:00Z")]
pub struct TimestampError;

/// RFC 3339, in whatever zone.
impl FromStr for Timestamp {
    type Err = TimestampError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let moment = DateTime::parse_from_rfc3339(text).map_err(|_| TimestampError)?;
        Ok(Self::from_datetime(moment.to_utc()))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(seconds: i64, nanos: u32) -> Timestamp {
        Timestamp::from_datetime(DateTime::from_timestamp(seconds, nanos).expect("within the calendar"))
    }

    #[test]
    fn a_moment_is_printed_in_rfc_3339_and_utc() {
        assert_eq!(at(0, 0).to_string(), "1970-01-01T00:00:00Z");
        assert_eq!(at(1_795_132_800, 120_000_000).to_string(), "2026-11-20T00:00:00.120Z");
        assert_eq!(at(1_795_132_800, 123_456_789).to_string(), "2026-11-20T00:00:00.123456Z");
    }

    #[test]
    fn a_moment_is_read_as_it_is_printed_and_in_any_zone() {
        for moment in [at(0, 0), at(1_795_132_800, 123_456_000)] {
            assert_eq!(moment.to_string().parse(), Ok(moment));
        }
        assert_eq!("1970-01-01T05:30:00+05:30".parse(), Ok(at(0, 0)));
        for text in ["", "now", "0", "1970-01-01", "1970-01-01T00:00:00", "1970-13-01T00:00:00Z"] {
            assert_eq!(text.parse::<Timestamp>(), Err(TimestampError), "{text:?}");
        }
    }

    #[test]
    fn arithmetic_stops_at_the_ends_of_the_calendar() {
        assert_eq!(at(0, 0).plus(Duration::MAX), Timestamp::from_datetime(DateTime::<Utc>::MAX_UTC));
        assert_eq!(at(0, 0).minus(Duration::MAX), Timestamp::from_datetime(DateTime::<Utc>::MIN_UTC));
    }

    #[test]
    fn what_lies_ahead_was_zero_ago() {
        assert_eq!(at(5, 0).since(at(9, 0)), Duration::ZERO);
        assert_eq!(at(-1, 0).unix_millis(), 0);
    }

    proptest! {
        #[test]
        fn a_moment_comes_back_from_the_database(seconds in -10_000_000_000_i64..10_000_000_000, nanos in 0..1_000_000_000_u32) {
            let moment = at(seconds, nanos);
            prop_assert_eq!(Timestamp::from_naive_utc(moment.naive_utc()), moment);
            prop_assert_eq!(moment.datetime().timestamp_subsec_nanos() % 1000, 0);
            prop_assert_eq!(Timestamp::from_unix_seconds(moment.unix_seconds()), Some(at(seconds, 0)));
            prop_assert_eq!(Timestamp::from_unix_micros(moment.unix_micros()), Some(moment));
        }

        #[test]
        fn going_forth_and_back_ends_where_it_began(seconds in 0..4_000_000_000_i64, micros in 0..10_000_000_000_000_u64) {
            let (begin, span) = (at(seconds, 0), Duration::from_micros(micros));
            prop_assert_eq!(begin.plus(span).minus(span), begin);
            prop_assert_eq!(begin.plus(span).since(begin), span);
        }
    }
}
