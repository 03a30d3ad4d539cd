//! A moment in time, as a value: functions take `now`, nobody asks a clock.

use std::fmt;
use std::time::Duration;

use chrono::{DateTime, NaiveDateTime, SecondsFormat, SubsecRound, TimeDelta, Utc};

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
        }

        #[test]
        fn going_forth_and_back_ends_where_it_began(seconds in 0..4_000_000_000_i64, micros in 0..10_000_000_000_000_u64) {
            let (begin, span) = (at(seconds, 0), Duration::from_micros(micros));
            prop_assert_eq!(begin.plus(span).minus(span), begin);
            prop_assert_eq!(begin.plus(span).since(begin), span);
        }
    }
}
