//! Memory shared out among jobs by weight, in the order they came.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// So many bytes, of which running jobs hold a part.
///
/// A job that asks for more than there is gets all of it, alone. Whoever asks first is served first, so small jobs
/// never starve a big one.
pub(super) struct MemoryBudget {
    bytes: u64,
    shares: Mutex<Shares>,
    changed: Condvar,
}

#[derive(Default)]
struct Shares {
    held: u64,
    next_turn: u64,
    now_serving: u64,
}

/// A part of the budget, given back on drop.
pub(super) struct Share<'a> {
    budget: &'a MemoryBudget,
    bytes: u64,
}

impl MemoryBudget {
    pub(super) fn new(bytes: u64) -> Self {
        Self { bytes, shares: Mutex::default(), changed: Condvar::new() }
    }

    /// Waits, blocking this thread, until `bytes` are free.
    pub(super) fn hold(&self, bytes: u64) -> Share<'_> {
        let bytes = bytes.min(self.bytes);
        if bytes > 0 {
            let mut shares = self.shares();
            let turn = shares.next_turn;
            shares.next_turn += 1;
            while shares.now_serving != turn || shares.held + bytes > self.bytes {
                shares = self.changed.wait(shares).unwrap_or_else(PoisonError::into_inner);
            }
            shares.now_serving += 1;
            shares.held += bytes;
            drop(shares);
            self.changed.notify_all();
        }
        Share { budget: self, bytes }
    }

    fn shares(&self) -> MutexGuard<'_, Shares> {
        self.shares.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Share<'_> {
    fn drop(&mut self) {
        if self.bytes > 0 {
            self.budget.shares().held -= self.bytes;
            self.budget.changed.notify_all();
        }
    }
}
