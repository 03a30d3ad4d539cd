//! The keys as they were last read.

use std::cmp::Reverse;
use std::sync::Arc;
use std::time::Duration;

use vestibule_domain::time::Timestamp;

use super::signing_key::SigningKey;

/// For so long what was read is believed: each node asks at most once a second, however many tokens come in, and knows
/// of a rotation elsewhere a second later.
const BELIEVED: Duration = Duration::from_secs(1);

/// A new key signs nothing before it is this old. By then every node that is asked for its keys, or for a token's, has
/// read them again, so that none publishes a set that lacks the key of a token that is out already.
pub(super) const LEAD: Duration = Duration::from_secs(2);

/// The keys, the one in use first and then the last one retired, and when they were last asked for.
///
/// When they were made does not order them: the clock of whoever rotates may be behind, and the key that was retired must
/// not go on signing for that.
#[derive(Clone, Default)]
pub(super) struct Known {
    keys: Vec<Arc<SigningKey>>,
    asked_at: Option<Timestamp>,
    /// The keys are older than `asked_at`: they could not be read then.
    pub(super) is_behind: bool,
}

impl Known {
    /// What was read at `now`.
    pub(super) fn read(now: Timestamp, mut keys: Vec<SigningKey>) -> Self {
        keys.sort_by_key(|key| (key.retired_at.is_some(), Reverse(key.retired_at)));
        Self { keys: keys.into_iter().map(Arc::new).collect(), asked_at: Some(now), is_behind: false }
    }

    /// The same keys after they could not be read at `now`.
    pub(super) fn left_behind(&self, now: Timestamp) -> Self {
        Self { asked_at: Some(now), is_behind: true, ..self.clone() }
    }

    /// Whether it is time to read them again. A clock that was put back by more than that makes it time, too.
    pub(super) fn is_due(&self, now: Timestamp) -> bool {
        self.asked_at.is_none_or(|at| now.since(at) >= BELIEVED || at.since(now) >= BELIEVED)
    }

    /// Whether there is none that may sign, so that one has to be made.
    pub(super) fn lacks_a_signer(&self) -> bool {
        self.keys.iter().all(|key| key.retired_at.is_some())
    }

    /// The keys that verify: all but those retired longer ago than `overlap`.
    pub(super) fn verifying(
        &self,
        now: Timestamp,
        overlap: Duration,
    ) -> impl Iterator<Item = &Arc<SigningKey>> {
        self.keys.iter().filter(move |key| key.retired_at.is_none_or(|at| now < at.plus(overlap)))
    }

    /// The key that signs: the first that is old enough, and else the one that was retired first.
    pub(super) fn signing(&self, now: Timestamp, overlap: Duration) -> Option<&Arc<SigningKey>> {
        let is_old_enough = |key: &&Arc<SigningKey>| now.since(key.created_at) >= LEAD;
        let first = self.verifying(now, overlap).find(is_old_enough);
        first.or_else(|| self.verifying(now, overlap).last())
    }
}
