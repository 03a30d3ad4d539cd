//! What signs access tokens, and what verifies them.
//!
//! [`KeyRing`] holds the keys of an installation. [`KeyRing::verify`] tells what a token says; whether its session still
//! stands is for [`authenticate`](crate::authenticate) to ask.

mod claims;
mod jwk;
mod jws;
mod known;
mod ring;
mod seal;
mod signing_key;

use thiserror::Error;
use vestibule_domain::id::{SessionId, UserId};
use vestibule_domain::time::Timestamp;
use vestibule_domain::token::TokenDigest;
use vestibule_persistence::StoreError;

pub use ring::KeyRing;

/// What a signed access token says (RFC 9068). `iss` and `aud` are the public address of the installation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claims {
    /// `sub`.
    pub user_id: UserId,
    /// `sid`: with the session the token ends.
    pub session_id: SessionId,
    /// `iat`.
    pub issued_at: Timestamp,
    /// `exp`.
    pub expires_at: Timestamp,
    /// The digest of `jti`, under which the session keeps it.
    pub token_digest: TokenDigest,
}

/// A signed token to be handed out.
pub struct SignedToken {
    /// The compact form.
    pub text: zeroize::Zeroizing<String>,
    /// What the session keeps of it: the digest of its `jti`.
    pub token_digest: TokenDigest,
}

/// Why a text is no token of ours.
#[derive(Debug, Error)]
pub enum VerifyError {
    /// Not signed by a key of ours, or not for us, or not in the one form we write.
    #[error("the token is not one of ours")]
    Invalid,
    /// It ran out.
    #[error("the token has expired")]
    Expired,
    /// The store failed while the keys were read; nothing is said about the token.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why there are no keys.
#[derive(Debug, Error)]
pub enum KeyError {
    /// A kept key cannot be unsealed.
    #[error("the signing key {kid} cannot be unsealed with this SECRET_KEY")]
    Sealed {
        /// The key.
        kid: String,
    },
    /// A new key could not be made.
    #[error("no signing key could be made")]
    Unmade,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

#[cfg(test)]
mod tests;
