//! What is kept for a while only: in Redis where there is one, else in the database.

mod database;
mod redis;

use std::sync::Arc;

use vestibule_domain::email::EmailAddress;
use vestibule_domain::id::UserId;
use vestibule_domain::time::Timestamp;
use vestibule_domain::token::{MailPurpose, TokenDigest};

pub use self::database::DatabaseStore;
pub use self::redis::{RedisError, RedisOptions, RedisStore};
use crate::database::Database;
use crate::error::StoreError;

/// The newest token mailed to an account for one purpose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailedToken {
    /// Its digest.
    pub digest: TokenDigest,
    /// The account's `token_epoch` when it was made: what voids tokens raises that.
    pub epoch: i64,
    /// The address it is about.
    pub email: EmailAddress,
    /// When it ends by itself.
    pub expires_at: Timestamp,
}

/// Where such tokens lie: one place for each account and purpose, so that the newest voids the one before.
///
/// It looks tokens up and nothing more. That a token is used once is decided by the account's row, in the transaction
/// that does what the token is for, so a store that loses or repeats an answer never lets one in twice.
pub trait EphemeralStore: Send + Sync {
    /// Puts `token` in the place of the one before.
    fn put(
        &self,
        now: Timestamp,
        user_id: UserId,
        purpose: MailPurpose,
        token: &MailedToken,
    ) -> Result<(), StoreError>;

    /// What lies there, if it has not run out at `now`.
    fn find(
        &self,
        now: Timestamp,
        user_id: UserId,
        purpose: MailPurpose,
    ) -> Result<Option<MailedToken>, StoreError>;

    /// Empties the place.
    fn delete(&self, user_id: UserId, purpose: MailPurpose) -> Result<(), StoreError>;

    /// Empties every place of everybody.
    fn clear(&self) -> Result<(), StoreError>;
}

/// The mailed tokens of an installation: Redis first where there is one, the database where it is away.
///
/// What lies in the database while there is Redis was put there when Redis was away; it is the newer of the two until
/// something is put into Redis again, which removes it.
#[derive(Clone)]
pub struct MailTokens {
    database: Arc<DatabaseStore>,
    redis: Option<Arc<RedisStore>>,
}

impl MailTokens {
    /// The tokens in `database`, or in `redis` where there is one.
    #[must_use]
    pub fn new(database: Database, redis: Option<Arc<RedisStore>>) -> Self {
        Self { database: Arc::new(DatabaseStore::new(database)), redis }
    }

    /// Puts `token` in the place of the one before.
    pub fn put(
        &self,
        now: Timestamp,
        user_id: UserId,
        purpose: MailPurpose,
        token: &MailedToken,
    ) -> Result<(), StoreError> {
        let Some(redis) = &self.redis else { return self.database.put(now, user_id, purpose, token) };
        match redis.put(now, user_id, purpose, token) {
            Ok(()) => self.database.delete(user_id, purpose),
            Err(_) => self.database.put(now, user_id, purpose, token),
        }
    }

    /// The token of `digest`, if it is the newest of its account and purpose and has not run out. Where Redis may have it
    /// and is away, that is [`StoreError::Unavailable`], and nothing is said about the token.
    pub fn find(
        &self,
        now: Timestamp,
        user_id: UserId,
        purpose: MailPurpose,
        digest: &TokenDigest,
    ) -> Result<Option<MailedToken>, StoreError> {
        Ok(self.find_newest(now, user_id, purpose)?.filter(|token| token.digest == *digest))
    }

    /// The newest token of `user_id` for `purpose`, if it has not run out; for its owner to see that there is one. It may be
    /// void all the same, by the account's `token_epoch`.
    pub fn find_newest(
        &self,
        now: Timestamp,
        user_id: UserId,
        purpose: MailPurpose,
    ) -> Result<Option<MailedToken>, StoreError> {
        // What lies in the database counts alone even when it has run out: what Redis has is older.
        let newest = match (self.database.lying(user_id, purpose)?, &self.redis) {
            (None, Some(redis)) => redis.find(now, user_id, purpose)?,
            (lying, _) => lying,
        };
        Ok(newest.filter(|token| now < token.expires_at))
    }

    /// Clears away a token that was used; whether it can be used again does not hang on this.
    pub fn forget(&self, user_id: UserId, purpose: MailPurpose) {
        // In this order: while Redis cannot be cleared, what lies in the database hides what is there.
        let in_redis = self.redis.as_ref().map_or(Ok(()), |redis| redis.delete(user_id, purpose));
        if let Err(error) = in_redis.and_then(|()| self.database.delete(user_id, purpose)) {
            tracing::debug!(target: "mail", %error, "a used token was not cleared away");
        }
    }

    /// The same for every token of `user_id`.
    pub fn forget_all(&self, user_id: UserId) {
        for purpose in MailPurpose::ALL {
            self.forget(user_id, *purpose);
        }
    }

    /// Voids every token of everybody.
    pub fn clear(&self) -> Result<(), StoreError> {
        self.redis.as_ref().map_or(Ok(()), |redis| redis.clear())?;
        self.database.clear()
    }

    /// Removes up to `limit` from the database that ran out before `now`; Redis does that by itself. Answers how many.
    pub fn delete_expired(&self, now: Timestamp, limit: i64) -> Result<usize, StoreError> {
        self.database.delete_expired(now, limit)
    }
}
