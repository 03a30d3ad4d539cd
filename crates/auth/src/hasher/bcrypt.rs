//! bcrypt as it is stored, plain and over a digest of the password; verified only.

use base64ct::{Base64, Base64Bcrypt, Encoding};
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::stored::{self, Stored, fields, number};

/// The costs an imported hash may have: from bcrypt's own least to 2^15 rounds, about two seconds.
const COSTS: std::ops::RangeInclusive<u32> = 4..=15;
/// What bcrypt reads of a password, in bytes.
const KEY_BYTES: usize = 72;
/// The output is the cipher's 24 bytes less one, since the first implementation.
const OUTPUT_BYTES: usize = 23;

/// At which cost, with which salt, over what.
pub(super) struct Recipe {
    cost: u32,
    salt: [u8; 16],
    prehash: Prehash,
}

/// What is done with a password before bcrypt, which reads no more than 72 bytes.
pub(super) enum Prehash {
    /// Nothing: bytes after the 72nd do not count, as they did not in the system that made the hash.
    None,
    /// SHA-256 in hex (Django's `bcrypt_sha256`).
    Sha256Hex,
    /// SHA-256 in base64 (passlib's `bcrypt_sha256`, version 1).
    Sha256Base64,
    /// HMAC-SHA-256 in base64, keyed with the salt as it is written (passlib's `bcrypt_sha256`, version 2).
    HmacBase64 {
        /// The 22 characters of the salt.
        key: String,
    },
}

/// Takes `$2b$12$` (or `2a`, `2y`, which mean the same wherever passwords are shorter than 255 bytes) and 53
/// characters of salt and output. `$2x$` marks hashes of an implementation with a fault and opens nothing.
pub(super) fn parse(text: &str, prehash: Prehash) -> Option<Stored> {
    let ["", "2a" | "2b" | "2y", cost, tail] = fields(text)? else {
        return None;
    };
    let (salt, output) = tail.split_at_checked(22)?;
    Recipe::new(cost, salt, prehash)?.expecting(output)
}

/// Takes passlib's `bcrypt-sha256$v=2,t=2b,r=12$salt$output` and, before that, `bcrypt-sha256$2b,12$salt$output`.
pub(super) fn parse_passlib(text: &str) -> Option<Stored> {
    let [_, cost, salt, output] = fields(text)?;
    let (cost, prehash) = match cost.split(',').collect::<Vec<_>>()[..] {
        ["v=2", "t=2a" | "t=2b", cost] => {
            (cost.strip_prefix("r=")?, Prehash::HmacBase64 { key: salt.to_owned() })
        }
        ["2a" | "2b", cost] => (cost, Prehash::Sha256Base64),
        _ => return None,
    };
    Recipe::new(cost, salt, prehash)?.expecting(output)
}

impl Recipe {
    fn new(cost: &str, salt: &str, prehash: Prehash) -> Option<Self> {
        let cost = number(cost).filter(|cost| COSTS.contains(cost))?;
        let salt = Base64Bcrypt::decode_vec(salt).ok()?.try_into().ok()?;
        Some(Self { cost, salt, prehash })
    }

    fn expecting(self, output: &str) -> Option<Stored> {
        let expected = Base64Bcrypt::decode_vec(output).ok()?;
        (expected.len() == OUTPUT_BYTES).then(|| Stored::new(stored::Recipe::Bcrypt(self), expected))?
    }

    /// Fills `output` and says whether it may count: bcrypt ends a password at a NUL byte in one implementation and
    /// refuses it in the other, so a password with one opens no plain bcrypt hash. The work is done either way.
    pub(super) fn derive(&self, password: &[u8], output: &mut [u8]) -> bool {
        let text = self.prepared(password);
        let used = text.len().min(KEY_BYTES);
        let mut key = Zeroizing::new([0; KEY_BYTES]);
        key[..used].copy_from_slice(&text[..used]);
        // The NUL that ends the text is part of the key, as far as there is room for it.
        let made = Zeroizing::new(bcrypt::bcrypt(self.cost, self.salt, &key[..KEY_BYTES.min(used + 1)]));
        output.copy_from_slice(&made[..OUTPUT_BYTES]);
        !text.contains(&0)
    }

    fn prepared(&self, password: &[u8]) -> Zeroizing<Vec<u8>> {
        let text = match &self.prehash {
            Prehash::None => return Zeroizing::new(password.to_vec()),
            Prehash::Sha256Hex => base16ct::lower::encode_string(&Sha256::digest(password)),
            Prehash::Sha256Base64 => Base64::encode_string(&Sha256::digest(password)),
            Prehash::HmacBase64 { key } => {
                #[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
                let mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).expect("any key length");
                Base64::encode_string(&mac.chain_update(password).finalize().into_bytes())
            }
        };
        Zeroizing::new(text.into_bytes())
    }

    #[cfg(test)]
    pub(super) fn cost(&self) -> u32 {
        self.cost
    }
}
