//! The clock and the generator of the machine: the one place that reads them.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use chrono::{DateTime, Utc};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use vestibule_domain::random::Random;
use vestibule_domain::time::{Clock, Timestamp};

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the clock that is handed to everybody else")]
    fn now(&self) -> Timestamp {
        Timestamp::from_datetime(Utc::now())
    }
}

/// The clock of a running server: the machine's, but never set back by a little.
///
/// Where the machine's clock is corrected backwards, by an hour at most, this one goes on from the time it showed last, at
/// half the pace, until the machine's has caught up: nothing that had expired comes alive, and nothing that is to end by
/// itself waits for that. Set back further it follows: then the time before was the mistake.
#[derive(Debug, Default)]
pub struct SteadyClock {
    latest: AtomicI64,
    slowed: Mutex<Option<Slowed>>,
}

/// How it goes while the machine's clock is behind; all times in microseconds.
#[derive(Clone, Copy, Debug)]
struct Slowed {
    since: Instant,
    from: i64,
    shown: i64,
}

impl SteadyClock {
    /// How far a correction may reach, in microseconds.
    const HELD: i64 = 3_600_000_000;

    /// What lies between two threads that read the machine's clock and get here the other way round.
    const JITTER: i64 = 1000;

    /// The machine's clock shows `micros` at the moment `at`, which nobody corrects.
    fn steady(&self, micros: i64, at: Instant) -> i64 {
        let latest = self.latest.fetch_max(micros, Ordering::Relaxed);
        if micros >= latest - Self::JITTER {
            return micros.max(latest);
        }
        if latest - micros > Self::HELD {
            self.latest.store(micros, Ordering::Relaxed);
            return micros;
        }
        self.slow(at)
    }

    fn slow(&self, at: Instant) -> i64 {
        let mut slowed = self.slowed.lock().unwrap_or_else(PoisonError::into_inner);
        let latest = self.latest.load(Ordering::Relaxed);
        // Where another time was shown since, the machine's clock had caught up and was set back once more.
        let going = slowed.filter(|slowed| slowed.shown == latest);
        let Slowed { since, from, .. } = going.unwrap_or(Slowed { since: at, from: latest, shown: latest });
        let passed = i64::try_from(at.saturating_duration_since(since).as_micros() / 2).unwrap_or(Self::HELD);
        let shown = from.saturating_add(passed).max(latest);
        self.latest.fetch_max(shown, Ordering::Relaxed);
        *slowed = Some(Slowed { since, from, shown });
        shown
    }
}

impl Clock for SteadyClock {
    fn now(&self) -> Timestamp {
        let shown = SystemClock.now().datetime();
        let steady = DateTime::from_timestamp_micros(self.steady(shown.timestamp_micros(), Instant::now()));
        Timestamp::from_datetime(steady.unwrap_or(shown))
    }
}

/// The operating system's generator.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemRandom;

impl Random for SystemRandom {
    /// Panics where the system has no randomness to give: no secret may be made of anything else.
    #[expect(clippy::disallowed_methods, reason = "this is the generator that is handed to everybody else")]
    fn fill(&self, bytes: &mut [u8]) {
        assert!(getrandom::fill(bytes).is_ok(), "the operating system gives no random bytes");
    }
}

/// Lets this process open as many files as the system allows it to: each connection takes two, and shells commonly
/// begin with 1,024. Where that is refused the server serves fewer connections, and no worse.
pub(crate) fn raise_open_files() {
    let allowed = getrlimit(Resource::Nofile);
    if setrlimit(Resource::Nofile, Rlimit { current: allowed.maximum, maximum: allowed.maximum }).is_err() {
        tracing::debug!(target: "settings", current = allowed.current, "the limit of open files stays as it is");
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const MINUTE: i64 = 60_000_000;

    /// F10: what had expired stays so, and a clock that was wrong by hours is not believed for ever.
    #[test]
    fn a_small_step_back_is_waited_out_and_a_great_one_followed() {
        let (clock, start, at) = (SteadyClock::default(), 1_000_000 * MINUTE, Instant::now());
        assert_eq!(clock.steady(start, at), start);
        assert_eq!(clock.steady(start - 5 * MINUTE, at), start);
        assert_eq!(clock.steady(start - 1, at), start);
        assert_eq!(clock.steady(start + MINUTE, at), start + MINUTE);
        let ahead = start + 13 * 60 * MINUTE;
        assert_eq!(clock.steady(ahead, at), ahead);
        assert_eq!(clock.steady(start + 2 * MINUTE, at), start + 2 * MINUTE);
        assert_eq!(clock.steady(start + 3 * MINUTE, at), start + 3 * MINUTE);
    }

    /// F10: a clock that stood still would keep what is cached, and whoever has to wait, for as long as it stands.
    #[test]
    fn while_it_waits_it_goes_at_half_the_pace() {
        let (clock, start, at) = (SteadyClock::default(), 1_000_000 * MINUTE, Instant::now());
        let after = |minutes: u64| at + Duration::from_mins(minutes);
        let machine = |minutes: i64| start + (minutes - 5) * MINUTE;
        assert_eq!(clock.steady(start, at), start);
        for minutes in 0..=8 {
            let shown = clock.steady(machine(minutes), after(minutes.unsigned_abs()));
            assert_eq!(shown, start + minutes * MINUTE / 2);
        }
        assert_eq!(clock.steady(machine(10), after(10)), start + 5 * MINUTE);
        assert_eq!(clock.steady(machine(11), after(11)), start + 6 * MINUTE);
        // Set back once more it begins anew.
        assert_eq!(clock.steady(machine(12) - 7 * MINUTE, after(12)), start + 6 * MINUTE);
        assert_eq!(clock.steady(machine(14) - 7 * MINUTE, after(14)), start + 7 * MINUTE);
    }

    #[test]
    fn it_never_goes_back_by_a_little_however_many_ask() {
        let (clock, start, at) = (SteadyClock::default(), 1_000_000 * MINUTE, Instant::now());
        std::thread::scope(|scope| {
            for thread in 0..4_i64 {
                let clock = &clock;
                scope.spawn(move || {
                    let mut last = 0;
                    for step in 0..10_000_i64 {
                        let jitter = (step * 7919 + thread * 104_729) % (2 * MINUTE) - MINUTE;
                        let micros = u64::try_from(step * 1000).unwrap();
                        let shown = clock.steady(start + jitter, at + Duration::from_micros(micros));
                        assert!(shown >= last, "{shown} after {last}");
                        last = shown;
                    }
                });
            }
        });
    }
}
