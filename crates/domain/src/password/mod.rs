//! Passwords as people type them and hashes as they are stored.

mod common;
pub mod rules;
mod similarity;
#[cfg(test)]
mod tests;

use std::fmt;

use thiserror::Error;
use unicode_normalization::{UnicodeNormalization, is_nfkc};
use zeroize::Zeroizing;

/// A password as it came through the door: 1 to 1024 bytes, never trimmed, never cut.
///
/// It prints nothing and is wiped when dropped. New hashes are made of the NFKC form (NIST SP 800-63B-4, 3.1.1.2), so
/// that two keyboards that compose `é` differently open the same account; the form as typed is kept beside it, for
/// a hash that came from another system was made of those bytes.
pub struct Password {
    typed: Zeroizing<String>,
    normalized: Option<Zeroizing<String>>,
}

/// Why no password can be taken from a text.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum PasswordError {
    /// There is none.
    #[error("is empty")]
    Empty,
    /// More than [`Password::MAX_BYTES`] bytes: refused before any work is spent on it (CVE-2013-1443).
    #[error("is longer than {} bytes", Password::MAX_BYTES)]
    TooLong,
}

impl Password {
    /// The longest password taken, in bytes of UTF-8 as typed.
    pub const MAX_BYTES: usize = 1024;

    /// Takes `typed` as the password.
    pub fn new(typed: impl Into<Zeroizing<String>>) -> Result<Self, PasswordError> {
        let typed = typed.into();
        if typed.is_empty() {
            return Err(PasswordError::Empty);
        }
        if typed.len() > Self::MAX_BYTES {
            return Err(PasswordError::TooLong);
        }
        let normalized = (!is_nfkc(&typed)).then(|| normalize(&typed));
        Ok(Self { typed, normalized })
    }

    /// The bytes as typed.
    #[must_use]
    pub fn typed(&self) -> &str {
        &self.typed
    }

    /// The NFKC form, of which new hashes are made.
    #[must_use]
    pub fn normalized(&self) -> &str {
        self.normalized.as_ref().unwrap_or(&self.typed)
    }

    /// Whether the two forms are the same.
    #[must_use]
    pub fn is_normalized(&self) -> bool {
        self.normalized.is_none()
    }
}

/// NFKC, in a text that is made long enough at once: one that grew would leave its beginnings behind in memory.
fn normalize(typed: &str) -> Zeroizing<String> {
    let bytes = typed.nfkc().map(char::len_utf8).sum();
    let mut normalized = Zeroizing::new(String::with_capacity(bytes));
    normalized.extend(typed.nfkc());
    normalized
}

/// A stored password hash: a PHC string, one of Django's forms, or `!` and the like for "no password opens this".
///
/// Only room `auth` reads what is inside. Printing shows the scheme and nothing else.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

/// Not something a hash column holds.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("not a stored password hash")]
pub struct PasswordHashError;

impl PasswordHash {
    /// The longest stored form, in bytes; Django's column has 128, PHC strings with long outputs more.
    pub const MAX_BYTES: usize = 512;

    /// A stored form that no password matches.
    #[must_use]
    pub fn unusable() -> Self {
        Self("!".to_owned())
    }

    /// Whether it is a hash at all, and no mark that nothing matches.
    #[must_use]
    pub fn is_usable(&self) -> bool {
        !self.0.starts_with('!')
    }

    /// The stored text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The scheme, if the text begins like a hash of one; whatever else got stored may be a password.
    fn scheme(&self) -> &str {
        const SCHEMES: &[&str] = &["argon2", "pbkdf2", "bcrypt", "scrypt", "2a", "2b", "2x", "2y"];
        let first = self.0.split('$').find(|part| !part.is_empty()).unwrap_or_default();
        let is_name = first.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'));
        let is_scheme =
            is_name && self.0.contains('$') && SCHEMES.iter().any(|scheme| first.starts_with(scheme));
        if is_scheme { first } else { "?" }
    }
}

impl TryFrom<String> for PasswordHash {
    type Error = PasswordHashError;

    fn try_from(stored: String) -> Result<Self, Self::Error> {
        let fits = !stored.is_empty() && stored.len() <= Self::MAX_BYTES;
        if fits && stored.bytes().all(|b| b.is_ascii_graphic()) {
            Ok(Self(stored))
        } else {
            Err(PasswordHashError)
        }
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PasswordHash({}$..)", if self.0.starts_with('!') { "!" } else { self.scheme() })
    }
}
