//! What may be known of a secret key: a value to know it again by, and a name for the installation it belongs to.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// What is signed. A label of its own keeps the check value apart from everything else the key signs.
const LABEL: &[u8] = b"vestibule/secret-key-check/1";
const INSTALLATION_LABEL: &[u8] = b"vestibule/installation-name/1";

/// What is kept with the data to know `key` by: HMAC-SHA-256 of a fixed label, which tells nothing of a key that was
/// drawn at random. Compare it in constant time.
#[must_use]
pub fn check_value(key: &[u8]) -> [u8; 32] {
    derive(key, LABEL)
}

/// HMAC-SHA-256 of `label`: who learns what comes of one label learns nothing of the others.
fn derive(key: &[u8], label: &[u8]) -> [u8; 32] {
    // HMAC takes a key of every length; were one refused, no value is the one that matches nothing that is kept.
    let mac = Hmac::<Sha256>::new_from_slice(key);
    mac.map(|mac| mac.chain_update(label).finalize().into_bytes().into()).unwrap_or_default()
}

/// A short name of an installation, for what several may share: eight bytes in hexadecimal, the same on all its nodes.
#[must_use]
pub fn installation_name(key: &[u8]) -> String {
    let derived = derive(key, INSTALLATION_LABEL);
    base16ct::lower::encode_string(derived.get(..8).unwrap_or_default())
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

    #[test]
    fn an_installation_has_a_short_name_that_tells_nothing_of_its_key() {
        assert_ne!(derive(b"one", LABEL)[..8], derive(b"one", INSTALLATION_LABEL)[..8]);
        let name = installation_name(b"one");
        assert!(name.len() == 16 && name == installation_name(b"one") && name != installation_name(b"two"));
    }
}
