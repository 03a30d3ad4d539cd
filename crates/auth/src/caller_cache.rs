//! The callers known a moment ago, so that a busy token costs no query.
//!
//! What makes it safe: an entry lives one second at most, and every change to an account ends its entries on this
//! node at once, also those that a read begun before the change is about to put in. A counter decides that, not a
//! clock: a fill carries the counter as it stood before its read, a change raises the counter and writes it beside
//! the account, and an entry older than its account's mark is no entry.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use quick_cache::Weighter;
use quick_cache::sync::Cache;
use vestibule_domain::caller::Caller;
use vestibule_domain::id::UserId;
use vestibule_domain::time::Timestamp;
use vestibule_domain::token::TokenDigest;

/// Memory kept for callers, in bytes; about 20,000 accounts with little metadata.
const CAPACITY_BYTES: u64 = 16 * 1024 * 1024;

/// What an entry takes beside its texts, in bytes.
const ENTRY_BYTES: usize = 768;

/// Marks of changes, shared by the accounts whose number has the same remainder; sharing costs a needless read only.
const MARKS: usize = 4096;

/// A bounded cache from token digest to caller.
pub struct CallerCache {
    ttl: Duration,
    entries: Cache<TokenDigest, Entry, ByBytes>,
    counter: AtomicU64,
    everyone: AtomicU64,
    marks: Box<[AtomicU64]>,
    hits: AtomicU64,
    misses: AtomicU64,
}

/// How the cache does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CacheFigures {
    /// Entries, expired ones included until they make room.
    pub entries: usize,
    /// Callers found, since the start.
    pub hits: u64,
    /// Callers not found, since the start.
    pub misses: u64,
}

#[derive(Clone)]
struct Entry {
    caller: Arc<Caller>,
    filled_at: Timestamp,
    generation: Generation,
}

/// How things stood before a read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Generation(u64);

#[derive(Clone)]
struct ByBytes;

impl Weighter<TokenDigest, Entry> for ByBytes {
    fn weight(&self, _: &TokenDigest, entry: &Entry) -> u64 {
        let user = &entry.caller.user;
        let texts = user.profile.metadata.as_str().len() + user.roles.len() * 64;
        u64::try_from(ENTRY_BYTES + texts).unwrap_or(u64::MAX)
    }
}

impl CallerCache {
    /// A cache whose entries live for `ttl`; zero turns it off.
    #[must_use]
    pub fn new(ttl: Duration) -> Self {
        Self {
            ttl,
            entries: Cache::with_weighter(1024, CAPACITY_BYTES, ByBytes),
            counter: AtomicU64::new(0),
            everyone: AtomicU64::new(0),
            marks: (0..MARKS).map(|_| AtomicU64::new(0)).collect(),
            hits: AtomicU64::new(0),
            misses: AtomicU64::new(0),
        }
    }

    /// How it does.
    #[must_use]
    pub fn figures(&self) -> CacheFigures {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        CacheFigures { entries: self.entries.len(), hits: read(&self.hits), misses: read(&self.misses) }
    }

    /// How things stand now: to be asked before the read whose result is put in.
    #[must_use]
    pub fn generation(&self) -> Generation {
        Generation(self.counter.load(Ordering::SeqCst))
    }

    /// The caller holding the token of `digest`, if known and unchanged since.
    #[must_use]
    pub fn find(&self, now: Timestamp, digest: &TokenDigest) -> Option<Arc<Caller>> {
        if self.ttl.is_zero() {
            return None;
        }
        let found = self.look_up(now, digest);
        let counter = if found.is_some() { &self.hits } else { &self.misses };
        counter.fetch_add(1, Ordering::Relaxed);
        found
    }

    fn look_up(&self, now: Timestamp, digest: &TokenDigest) -> Option<Arc<Caller>> {
        let entry = self.entries.get(digest)?;
        // A clock set back must not lengthen a life: what was filled in the future is not believed.
        let fresh = entry.filled_at <= now && now.since(entry.filled_at) < self.ttl;
        let changed_at = self.mark(entry.caller.user.id).load(Ordering::SeqCst);
        let last_change = changed_at.max(self.everyone.load(Ordering::SeqCst));
        (fresh && last_change <= entry.generation.0).then_some(entry.caller)
    }

    /// Keeps `caller`, read after `generation` was asked for.
    pub fn insert(&self, now: Timestamp, digest: TokenDigest, caller: Arc<Caller>, generation: Generation) {
        if !self.ttl.is_zero() {
            self.entries.insert(digest, Entry { caller, filled_at: now, generation });
        }
    }

    /// Ends every entry of `user_id`; to be called after the change is committed and before it is acknowledged.
    pub fn forget(&self, user_id: UserId) {
        let change = self.counter.fetch_add(1, Ordering::SeqCst) + 1;
        self.mark(user_id).fetch_max(change, Ordering::SeqCst);
    }

    /// Ends every entry.
    pub fn forget_all(&self) {
        let change = self.counter.fetch_add(1, Ordering::SeqCst) + 1;
        self.everyone.fetch_max(change, Ordering::SeqCst);
    }

    fn mark(&self, user_id: UserId) -> &AtomicU64 {
        let slot = usize::try_from(user_id.get().unsigned_abs()).unwrap_or_default() % MARKS;
        &self.marks[slot]
    }
}

#[cfg(test)]
mod tests;
