//! The clock and the generator of the machine: the one place that reads them.

use chrono::Utc;
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
