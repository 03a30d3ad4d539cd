//! What is remembered of many keys, in bounded memory.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use sha2::{Digest, Sha256};
use vestibule_domain::time::Timestamp;

/// Keys remembered at most; about 10 MB of the larger values.
const CAPACITY: usize = 100_000;

/// Locks, so that requests on different threads seldom meet.
const SHARDS: usize = 64;

/// The least number of keys in a shard before it is looked through for what has ended.
const SWEEP_FROM: usize = 64;

/// This part of a full shard is given up at once.
const GIVEN_UP: usize = 16;

/// A map from text to `V` in which each value ends by itself.
///
/// What has ended is cleared away as the map grows, so that it holds about twice of what is alive. Full of what is alive,
/// it gives up what ends first: of a limit that is the bucket with the most left in it, whose loss gives its owner least;
/// whoever is being refused is remembered longest. Keys are kept as digests, so that long ones take no more room.
pub(super) struct Bounded<V> {
    shards: Box<[Mutex<Shard<V>>]>,
    capacity: usize,
    ends_at: fn(&V) -> Timestamp,
    longest: Duration,
}

struct Shard<V> {
    entries: HashMap<u128, V>,
    sweep_at: usize,
}

impl<V: Copy> Bounded<V> {
    /// For values that end at `ends_at`, at most `longest` ahead; one that ends later was put in before the clock was set
    /// back.
    pub(super) fn new(longest: Duration, ends_at: fn(&V) -> Timestamp) -> Self {
        let shard = || Mutex::new(Shard { entries: HashMap::new(), sweep_at: SWEEP_FROM });
        let shards = (0..SHARDS).map(|_| shard()).collect();
        Self { shards, capacity: CAPACITY / SHARDS, ends_at, longest }
    }

    /// Does `work` with what is under `key`, and keeps what it answers in its place. Nobody else sees the key meanwhile.
    pub(super) fn update<T>(
        &self,
        now: Timestamp,
        key: &str,
        work: impl FnOnce(Option<V>) -> (Option<V>, T),
    ) -> T {
        let key = digest(key);
        let place = usize::try_from(key % SHARDS as u128).unwrap_or_default();
        let mut shard = self.shards[place].lock().unwrap_or_else(PoisonError::into_inner);
        let before = shard.entries.get(&key).copied();
        let (after, answer) = work(before);
        match after {
            Some(value) => {
                if before.is_none() {
                    self.make_room(now, &mut shard);
                }
                shard.entries.insert(key, value);
            }
            None => drop(shard.entries.remove(&key)),
        }
        answer
    }

    fn make_room(&self, now: Timestamp, shard: &mut Shard<V>) {
        if shard.entries.len() < shard.sweep_at.min(self.capacity) {
            return;
        }
        let furthest = now.plus(self.longest);
        shard.entries.retain(|_, value| (now..=furthest).contains(&(self.ends_at)(value)));
        if shard.entries.len() >= self.capacity {
            self.give_up_some(shard);
        }
        shard.sweep_at = (shard.entries.len() * 2).max(SWEEP_FROM);
        shard.entries.shrink_to(shard.sweep_at);
    }

    /// Several at once, so that a flood does not look through the whole shard for each key.
    fn give_up_some(&self, shard: &mut Shard<V>) {
        let mut ends: Vec<_> =
            shard.entries.iter().map(|(key, value)| ((self.ends_at)(value), *key)).collect();
        let count = ends.len() / GIVEN_UP + 1;
        if count < ends.len() {
            ends.select_nth_unstable(count);
        }
        for (_, key) in ends.iter().take(count) {
            shard.entries.remove(key);
        }
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.shards.iter().map(|shard| shard.lock().unwrap().entries.len()).sum()
    }
}

/// The first half of the SHA-256 of `key`: nobody finds a second key for the place of another's.
fn digest(key: &str) -> u128 {
    let digest = Sha256::digest(key);
    digest.iter().take(16).fold(0, |number, byte| number << 8 | u128::from(*byte))
}
