//! What every use case works with.

use std::sync::Arc;

use vestibule_persistence::Database;

use crate::caller_cache::CallerCache;
use crate::hasher::Hasher;
use crate::rules::AccountRules;

/// The accounts of one installation. Cheap to clone; all clones share the pool and the cache.
///
/// Every use case takes it first. Those that hash have three steps, so that a shell can run the middle one where it
/// holds no connection, and a plain function of the same name that takes all three.
#[derive(Clone)]
pub struct Accounts {
    /// Where they are kept.
    pub database: Database,
    /// What checks passwords.
    pub hasher: Hasher,
    /// Who was seen a moment ago.
    pub callers: Arc<CallerCache>,
    /// What the operator decided.
    pub rules: Arc<AccountRules>,
}
