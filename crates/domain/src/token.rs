//! Access tokens: the secret a client holds and the digest that is stored.

use std::str::FromStr;

use subtle::ConstantTimeEq;
use thiserror::Error;
use zeroize::Zeroizing;

use crate::random::Random;

/// The bytes of an access token: 256 bits, four times what OWASP ASVS 5.0 (7.2.3) asks of a session token.
///
/// It prints nothing and is wiped when dropped. Only [`TokenSecret::reveal`] shows it, once, to its owner.
pub struct TokenSecret(Zeroizing<[u8; TokenSecret::BYTES]>);

/// Not 64 lower-case hexadecimal characters.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("not an access token")]
pub struct TokenSecretError;

impl TokenSecret {
    /// How many bytes a token has; its text is twice as long.
    pub const BYTES: usize = 32;

    /// A new secret.
    #[must_use]
    pub fn new(random: &dyn Random) -> Self {
        let mut bytes = Zeroizing::new([0; Self::BYTES]);
        random.fill(bytes.as_mut());
        Self(bytes)
    }

    /// The text a client sends: 64 lower-case hexadecimal characters.
    #[must_use]
    pub fn reveal(&self) -> Zeroizing<String> {
        Zeroizing::new(base16ct::lower::encode_string(self.0.as_ref()))
    }

    /// The bytes, to be digested.
    #[must_use]
    pub fn bytes(&self) -> &[u8; Self::BYTES] {
        &self.0
    }
}

impl FromStr for TokenSecret {
    type Err = TokenSecretError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut bytes = Zeroizing::new([0; Self::BYTES]);
        let decoded = base16ct::lower::decode(text, bytes.as_mut()).map_err(|_| TokenSecretError)?;
        if decoded.len() == Self::BYTES { Ok(Self(bytes)) } else { Err(TokenSecretError) }
    }
}

/// The SHA-256 of a token: what is stored and looked up. From it no token can be made.
///
/// A plain digest suffices where the secret has 256 bits: there is nothing to guess, so nothing to slow down.
#[derive(Clone, Copy, Debug)]
pub struct TokenDigest([u8; 32]);

impl TokenDigest {
    /// The digest `bytes`, computed by room `auth` or read back from the database.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes as stored.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// In constant time.
impl PartialEq for TokenDigest {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for TokenDigest {}

impl std::hash::Hash for TokenDigest {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Fills with the same bytes every time.
    struct Fixed([u8; TokenSecret::BYTES]);

    impl Random for Fixed {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.copy_from_slice(&self.0);
        }
    }

    #[test]
    fn only_64_lower_case_hexadecimal_characters_are_a_token() {
        let text = "0123456789abcdef".repeat(4);
        assert_eq!(*text.parse::<TokenSecret>().expect("a token").reveal(), text);
        for text in [
            String::new(),
            text.to_uppercase(),
            text[1..].to_owned(),
            text[2..].to_owned(),
            format!("{text}00"),
            format!("{text}\n"),
            format!(" {}", &text[1..]),
            "g".repeat(64),
            "é".repeat(32),
        ] {
            assert!(text.parse::<TokenSecret>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_digest_equals_itself_only() {
        let digest = TokenDigest::from_bytes([7; 32]);
        let mut other = [7; 32];
        other[31] = 8;
        assert_eq!(digest, TokenDigest::from_bytes(*digest.as_bytes()));
        assert_ne!(digest, TokenDigest::from_bytes(other));
    }

    proptest! {
        #[test]
        fn a_new_token_is_read_back_from_its_text(bytes in any::<[u8; 32]>()) {
            let secret = TokenSecret::new(&Fixed(bytes));
            prop_assert_eq!(secret.bytes(), &bytes);
            let again: TokenSecret = secret.reveal().parse().expect("its own text");
            prop_assert_eq!(again.bytes(), &bytes);
        }

        #[test]
        fn no_text_is_too_odd_to_be_refused(text in any::<String>()) {
            prop_assert!(text.parse::<TokenSecret>().is_err());
        }
    }
}
