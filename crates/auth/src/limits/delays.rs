//! The wait that grows with failures in a row.

use std::time::Duration;

use vestibule_domain::bucket::Taken;
use vestibule_domain::failures::Failures;
use vestibule_domain::rate::Rate;
use vestibule_domain::time::Timestamp;
use vestibule_persistence::ephemeral::RedisStore;

use super::TooMany;
use super::bounded::Bounded;

/// The name of this limit.
const POLICY: &str = "sign-in-delay";

/// A refusal is given again without asking Redis for this long; only a success elsewhere could have ended it.
const REMEMBERED: Duration = Duration::from_secs(1);

/// The failures in a row of pairs of an account and an address. With a Redis these are what Redis last said.
pub(super) struct Delays(Bounded<Heard>);

#[derive(Clone, Copy)]
struct Heard {
    failures: Failures,
    at: Timestamp,
}

impl Delays {
    pub(super) fn new() -> Self {
        Self(Bounded::new(Failures::KEPT + Taken::LEEWAY, |heard| {
            heard.failures.last_at.plus(Failures::KEPT)
        }))
    }

    /// Refuses where the wait of `pair` is not over.
    pub(super) fn check(
        &self,
        redis: Option<&RedisStore>,
        now: Timestamp,
        pair: &str,
    ) -> Result<(), TooMany> {
        let known = self.known(now, pair);
        let is_fresh = |heard: &Heard| heard.at <= now && now.since(heard.at) < REMEMBERED;
        let refused = known.filter(is_fresh).filter(|heard| !heard.failures.wait_from(now).is_zero());
        let failures = match (redis, refused) {
            (Some(redis), None) => self.asked(redis, now, pair, known),
            _ => known.map(|heard| heard.failures),
        };
        let Some(failures) = failures else { return Ok(()) };
        let (retry_after, rate) = (failures.wait_from(now), Rate::nearest(1, failures.wait()));
        if retry_after.is_zero() { Ok(()) } else { Err(TooMany { policy: POLICY, rate, retry_after }) }
    }

    /// Notes one more failure of `pair`.
    pub(super) fn note_failure(&self, redis: Option<&RedisStore>, now: Timestamp, pair: &str) {
        let shared = redis.and_then(|redis| redis.note_failure(now, pair).ok());
        self.0.update(now, pair, |known| {
            let here = || Failures::and_one(known.map(|heard| heard.failures), now);
            (Some(Heard { failures: shared.unwrap_or_else(here), at: now }), ())
        });
    }

    /// Ends the failures of `pair`. Where Redis does not hear of it, they end there by themselves.
    pub(super) fn forget(&self, redis: Option<&RedisStore>, now: Timestamp, pair: &str) {
        if let Some(Err(error)) = redis.map(|redis| redis.delete_failures(pair)) {
            tracing::debug!(target: "redis", %error, "failures were not forgotten");
        }
        self.0.update(now, pair, |_| (None, ()));
    }

    fn known(&self, now: Timestamp, pair: &str) -> Option<Heard> {
        self.0.update(now, pair, |heard| {
            let still =
                heard.and_then(|heard| heard.failures.still(now).map(|failures| Heard { failures, ..heard }));
            (still, still)
        })
    }

    /// What Redis says, or where it is away what is known here.
    fn asked(
        &self,
        redis: &RedisStore,
        now: Timestamp,
        pair: &str,
        known: Option<Heard>,
    ) -> Option<Failures> {
        let Ok(failures) = redis.find_failures(now, pair) else { return known.map(|heard| heard.failures) };
        self.0.update(now, pair, |_| (failures.map(|failures| Heard { failures, at: now }), ()));
        failures
    }

    #[cfg(test)]
    pub(super) fn count(&self, now: Timestamp, pair: &str) -> u32 {
        self.known(now, pair).map_or(0, |heard| heard.failures.count)
    }
}
