//! Token buckets: how much of a [`Rate`] is used up.
//!
//! A bucket is one moment, the one at which it is whole again (the generic cell rate algorithm): each taking moves it
//! one interval on, and one that would move it further than a whole burst ahead is refused and moves nothing.

use std::time::Duration;

use crate::rate::Rate;
use crate::time::Timestamp;

/// What became of taking one from a bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taken {
    /// When the bucket is whole again: all there is to remember of it, until then.
    pub whole_at: Timestamp,
    /// Zero where this one was allowed; else how long until one is.
    pub retry_after: Duration,
    /// How many more would be allowed at once.
    pub remaining: u32,
}

impl Taken {
    /// How much further ahead than a whole burst a bucket may be said to be whole before that is put down to a clock
    /// that was set back: nodes whose clocks differ by less than this share a bucket as if they did not.
    pub const LEEWAY: Duration = Duration::from_mins(1);

    /// Takes one from a bucket that is whole at `whole_at`, or was never touched.
    #[must_use]
    pub fn take(now: Timestamp, rate: Rate, whole_at: Option<Timestamp>) -> Self {
        let (now_at, span) = (now.unix_micros(), Span::of(rate));
        let mut before = whole_at.map_or(now_at, Timestamp::unix_micros).max(now_at);
        // Else a clock that is set back by a day would refuse everybody for a day.
        if before > now_at.saturating_add(span.whole).saturating_add(micros(Self::LEEWAY)) {
            before = now_at.saturating_add(span.whole);
        }
        let after = before.saturating_add(span.one);
        let is_allowed = after <= now_at.saturating_add(span.whole);
        let whole_at = if is_allowed { after } else { before };
        Self::new(now, rate, Timestamp::from_unix_micros(whole_at).unwrap_or(now), is_allowed)
    }

    /// What it means that after a taking that was allowed or not the bucket is whole at `whole_at`.
    #[must_use]
    pub fn new(now: Timestamp, rate: Rate, whole_at: Timestamp, is_allowed: bool) -> Self {
        let span = Span::of(rate);
        let debt = whole_at.unix_micros().saturating_sub(now.unix_micros()).max(0);
        let room = span.whole.saturating_sub(debt);
        let wait = if is_allowed { 0 } else { span.one.saturating_sub(room).max(1) };
        Self {
            whole_at,
            retry_after: Duration::from_micros(wait.unsigned_abs()),
            remaining: if is_allowed { u32::try_from(room / span.one).unwrap_or(0) } else { 0 },
        }
    }

    /// Whether this one was allowed.
    #[must_use]
    pub fn is_allowed(&self) -> bool {
        self.retry_after.is_zero()
    }
}

/// A rate in microseconds: one interval, rounded up, and a burst of them. A fraction lost in rounding must not add one
/// to the burst.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// What one taking costs.
    pub one: i64,
    /// What a whole bucket holds.
    pub whole: i64,
}

impl Span {
    /// The spans of `rate`.
    #[must_use]
    pub fn of(rate: Rate) -> Self {
        let one = micros(rate.period().saturating_add(Duration::from_micros(u64::from(rate.burst()) - 1)))
            / i64::from(rate.burst());
        Self { one, whole: one * i64::from(rate.burst()) }
    }
}

fn micros(span: Duration) -> i64 {
    i64::try_from(span.as_micros()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(micros: i64) -> Timestamp {
        Timestamp::from_unix_micros(micros).unwrap()
    }

    fn rate(text: &str) -> Rate {
        text.parse().unwrap()
    }

    /// How many of `asked` at the same moment are allowed, and the bucket after them.
    fn allowed(now: Timestamp, rate: Rate, bucket: &mut Option<Timestamp>, asked: u32) -> u32 {
        let mut allowed = 0;
        for _ in 0..asked {
            let taken = Taken::take(now, rate, *bucket);
            *bucket = Some(taken.whole_at);
            allowed += u32::from(taken.is_allowed());
        }
        allowed
    }

    #[test]
    fn a_burst_is_allowed_and_then_one_an_interval() {
        let (rate, mut bucket) = (rate("10/5m"), None);
        assert_eq!(allowed(at(0), rate, &mut bucket, 200), 10);
        let refused = Taken::take(at(0), rate, bucket);
        assert_eq!((refused.retry_after, refused.remaining), (Duration::from_secs(30), 0));
        assert_eq!(allowed(at(29_999_999), rate, &mut bucket, 1), 0);
        assert_eq!(allowed(at(30_000_000), rate, &mut bucket, 2), 1);
        assert_eq!(allowed(at(400_000_000), rate, &mut bucket, 200), 10);
    }

    #[test]
    fn what_remains_is_told() {
        let (rate, mut bucket) = (rate("3/1h"), None);
        for remaining in [2, 1, 0] {
            let taken = Taken::take(at(0), rate, bucket);
            assert_eq!((taken.is_allowed(), taken.remaining), (true, remaining));
            bucket = Some(taken.whole_at);
        }
    }

    /// F10: a clock that is set back refuses nobody for longer than the period and the leeway, and one that is set forward
    /// nobody at all.
    #[test]
    fn no_jump_of_the_clock_locks_for_ever() {
        let (rate, hours) = (rate("10/5m"), 13 * 3600 * 1_000_000);
        let mut bucket = None;
        assert_eq!(allowed(at(hours), rate, &mut bucket, 11), 10);
        assert_eq!(allowed(at(0), rate, &mut bucket, 1), 0);
        assert_eq!(allowed(at(30_000_000), rate, &mut bucket, 1), 1);
        assert_eq!(allowed(at(hours), rate, &mut bucket, 11), 10);
    }

    /// F10: nodes whose clocks differ a little share one bucket; none of them gets a burst of its own.
    #[test]
    fn clocks_that_differ_by_less_than_the_leeway_add_nothing() {
        let (rate, mut bucket) = (rate("10/5m"), None);
        let mut total = 0;
        for _ in 0..100 {
            total += allowed(at(59_000_000), rate, &mut bucket, 3) + allowed(at(0), rate, &mut bucket, 3);
        }
        assert_eq!(total, 10);
    }

    proptest! {
        /// Whatever the order of asking, no window of one period sees more than two bursts, and a first burst is whole.
        #[test]
        fn a_rate_is_kept(
            burst in 1..2000_u32,
            seconds in 1..100_000_u64,
            gaps in proptest::collection::vec(0..100_000_000_i64, 1..200),
        ) {
            let rate = Rate::new(burst, Duration::from_secs(seconds)).unwrap();
            let mut bucket = None;
            prop_assert_eq!(allowed(at(0), rate, &mut bucket, burst + 5), burst);
            let (mut now, mut total) = (0, i64::from(burst));
            for gap in gaps {
                now += gap;
                total += i64::from(allowed(at(now), rate, &mut bucket, 1));
                let refilled = now / Span::of(rate).one;
                prop_assert!(total <= i64::from(burst) + refilled);
            }
        }

        /// Coming back when told to is enough, and coming back earlier is not.
        #[test]
        fn what_is_told_is_true(burst in 1..50_u32, seconds in 1..10_000_u64, later in 0..10_000_000_i64) {
            let rate = Rate::new(burst, Duration::from_secs(seconds)).unwrap();
            let mut bucket = None;
            allowed(at(0), rate, &mut bucket, burst);
            let refused = Taken::take(at(later), rate, bucket);
            prop_assume!(!refused.is_allowed());
            let due = at(later).plus(refused.retry_after);
            prop_assert!(Taken::take(due, rate, bucket).is_allowed());
            prop_assert!(!Taken::take(due.minus(Duration::from_micros(1)), rate, bucket).is_allowed());
        }
    }
}
