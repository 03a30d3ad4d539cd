//! What every use case works with.

use std::sync::Arc;
use std::time::Duration;

use vestibule_persistence::Database;
use vestibule_persistence::ephemeral::MailTokens;

use crate::audit_buffer::AuditBuffer;
use crate::caller_cache::CallerCache;
use crate::hasher::Hasher;
use crate::keys::KeyRing;
use crate::limits::{LimitRules, Limits};
use crate::rules::AccountRules;
use crate::sightings::Sightings;

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
    /// How often people may try.
    pub limits: Arc<Limits>,
    /// The tokens that were mailed.
    pub mail_tokens: MailTokens,
    /// What signs access tokens.
    pub keys: Arc<KeyRing>,
    /// Refusals on their way to the audit trail.
    pub refusals: Arc<AuditBuffer>,
    /// Sessions seen in use, on their way to the database.
    pub sightings: Arc<Sightings>,
}

impl Accounts {
    /// The accounts in `database` for a program that links this room: limits as a fresh installation has them, no Redis, and
    /// tokens that are signed under `secret_key`, by and for `issuer`. Reads nothing yet: [`KeyRing::load`] makes the first
    /// key where signed tokens are wanted.
    #[must_use]
    pub fn embedded(
        database: Database,
        hasher: Hasher,
        rules: AccountRules,
        secret_key: &[u8],
        issuer: &str,
    ) -> Self {
        Self {
            hasher,
            keys: Arc::new(KeyRing::new(database.clone(), secret_key, issuer, rules.jwt_ttl)),
            callers: Arc::new(CallerCache::new(Duration::from_secs(1))),
            rules: Arc::new(rules),
            limits: Arc::new(Limits::new(LimitRules::default(), None)),
            mail_tokens: MailTokens::new(database.clone(), None),
            refusals: Arc::default(),
            sightings: Arc::default(),
            database,
        }
    }
}
