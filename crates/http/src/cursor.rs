//! Where a page ended, sealed: a text that only this server can have made.

use std::fmt::{self, Display};
use std::str::FromStr;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// What the key is derived under, apart from everything else the secret key signs.
const LABEL: &[u8] = b"vestibule/cursor-key/1";

/// The bytes of a seal. Forging one takes 2^127 requests on average, and would show rows the caller may list anyway.
const SEAL: usize = 16;

/// The longest cursor that is looked at, in characters: a list sorted by names carries the last one, whose key may have
/// [`vestibule_domain::username::UsernameKey::MAX_BYTES`], each of them two characters.
const MAX_CHARS: usize = 4096;

/// Seals cursors. All nodes of an installation have the same.
#[derive(Clone)]
pub struct CursorKey([u8; 32]);

impl CursorKey {
    /// The key that belongs to `secret_key`.
    #[must_use]
    pub fn derive(secret_key: &[u8]) -> Self {
        Self(mac(secret_key, &[LABEL]).finalize().into_bytes().into())
    }

    /// `position` in `list`, for the next request to bring back.
    #[must_use]
    pub fn seal(&self, list: &str, position: &impl Display) -> String {
        let position = position.to_string();
        let seal = self.of(list, &position).finalize().into_bytes();
        let parts = [seal.get(..SEAL).unwrap_or_default(), position.as_bytes()];
        base16ct::lower::encode_string(&parts.concat())
    }

    /// The position in `cursor`, if it was sealed here for `list`.
    #[must_use]
    pub fn open<T: FromStr>(&self, list: &str, cursor: &str) -> Option<T> {
        if cursor.len() > MAX_CHARS {
            return None;
        }
        let bytes = base16ct::lower::decode_vec(cursor).ok()?;
        let (seal, position) = bytes.split_at_checked(SEAL)?;
        let position = std::str::from_utf8(position).ok()?;
        self.of(list, position).verify_truncated_left(seal).ok()?;
        position.parse().ok()
    }

    fn of(&self, list: &str, position: &str) -> Hmac<Sha256> {
        mac(&self.0, &[list.as_bytes(), b"\0", position.as_bytes()])
    }
}

impl fmt::Debug for CursorKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CursorKey(..)")
    }
}

fn mac(key: &[u8], parts: &[&[u8]]) -> Hmac<Sha256> {
    // HMAC takes a key of every length, so the other one is never made.
    let mac = Hmac::<Sha256>::new_from_slice(key)
        .unwrap_or_else(|_| Hmac::new(&hmac::digest::Key::<Hmac<Sha256>>::default()));
    parts.iter().fold(mac, Mac::chain_update)
}

#[cfg(test)]
mod tests {
    use vestibule_domain::username::UsernameKey;

    use super::*;

    #[test]
    fn a_cursor_opens_in_its_own_list_under_its_own_key() {
        let key = CursorKey::derive(b"a key of the operator's");
        let cursor = key.seal("audit", &7_i64);
        assert_eq!(key.open::<i64>("audit", &cursor), Some(7));
        assert_eq!(key.open::<i64>("mail", &cursor), None);
        assert_eq!(CursorKey::derive(b"another").open::<i64>("audit", &cursor), None);
    }

    #[test]
    fn the_longest_name_there_can_be_fits_into_a_cursor() {
        let key = CursorKey::derive(b"a key of the operator's");
        let name = format!("{} {}", i64::MAX, "n".repeat(UsernameKey::MAX_BYTES));
        assert_eq!(key.open("users:username", &key.seal("users:username", &name)), Some(name));
    }

    /// S71: no cursor that was touched opens, whichever character it is.
    #[test]
    fn a_cursor_that_was_touched_opens_nothing() {
        let key = CursorKey::derive(b"a key of the operator's");
        let cursor = key.seal("audit", &1234_i64);
        for place in 0..cursor.len() {
            let mut touched = cursor.clone().into_bytes();
            touched[place] = if touched[place] == b'0' { b'1' } else { b'0' };
            let touched = String::from_utf8(touched).unwrap();
            assert_eq!(key.open::<i64>("audit", &touched), None, "{touched}");
        }
        for text in ["", "0", "00", "zz", "é", &cursor[2..], &cursor.to_uppercase(), &"0".repeat(4096)] {
            assert_eq!(key.open::<i64>("audit", text), None, "{text}");
        }
    }
}
