//! When a mail that did not leave is tried again.

use std::time::Duration;

use vestibule_domain::random::Random;

/// The first wait; each further one is twice as long.
const SHORTEST: Duration = Duration::from_secs(5);

/// And none is longer.
const LONGEST: Duration = Duration::from_hours(1);

/// Ten waits that double, from five seconds on, and then one an hour: a mail server may be away for a day.
const MAX_ATTEMPTS: u32 = 33;

/// How long a mail waits that was tried `attempts` times; `None` where it is given up. A quarter more or less, so that mails
/// that failed together do not come back together.
#[must_use]
pub fn next_wait(attempts: u32, random: &dyn Random) -> Option<Duration> {
    if attempts >= MAX_ATTEMPTS {
        return None;
    }
    let doublings = attempts.saturating_sub(1).min(u32::BITS - 1);
    let wait = SHORTEST.saturating_mul(1 << doublings).min(LONGEST);
    let mut byte = [0];
    random.fill(&mut byte);
    Some(wait * 3 / 4 + wait / 2 * u32::from(byte[0]) / 255)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Constant(u8);

    impl Random for Constant {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(self.0);
        }
    }

    #[test]
    fn waits_double_up_to_an_hour_and_end_after_a_day() {
        let waits: Vec<_> = (1..).map_while(|attempts| next_wait(attempts, &Constant(0))).collect();
        assert_eq!(waits[..3], [3750, 7500, 15_000].map(Duration::from_millis));
        assert_eq!(waits.last(), Some(&Duration::from_mins(45)));
        let all = |byte| (1..).map_while(|attempts| next_wait(attempts, &Constant(byte))).sum::<Duration>();
        let hours = |byte| all(byte).as_secs() / 3600;
        assert_eq!((hours(0), hours(128), hours(255)), (17, 23, 29));
        assert_eq!(next_wait(u32::MAX, &Constant(0)), None);
    }

    #[test]
    fn mails_that_failed_together_come_back_apart() {
        let wait = |byte| next_wait(1, &Constant(byte)).unwrap().as_millis();
        assert_eq!((wait(0), wait(255)), (3750, 6250));
        assert!((1..=255).all(|byte| wait(byte) > wait(byte - 1)));
    }
}
