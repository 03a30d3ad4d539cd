//! Doing something again and again, and not giving up.

use std::time::Duration;

use vestibule_http::count_panic;

use super::failures::JobFailures;
use super::trouble::Trouble;

/// The first wait after a failure; each further one doubles it.
const SHORTEST: Duration = Duration::from_secs(1);

/// What is broken for good is tried this often.
const LONGEST: Duration = Duration::from_mins(1);

/// When the next turn is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rhythm {
    next: Duration,
    every: Duration,
    longest: Duration,
    failures: u32,
}

impl Rhythm {
    /// The first turn after `first`, the others after `every`.
    pub(super) fn new(first: Duration, every: Duration) -> Self {
        Self { next: first, every, longest: LONGEST, failures: 0 }
    }

    /// The same, where what failed is tried again after `longest` at the latest.
    pub(super) fn waiting_at_most(self, longest: Duration) -> Self {
        Self { longest, ..self }
    }

    /// How many turns in a row failed, this one included.
    fn failed(&mut self) -> u32 {
        let doublings = self.failures.min(u32::BITS - 1);
        self.next = SHORTEST.saturating_mul(1 << doublings).min(self.longest);
        self.failures = self.failures.saturating_add(1);
        self.failures
    }

    fn went_well(&mut self) {
        (self.failures, self.next) = (0, self.every);
    }
}

/// Does `turn` in `rhythm`, for ever. Each is a task of its own, so that a panic ends that turn and nothing else.
/// What failed is counted in `failed`.
pub(super) async fn repeat<F>(
    name: &'static str,
    mut rhythm: Rhythm,
    failed: JobFailures,
    turn: impl Fn() -> F,
) where
    F: Future<Output = Result<(), Trouble>> + 'static,
{
    let mut panics = 0_u64;
    loop {
        tokio::time::sleep(rhythm.next).await;
        let trouble = match actix_web::rt::spawn(turn()).await {
            Ok(Ok(())) => {
                rhythm.went_well();
                continue;
            }
            Ok(Err(trouble)) => trouble,
            Err(ended) if ended.is_panic() => {
                count_panic();
                Trouble::Fell
            }
            // The runtime is going, and this task with it.
            Err(_cancelled) => return,
        };
        let failures = rhythm.failed();
        failed.count(name);
        let (error, again_in) = (trouble.told(), rhythm.next);
        if trouble.is_panic() {
            panics += 1;
            tracing::error!(target: "background", job = name, failures, panics, ?trouble, ?again_in, "a job panicked");
        } else {
            tracing::warn!(target: "background", job = name, failures, error, ?again_in, "a job failed");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::rc::Rc;

    use super::*;

    #[test]
    fn each_failure_doubles_the_wait_up_to_a_minute() {
        let mut rhythm = Rhythm::new(Duration::from_secs(3), Duration::from_secs(15));
        assert_eq!(rhythm.next, Duration::from_secs(3));
        let waits: Vec<_> = (0..8)
            .map(|_| {
                rhythm.failed();
                rhythm.next.as_secs()
            })
            .collect();
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 60, 60]);
        (0..100).for_each(|_| {
            rhythm.failed();
        });
        assert_eq!((rhythm.next, rhythm.failures), (LONGEST, 108));
        rhythm.went_well();
        assert_eq!((rhythm.next, rhythm.failures), (Duration::from_secs(15), 0));
    }

    /// F16: a turn that panics is followed by others.
    #[test]
    fn a_panic_ends_a_turn_and_not_the_work() {
        let (turns, panics_before) = (Rc::new(Cell::new(0)), vestibule_http::panics());
        let (seen, failures) = (turns.clone(), JobFailures::default());
        let counted = failures.clone();
        let turn = move || {
            let turns = turns.clone();
            async move {
                turns.set(turns.get() + 1);
                match turns.get() {
                    1 => panic!("in the first turn"),
                    2 => Err(Trouble::Hangs),
                    _ => Ok(()),
                }
            }
        };
        actix_web::rt::System::new().block_on(async move {
            let rhythm = Rhythm::new(Duration::ZERO, Duration::from_millis(1));
            actix_web::rt::spawn(repeat("it", rhythm, counted.clone(), turn));
            for _ in 0..100 {
                tokio::time::sleep(Duration::from_millis(100)).await;
                if seen.get() > 5 {
                    break;
                }
            }
            assert!(seen.get() > 5, "{} turns", seen.get());
            assert_eq!(failures.counts(), [("it", 2)]);
            assert!(vestibule_http::panics() > panics_before);
        });
    }
}
