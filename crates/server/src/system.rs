//! The clock and the generator of the machine: the one place that reads them.

use std::sync::atomic::{AtomicI64, Ordering};

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
/// Where the machine's clock is corrected backwards, by an hour at most, this one stands still until the time it showed
/// last comes again, so that nothing that had expired comes alive. Set back further it follows: then the time before was
/// the mistake.
#[derive(Debug, Default)]
pub struct SteadyClock {
    latest: AtomicI64,
}

impl SteadyClock {
    /// How far a correction may reach, in microseconds.
    const HELD: i64 = 3_600_000_000;

    fn steady(&self, micros: i64) -> i64 {
        let latest = self.latest.fetch_max(micros, Ordering::Relaxed);
        let is_behind = micros < latest;
        if is_behind && latest - micros > Self::HELD {
            self.latest.store(micros, Ordering::Relaxed);
            return micros;
        }
        if is_behind { latest } else { micros }
    }
}

impl Clock for SteadyClock {
    fn now(&self) -> Timestamp {
        let shown = SystemClock.now().datetime();
        let steady = DateTime::from_timestamp_micros(self.steady(shown.timestamp_micros()));
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
    use super::*;

    const MINUTE: i64 = 60_000_000;

    /// F10: what had expired stays so, and a clock that was wrong by hours is not believed for ever.
    #[test]
    fn a_small_step_back_is_waited_out_and_a_great_one_followed() {
        let (clock, start) = (SteadyClock::default(), 1_000_000 * MINUTE);
        assert_eq!(clock.steady(start), start);
        assert_eq!(clock.steady(start - 5 * MINUTE), start);
        assert_eq!(clock.steady(start - 1), start);
        assert_eq!(clock.steady(start + MINUTE), start + MINUTE);
        let ahead = start + 13 * 60 * MINUTE;
        assert_eq!(clock.steady(ahead), ahead);
        assert_eq!(clock.steady(start + 2 * MINUTE), start + 2 * MINUTE);
        assert_eq!(clock.steady(start + 3 * MINUTE), start + 3 * MINUTE);
    }
}
