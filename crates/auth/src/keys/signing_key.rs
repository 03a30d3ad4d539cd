//! One key.

use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use serde_json::Value;
use vestibule_domain::random::Random;
use vestibule_domain::time::Timestamp;
use vestibule_persistence::signing_keys::StoredKey;
use zeroize::Zeroizing;

use super::jws::Compact;
use super::seal::Sealer;
use super::{KeyError, jwk, jws};

/// The bytes an Ed25519 key is made from (RFC 8032, 5.1.5).
const SEED_LEN: usize = 32;

/// A key with both its halves.
pub(super) struct SigningKey {
    kid: String,
    header: String,
    pair: Ed25519KeyPair,
    /// When it was made.
    pub(super) created_at: Timestamp,
    /// When a newer one took its place.
    pub(super) retired_at: Option<Timestamp>,
}

impl SigningKey {
    /// A new key, ready to be kept.
    pub(super) fn make(now: Timestamp, random: &dyn Random, sealer: &Sealer) -> Result<StoredKey, KeyError> {
        let mut seed = Zeroizing::new([0; SEED_LEN]);
        random.fill(seed.as_mut());
        let pair = Ed25519KeyPair::from_seed_unchecked(seed.as_ref()).map_err(|_| KeyError::Unmade)?;
        let public_key = pair.public_key().as_ref().to_vec();
        let kid = jwk::thumbprint(&public_key);
        let sealed_seed = sealer.seal(random, &kid, seed.as_ref()).map_err(|_| KeyError::Unmade)?;
        Ok(StoredKey { kid, public_key, sealed_seed, created_at: now, retired_at: None })
    }

    /// The key as it was kept. Its public half and its name are worked out anew: who can write to the database but has
    /// no secret key cannot slip us a key of theirs, to verify by or to publish.
    pub(super) fn open(stored: &StoredKey, sealer: &Sealer) -> Result<Self, KeyError> {
        let refusal = || KeyError::Sealed { kid: stored.kid.clone() };
        let seed = sealer.open(&stored.kid, &stored.sealed_seed).map_err(|_| refusal())?;
        let pair = Ed25519KeyPair::from_seed_and_public_key(&seed, &stored.public_key);
        let pair = pair.map_err(|_| refusal())?;
        if jwk::thumbprint(pair.public_key().as_ref()) != stored.kid {
            return Err(refusal());
        }
        let (created_at, retired_at) = (stored.created_at, stored.retired_at);
        Ok(Self { header: jws::header(&stored.kid), kid: stored.kid.clone(), pair, created_at, retired_at })
    }

    /// Whether an encoded header is the one of this key.
    pub(super) fn is_named_by(&self, header: &str) -> bool {
        self.header == header
    }

    /// The compact form of a token that says `payload`.
    pub(super) fn sign(&self, payload: &[u8]) -> Zeroizing<String> {
        let mut text = Zeroizing::new(format!("{}.{}", self.header, jws::encode(payload)));
        let signature = jws::encode(self.pair.sign(text.as_bytes()).as_ref());
        // Moved into one of the right size: growing in place would leave a copy behind that nobody wipes.
        text = Zeroizing::new(format!("{}.{signature}", *text));
        text
    }

    /// Whether this key signed `token`.
    pub(super) fn has_signed(&self, token: &Compact<'_>) -> bool {
        let public_key = UnparsedPublicKey::new(&ED25519, self.pair.public_key().as_ref());
        public_key.verify(token.signed.as_bytes(), &token.signature).is_ok()
    }

    /// The public half.
    pub(super) fn jwk(&self) -> Value {
        jwk::jwk(&self.kid, self.pair.public_key().as_ref())
    }
}
