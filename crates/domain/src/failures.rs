//! Failures in a row, and the wait that grows with them.

use std::time::Duration;

use crate::bucket::Taken;
use crate::time::Timestamp;

/// How often in a row something failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failures {
    /// How often, since the last success or since they were forgotten.
    pub count: u32,
    /// When it last did.
    pub last_at: Timestamp,
}

impl Failures {
    /// So many cost nothing: people mistype, and the account's burst is theirs to use.
    pub const FREE: u32 = 9;
    /// The wait after the first that is not free; it doubles with each further one. Long enough at once that an address
    /// which has used up what strangers share does not take what comes back of it, too.
    pub const FIRST_WAIT: Duration = Duration::from_mins(1);
    /// The longest wait. Longer ones would keep people out who share an address with an attacker, and 12 guesses an hour
    /// are few already.
    pub const LONGEST_WAIT: Duration = Duration::from_mins(5);
    /// They are forgotten after this long without another.
    pub const KEPT: Duration = Duration::from_hours(1);

    /// Those that count at `now`. What a clock that was since set back noted in the future counts as noted now: else its
    /// wait would last until then.
    #[must_use]
    pub fn still(self, now: Timestamp) -> Option<Self> {
        let is_ahead = self.last_at > now.plus(Taken::LEEWAY);
        let last_at = if is_ahead { now } else { self.last_at };
        (now.since(last_at) < Self::KEPT).then_some(Self { last_at, ..self })
    }

    /// One more.
    #[must_use]
    pub fn and_one(before: Option<Self>, now: Timestamp) -> Self {
        let before = before.and_then(|failures| failures.still(now));
        Self {
            count: before.map_or(0, |failures| failures.count).saturating_add(1),
            last_at: before.map_or(now, |failures| failures.last_at).max(now),
        }
    }

    /// How long after the last one the next attempt may come.
    #[must_use]
    pub fn wait(&self) -> Duration {
        let Some(doublings) = self.count.checked_sub(Self::FREE + 1) else { return Duration::ZERO };
        let factor = 1_u32.checked_shl(doublings).unwrap_or(u32::MAX);
        Self::FIRST_WAIT.saturating_mul(factor).min(Self::LONGEST_WAIT)
    }

    /// How long from `now` until the next attempt may come.
    #[must_use]
    pub fn wait_from(&self, now: Timestamp) -> Duration {
        self.last_at.plus(self.wait()).since(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix_seconds(seconds).unwrap()
    }

    fn after(count: u32, seconds: i64) -> Failures {
        Failures { count, last_at: at(seconds) }
    }

    #[test]
    fn the_wait_doubles_from_the_tenth_failure_and_ends_at_five_minutes() {
        let waits: Vec<_> = (8..15).map(|count| after(count, 0).wait().as_secs()).collect();
        assert_eq!(waits, [0, 0, 60, 120, 240, 300, 300]);
        assert_eq!(after(u32::MAX, 0).wait(), Failures::LONGEST_WAIT);
    }

    #[test]
    fn failures_add_up_until_they_are_forgotten() {
        let third = (0..3).fold(None, |before, _| Some(Failures::and_one(before, at(10))));
        assert_eq!(third, Some(after(3, 10)));
        assert_eq!(after(10, 10).wait_from(at(10)), Duration::from_mins(1));
        assert_eq!(after(10, 10).wait_from(at(70)), Duration::ZERO);
        assert_eq!(Failures::and_one(third, at(3609)).count, 4);
        assert_eq!(Failures::and_one(third, at(3610)).count, 1);
        assert_eq!(after(3, 10).still(at(3610)), None);
    }

    /// F10
    #[test]
    fn a_clock_set_back_prolongs_no_wait() {
        let day = 24 * 3600;
        let still = after(20, day).still(at(0));
        assert_eq!(still, Some(after(20, 0)));
        assert_eq!(still.map(|failures| failures.wait_from(at(0))), Some(Failures::LONGEST_WAIT));
        assert_eq!(
            after(20, 30).still(at(0)),
            Some(after(20, 30)),
            "a node that is a little ahead is believed"
        );
        assert_eq!(after(20, 0).still(at(day)), None);
    }
}
