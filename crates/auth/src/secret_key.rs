//! Knowing a secret key again without keeping it.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// What is signed. A label of its own keeps the check value apart from everything else the key signs.
const LABEL: &[u8] = b"vestibule/secret-key-check/1";

/// What is kept with the data to know `key` by: HMAC-SHA-256 of a fixed label, which tells nothing of a key that was
/// drawn at random. Compare it in constant time.
#[must_use]
pub fn check_value(key: &[u8]) -> [u8; 32] {
    // HMAC takes a key of every length; were one refused, no value is the one that matches nothing that is kept.
    let mac = Hmac::<Sha256>::new_from_slice(key);
    mac.map(|mac| mac.chain_update(LABEL).finalize().into_bytes().into()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_key_has_its_own_check_value() {
        assert_eq!(check_value(b"one"), check_value(b"one"));
        assert_ne!(check_value(b"one"), check_value(b"two"));
        assert_ne!(check_value(b""), [0; 32]);
    }
}
