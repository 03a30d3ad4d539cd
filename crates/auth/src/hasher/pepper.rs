//! Secrets mixed into passwords before they are hashed, kept outside the database.

use std::fmt;
use std::str::FromStr;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use thiserror::Error;
use zeroize::Zeroizing;

/// The peppers, newest first: the first is mixed into new hashes, the rest only verify, so that a pepper can be
/// replaced while hashes made with the old one are renewed one sign-in at a time.
///
/// The text form is `id:secret` entries separated by commas, so a secret holds no comma; an empty text is no pepper.
/// Printing shows nothing.
#[derive(Clone, Default)]
pub struct Peppers(Vec<Pepper>);

/// One pepper: HMAC-SHA-256 under its secret of the password is what is hashed, and the hash carries the id.
#[derive(Clone)]
pub(super) struct Pepper {
    id: String,
    secret: Zeroizing<Vec<u8>>,
}

/// Why a text is no list of peppers. It never repeats the text.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum PepperError {
    /// An entry has no colon.
    #[error("has an entry that is not id:secret")]
    Entry,
    /// An id is too long, empty, or holds something else.
    #[error("has an id that is not 1 to {} lower-case letters or digits", Peppers::MAX_ID_BYTES)]
    Id,
    /// A secret is too short to be one.
    #[error("has a secret shorter than {} bytes", Peppers::MIN_SECRET_BYTES)]
    Short,
    /// An id stands twice.
    #[error("names an id twice")]
    Twice,
}

impl Peppers {
    /// The longest id in bytes: what the `keyid` of an Argon2 PHC string holds.
    pub const MAX_ID_BYTES: usize = 8;
    /// The shortest secret in bytes: 128 bits if it is random.
    pub const MIN_SECRET_BYTES: usize = 16;

    pub(super) fn current(&self) -> Option<&Pepper> {
        self.0.first()
    }

    pub(super) fn find(&self, id: &str) -> Option<&Pepper> {
        self.0.iter().find(|pepper| pepper.id == id)
    }

    /// Whether `id` can name a pepper.
    pub(super) fn is_id(id: &str) -> bool {
        (1..=Self::MAX_ID_BYTES).contains(&id.len())
            && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
    }
}

impl Pepper {
    pub(super) fn id(&self) -> &str {
        &self.id
    }

    /// What is hashed in place of `password`.
    pub(super) fn mix(&self, password: &str) -> Zeroizing<[u8; 32]> {
        #[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
        let mac = Hmac::<Sha256>::new_from_slice(&self.secret).expect("any key length");
        Zeroizing::new(mac.chain_update(password).finalize().into_bytes().into())
    }
}

impl FromStr for Peppers {
    type Err = PepperError;

    fn from_str(text: &str) -> Result<Self, PepperError> {
        let mut peppers = Self::default();
        for entry in text.split(',').filter(|_| !text.is_empty()) {
            let (id, secret) = entry.split_once(':').ok_or(PepperError::Entry)?;
            if !Self::is_id(id) {
                return Err(PepperError::Id);
            }
            if secret.len() < Self::MIN_SECRET_BYTES {
                return Err(PepperError::Short);
            }
            if peppers.find(id).is_some() {
                return Err(PepperError::Twice);
            }
            let secret = Zeroizing::new(secret.as_bytes().to_vec());
            peppers.0.push(Pepper { id: id.to_owned(), secret });
        }
        Ok(peppers)
    }
}

impl fmt::Debug for Peppers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Peppers(..)")
    }
}
