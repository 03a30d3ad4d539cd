//! A clock that stands still until a test moves it.

use std::sync::Mutex;
use std::time::Duration;

use vestibule_domain::time::{Clock, Timestamp};

/// The time of one test, shared by all nodes of it.
pub(crate) struct TestClock(Mutex<Timestamp>);

impl TestClock {
    /// A clock that shows noon of 15 January 2026.
    pub(crate) fn at_noon() -> Self {
        let noon = chrono::DateTime::parse_from_rfc3339("2026-01-15T12:00:00Z").unwrap();
        Self(Mutex::new(Timestamp::from_datetime(noon.to_utc())))
    }

    /// Moves the time forward.
    pub(crate) fn advance(&self, span: Duration) {
        let mut now = self.0.lock().unwrap();
        *now = now.plus(span);
    }

    /// Moves the time back, as a corrected clock does.
    pub(crate) fn turn_back(&self, span: Duration) {
        let mut now = self.0.lock().unwrap();
        *now = now.minus(span);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}
