//! From a token to what is stored of it.

use sha2::{Digest, Sha256};
use vestibule_domain::token::{TokenDigest, TokenSecret};

/// The digest under which `token` is stored and looked up.
#[must_use]
pub fn digest(token: &TokenSecret) -> TokenDigest {
    TokenDigest::from_bytes(Sha256::digest(token.bytes()).into())
}
