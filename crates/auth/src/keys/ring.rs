//! The keys of an installation together.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use serde_json::json;
use vestibule_domain::audit::{AuditEvent, AuditRecord};
use vestibule_domain::caller::ClientInfo;
use vestibule_domain::id::{SessionId, UserId};
use vestibule_domain::random::Random;
use vestibule_domain::time::Timestamp;
use vestibule_persistence::dialect::DatabaseConnection;
use vestibule_persistence::signing_keys::StoredKey;
use vestibule_persistence::{Database, StoreError, audit, installation, signing_keys};

use super::claims::{self, Claimed, Terms};
use super::jws::Compact;
use super::known::Known;
use super::seal::Sealer;
use super::signing_key::SigningKey;
use super::{Claims, KeyError, SignedToken, VerifyError};

/// How much longer than a token's life a retired key verifies: nodes may differ by that much about the time.
const SLACK: Duration = Duration::from_mins(5);

/// The signing keys of an installation, read when needed and again when another node may have rotated them.
///
/// They are kept in memory and read anew at most once a second. While they cannot be read, those that are known go on
/// signing and verifying; only of a token whose key is not among them nothing is said.
pub struct KeyRing {
    database: Database,
    sealer: Sealer,
    terms: Terms,
    overlap: Duration,
    known: RwLock<Arc<Known>>,
    /// Held by whoever reads the keys.
    reading: Mutex<()>,
}

impl KeyRing {
    /// The keys in `database`, sealed under `secret_key`, for tokens issued by and for `issuer` that live for `jwt_ttl` at
    /// most. Reads nothing yet.
    #[must_use]
    pub fn new(database: Database, secret_key: &[u8], issuer: &str, jwt_ttl: Duration) -> Self {
        Self {
            database,
            sealer: Sealer::new(secret_key, "signing-keys"),
            terms: Terms { issuer: issuer.to_owned(), jwt_ttl },
            overlap: jwt_ttl.saturating_add(SLACK),
            known: RwLock::default(),
            reading: Mutex::default(),
        }
    }

    /// Reads the keys; makes the first one where there is none. Of several nodes at once one makes it.
    pub fn load(&self, now: Timestamp, random: &dyn Random) -> Result<(), KeyError> {
        let _turn = self.turn();
        if self.read(now)?.lacks_a_signer() {
            let made = self.database.write(|conn| self.make_first(conn, now, random))?;
            if made {
                tracing::info!(target: "auth", "a signing key was made");
            }
            self.read(now)?;
        }
        Ok(())
    }

    /// Signs a token for `session_id` of `user_id`, good from `now` until `expires_at`, both cut to whole seconds. Asks the
    /// database at most once a second, so it has no place in a transaction.
    pub fn sign(
        &self,
        now: Timestamp,
        random: &dyn Random,
        user_id: UserId,
        session_id: SessionId,
        expires_at: Timestamp,
    ) -> Result<SignedToken, KeyError> {
        let mut known = self.freshen(now);
        if known.lacks_a_signer() {
            self.load(now, random)?;
            known = self.known();
        }
        let key = known.signing(now, self.overlap).ok_or(KeyError::Unmade)?;
        let claimed = Claimed { user_id, session_id, issued_at: now, expires_at };
        let (payload, token_digest) = claims::write(&self.terms, random, claimed);
        Ok(SignedToken { text: key.sign(payload.as_bytes()), token_digest })
    }

    /// What `text` says, if it is a token of ours. The database is asked for keys at most once a second.
    pub fn verify(&self, now: Timestamp, text: &str) -> Result<Claims, VerifyError> {
        let token = Compact::parse(text).ok_or(VerifyError::Invalid)?;
        let key = self.find(now, token.header)?;
        if !key.has_signed(&token) {
            return Err(VerifyError::Invalid);
        }
        claims::read(&self.terms, now, &token.payload)
    }

    /// The public keys as a JWK set (RFC 7517), in JSON.
    pub fn jwks(&self, now: Timestamp) -> Result<String, KeyError> {
        let known = self.freshen(now);
        let keys: Vec<_> = known.verifying(now, self.overlap).map(|key| key.jwk()).collect();
        if keys.is_empty() && known.is_behind {
            return Err(KeyError::Store(unread()));
        }
        Ok(json!({ "keys": keys }).to_string())
    }

    /// Makes a new key, which signs as soon as every node knows of it, two seconds later; the others verify until their
    /// tokens ran out. Answers its name.
    pub fn rotate(&self, now: Timestamp, random: &dyn Random) -> Result<String, KeyError> {
        let key = SigningKey::make(now, random, &self.sealer)?;
        self.database.write(|conn| {
            installation::lock(conn)?;
            signing_keys::delete_retired(conn, now.minus(self.overlap))?;
            signing_keys::insert(conn, &key)?;
            signing_keys::retire_others(conn, now, &key.kid)?;
            let told = AuditRecord::success(now, AuditEvent::KeysRotated, &ClientInfo::default());
            audit::insert(conn, &told.saying(&*key.kid))
        })?;
        tracing::info!(target: "auth", kid = key.kid, "the signing keys were rotated");
        let _turn = self.turn();
        self.read(now)?;
        Ok(key.kid)
    }

    /// How many keys are kept, each of which can be unsealed. Makes none and remembers none.
    pub fn check(&self) -> Result<usize, KeyError> {
        let stored: Vec<StoredKey> = self.database.read(signing_keys::list)?;
        stored.iter().try_for_each(|key| SigningKey::open(key, &self.sealer).map(drop))?;
        Ok(stored.len())
    }

    /// Under the lock: makes the first key, unless another node has made it in the meantime.
    fn make_first(
        &self,
        conn: &mut DatabaseConnection,
        now: Timestamp,
        random: &dyn Random,
    ) -> Result<bool, KeyError> {
        installation::lock(conn)?;
        if signing_keys::list(conn)?.iter().any(|key| key.retired_at.is_none()) {
            return Ok(false);
        }
        signing_keys::insert(conn, &SigningKey::make(now, random, &self.sealer)?)?;
        Ok(true)
    }

    /// The key an encoded header names. What is not known may have been made a moment ago: whoever reads the keys just
    /// now is waited for.
    fn find(&self, now: Timestamp, header: &str) -> Result<Arc<SigningKey>, VerifyError> {
        let among = |known: &Known| {
            known.verifying(now, self.overlap).find(|key| key.is_named_by(header)).map(Arc::clone)
        };
        if let Some(key) = among(&self.freshen(now)) {
            return Ok(key);
        }
        let _turn = self.turn();
        let known = self.known();
        let known = if known.is_due(now) { self.read_or_keep(now) } else { known };
        match among(&known) {
            Some(key) => Ok(key),
            None if known.is_behind => Err(VerifyError::Store(unread())),
            None => Err(VerifyError::Invalid),
        }
    }

    /// The keys, read again where it is time for that and nobody does it already.
    fn freshen(&self, now: Timestamp) -> Arc<Known> {
        let known = self.known();
        if !known.is_due(now) {
            return known;
        }
        match self.reading.try_lock() {
            Ok(_turn) => self.read_or_keep(now),
            Err(_) => known,
        }
    }

    /// Reads the keys, or keeps those that are known.
    fn read_or_keep(&self, now: Timestamp) -> Arc<Known> {
        self.read(now).unwrap_or_else(|error| {
            tracing::warn!(target: "auth", error = %error, "the signing keys cannot be read; those that are known go on");
            self.learn(self.known().left_behind(now))
        })
    }

    fn read(&self, now: Timestamp) -> Result<Arc<Known>, KeyError> {
        let stored: Vec<StoredKey> = self.database.read(signing_keys::list)?;
        let keys = stored.iter().map(|key| SigningKey::open(key, &self.sealer)).collect::<Result<_, _>>()?;
        Ok(self.learn(Known::read(now, keys)))
    }

    fn learn(&self, known: Known) -> Arc<Known> {
        let known = Arc::new(known);
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&known);
        known
    }

    fn known(&self) -> Arc<Known> {
        Arc::clone(&self.known.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn turn(&self) -> MutexGuard<'_, ()> {
        self.reading.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn unread() -> StoreError {
    StoreError::Unavailable("the signing keys could not be read a moment ago".into())
}
