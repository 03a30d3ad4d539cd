//! Secrets at rest, sealed under a key derived from `SECRET_KEY`.

use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::hmac;
use thiserror::Error;
use vestibule_domain::random::Random;
use zeroize::Zeroizing;

/// How the bytes are laid out: this byte, the id of the key, the nonce, the text and its tag.
const VERSION: u8 = 1;

const KEY_ID_LEN: usize = 4;

const HEAD_LEN: usize = 1 + KEY_ID_LEN;

/// Why sealed bytes stay closed.
#[derive(Debug, Error, PartialEq, Eq)]
pub(super) enum SealError {
    /// The id on them is that of another key.
    #[error("sealed under another key")]
    OtherKey,
    /// They are not as they were written, or not for this name.
    #[error("damaged")]
    Damaged,
}

/// Seals and opens secrets of one kind by ChaCha20-Poly1305 (RFC 8439).
///
/// The nonce is drawn at random. Its 96 bits allow four billion seals under one key (NIST SP 800-38D, 8.3, which counts
/// the same for every AEAD of that nonce); an installation makes a handful.
pub(super) struct Sealer {
    key: Zeroizing<[u8; 32]>,
    head: [u8; HEAD_LEN],
}

impl Sealer {
    /// Derives the key for `purpose`: secrets of one purpose are noise to the sealer of another.
    pub(super) fn new(secret_key: &[u8], purpose: &str) -> Self {
        let key = derive(secret_key, &format!("vestibule/{purpose}/sealing-key/1"));
        let id = derive(secret_key, &format!("vestibule/{purpose}/sealing-key-id/1"));
        let mut head = [VERSION; HEAD_LEN];
        head[1..].copy_from_slice(&id[..KEY_ID_LEN]);
        Self { key, head }
    }

    /// Seals `secret` for `name`; under another name it does not open.
    pub(super) fn seal(&self, random: &dyn Random, name: &str, secret: &[u8]) -> Result<Vec<u8>, SealError> {
        let mut nonce = [0; NONCE_LEN];
        random.fill(&mut nonce);
        let mut text = secret.to_vec();
        self.key()?
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(self.bound_to(name)),
                &mut text,
            )
            .map_err(|_| SealError::Damaged)?;
        Ok([self.head.as_slice(), &nonce, &text].concat())
    }

    /// The secret in `sealed`, if it was sealed by this key for `name` and nobody touched it since.
    pub(super) fn open(&self, name: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealError> {
        let (head, rest) = sealed.split_first_chunk::<HEAD_LEN>().ok_or(SealError::Damaged)?;
        let (nonce, text) = rest.split_first_chunk::<NONCE_LEN>().ok_or(SealError::Damaged)?;
        if head[0] != VERSION {
            return Err(SealError::Damaged);
        }
        if *head != self.head {
            return Err(SealError::OtherKey);
        }
        let mut text = Zeroizing::new(text.to_vec());
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let opened = self.key()?.open_in_place(nonce, Aad::from(self.bound_to(name)), &mut text);
        let len = opened.map_err(|_| SealError::Damaged)?.len();
        text.truncate(len);
        Ok(text)
    }

    fn key(&self) -> Result<LessSafeKey, SealError> {
        let key = UnboundKey::new(&CHACHA20_POLY1305, self.key.as_slice()).map_err(|_| SealError::Damaged)?;
        Ok(LessSafeKey::new(key))
    }

    fn bound_to(&self, name: &str) -> Vec<u8> {
        [self.head.as_slice(), name.as_bytes()].concat()
    }
}

fn derive(secret_key: &[u8], label: &str) -> Zeroizing<[u8; 32]> {
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret_key), label.as_bytes());
    let mut key = Zeroizing::new([0; 32]);
    key.copy_from_slice(tag.as_ref());
    key
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::keys::tests::Counting;

    fn sealer() -> Sealer {
        Sealer::new(&[7; 32], "tests")
    }

    /// S87: another secret key, another purpose, another name.
    #[test]
    fn a_secret_opens_for_its_key_its_purpose_and_its_name_alone() {
        let sealed = sealer().seal(&Counting::default(), "one", b"secret").unwrap();
        assert_eq!(sealer().open("one", &sealed).as_deref(), Ok(&b"secret".to_vec()));
        assert_eq!(sealer().open("two", &sealed), Err(SealError::Damaged));
        assert_eq!(Sealer::new(&[8; 32], "tests").open("one", &sealed), Err(SealError::OtherKey));
        assert_eq!(Sealer::new(&[7; 32], "other").open("one", &sealed), Err(SealError::OtherKey));
        let mut newer = sealed;
        newer[0] = 2;
        assert_eq!(sealer().open("one", &newer), Err(SealError::Damaged));
    }

    #[test]
    fn the_same_secret_is_sealed_to_other_bytes_each_time() {
        let random = Counting::default();
        let [one, two] = [(); 2].map(|()| sealer().seal(&random, "one", b"secret").unwrap());
        assert_ne!(one, two);
        assert!(!one.windows(6).any(|window| window == b"secret"));
    }

    proptest! {
        /// S87
        #[test]
        fn what_was_sealed_opens(secret in prop::collection::vec(any::<u8>(), 0..100), name in any::<String>()) {
            let sealed = sealer().seal(&Counting::default(), &name, &secret).unwrap();
            let opened = sealer().open(&name, &sealed);
            prop_assert_eq!(opened.as_deref(), Ok(&secret));
        }

        /// S87: fails closed.
        #[test]
        fn no_bit_may_differ(secret in prop::collection::vec(any::<u8>(), 0..40), bit in any::<prop::sample::Index>()) {
            let mut sealed = sealer().seal(&Counting::default(), "one", &secret).unwrap();
            let bit = bit.index(sealed.len() * 8);
            sealed[bit / 8] ^= 1 << (bit % 8);
            prop_assert!(sealer().open("one", &sealed).is_err());
        }

        /// S87: cut short or drawn out.
        #[test]
        fn no_length_but_the_right_one_opens(len in 0..120_usize) {
            let sealed = sealer().seal(&Counting::default(), "one", &[5; 32]).unwrap();
            let mut other = sealed.clone();
            other.resize(len, 0);
            prop_assert_eq!(sealer().open("one", &other).is_ok(), len == sealed.len());
        }

        #[test]
        fn no_bytes_are_too_odd_to_be_refused(sealed in prop::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(sealer().open("one", &sealed).is_err());
        }
    }
}
