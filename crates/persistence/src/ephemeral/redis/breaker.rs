//! What keeps a Redis that is away from costing every request a wait.

use std::time::{Duration, Instant};

/// Counts failures in a row. After [`Breaker::TOLERATED`] of them nobody is let through for [`Breaker::REST`], and then one
/// at a time, as often as that, until one succeeds.
#[derive(Debug, Default)]
pub(super) struct Breaker {
    failures: u32,
    rests_until: Option<Instant>,
}

/// What a report changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// Nothing.
    None,
    /// From now on nobody is let through.
    Opened,
    /// From now on everybody is again.
    Closed,
}

impl Breaker {
    /// So many failures in a row open it.
    pub(super) const TOLERATED: u32 = 2;
    /// How long nobody is let through.
    pub(super) const REST: Duration = Duration::from_secs(2);

    /// Whether to try. Whoever is let through while it is open is the probe; one that never reports back keeps the next
    /// waiting no longer than one that failed.
    pub(super) fn admits(&mut self, now: Instant) -> bool {
        match self.rests_until {
            None => true,
            Some(until) if now < until => false,
            Some(_) => {
                self.rests_until = Some(now + Self::REST);
                true
            }
        }
    }

    /// Notes how a try went.
    pub(super) fn note(&mut self, now: Instant, succeeded: bool) -> Change {
        if succeeded {
            self.failures = 0;
            let was_open = self.rests_until.take().is_some();
            return if was_open { Change::Closed } else { Change::None };
        }
        self.failures = self.failures.saturating_add(1);
        if self.failures < Self::TOLERATED || self.rests_until.is_some() {
            return Change::None;
        }
        self.rests_until = Some(now + Self::REST);
        Change::Opened
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(now: Instant) -> Breaker {
        let mut breaker = Breaker::default();
        for change in [Change::None, Change::Opened, Change::None] {
            assert_eq!(breaker.note(now, false), change);
        }
        breaker
    }

    #[test]
    fn it_opens_after_two_failures_in_a_row() {
        let (mut breaker, now) = (Breaker::default(), Instant::now());
        for succeeded in [false, true, false] {
            assert!(breaker.admits(now));
            assert_eq!(breaker.note(now, succeeded), Change::None);
        }
        assert!(breaker.admits(now));
        assert_eq!(breaker.note(now, false), Change::Opened);
        assert!(!breaker.admits(now));
    }

    #[test]
    fn after_a_rest_one_is_let_through_and_closes_it_or_not() {
        let start = Instant::now();
        let mut breaker = open(start);
        assert!(!breaker.admits(start + Breaker::REST / 2));
        let later = start + Breaker::REST;
        assert_eq!([later; 3].map(|now| breaker.admits(now)), [true, false, false]);
        assert_eq!(breaker.note(later, false), Change::None);
        assert!(!breaker.admits(later));
        let later = later + Breaker::REST;
        assert!(breaker.admits(later));
        assert_eq!(breaker.note(later, true), Change::Closed);
        assert_eq!([later; 3].map(|now| breaker.admits(now)), [true; 3]);
    }

    #[test]
    fn a_probe_that_is_lost_is_followed_by_another() {
        let start = Instant::now();
        let mut breaker = open(start);
        assert!(breaker.admits(start + Breaker::REST));
        assert!(!breaker.admits(start + Breaker::REST + Breaker::REST / 2));
        assert!(breaker.admits(start + Breaker::REST * 2));
    }
}
