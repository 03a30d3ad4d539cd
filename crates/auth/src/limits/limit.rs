//! One limit: a rate, and a bucket for everybody it is counted for.

use std::time::Duration;

use vestibule_domain::bucket::Taken;
use vestibule_domain::rate::Rate;
use vestibule_domain::time::Timestamp;
use vestibule_persistence::ephemeral::RedisStore;

use super::TooMany;
use super::bounded::Bounded;

/// A rate, and the buckets of it that this process knows.
///
/// With a Redis these are what Redis last said: no bucket there is fuller, so that whoever is refused by what is known
/// here is refused without asking, and where Redis is away one goes on counting from there.
pub(super) struct Limit {
    policy: &'static str,
    rate: Rate,
    buckets: Bounded<Timestamp>,
}

impl Limit {
    pub(super) fn new(policy: &'static str, rate: Rate) -> Self {
        // Rounded up to whole microseconds, a burst of a million takes a second more than its period at most.
        let longest = rate.period() + Taken::LEEWAY + Duration::from_secs(1);
        Self { policy, rate, buckets: Bounded::new(longest, |whole_at| *whole_at) }
    }

    /// Takes one from the bucket of `whom`.
    pub(super) fn take(&self, redis: Option<&RedisStore>, now: Timestamp, whom: &str) -> Result<(), TooMany> {
        let key = format!("{}/{whom}", self.policy);
        let taken = match redis {
            Some(redis) => self.take_shared(redis, now, &key),
            None => self.take_here(now, &key),
        };
        if taken.is_allowed() { Ok(()) } else { Err(self.too_many(taken)) }
    }

    fn take_here(&self, now: Timestamp, key: &str) -> Taken {
        self.buckets.update(now, key, |whole_at| {
            let taken = Taken::take(now, self.rate, whole_at);
            (Some(taken.whole_at), taken)
        })
    }

    /// What is known here of the bucket of `whom` where that is a refusal. Nothing is taken, and nobody is asked.
    pub(super) fn refused(&self, now: Timestamp, whom: &str) -> Option<TooMany> {
        let known = self.known(now, &format!("{}/{whom}", self.policy));
        (!known.is_allowed()).then(|| self.too_many(known))
    }

    fn take_shared(&self, redis: &RedisStore, now: Timestamp, key: &str) -> Taken {
        let known = self.known(now, key);
        if !known.is_allowed() {
            return known;
        }
        let Ok(taken) = redis.take(now, key, self.rate) else { return self.take_here(now, key) };
        self.buckets.update(now, key, |whole_at| (whole_at.max(Some(taken.whole_at)), ()));
        taken
    }

    /// What would come of taking one here.
    fn known(&self, now: Timestamp, key: &str) -> Taken {
        self.buckets.update(now, key, |whole_at| {
            let taken = Taken::take(now, self.rate, whole_at);
            if taken.is_allowed() { (whole_at, taken) } else { (Some(taken.whole_at), taken) }
        })
    }

    fn too_many(&self, taken: Taken) -> TooMany {
        TooMany { policy: self.policy, rate: self.rate, retry_after: taken.retry_after }
    }
}
