//! What somebody types to say who they are: a username or an address.

use crate::email::{EmailAddress, EmailKey};
use crate::username::UsernameKey;

/// A text read both ways. Any text is one: what fits nobody finds nobody.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SignInName {
    username: UsernameKey,
    email: Option<EmailKey>,
}

impl SignInName {
    /// The longest text looked at, in bytes; no username or address is longer. What is longer, or holds a NUL, which
    /// PostgreSQL cannot be asked for, names nobody.
    pub const MAX_BYTES: usize = 1024;

    /// Reads `text`; spaces around it, which keyboards leave behind, do not count.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let text = text.trim();
        let nobody = text.len() > Self::MAX_BYTES || text.contains('\0');
        let text = if nobody { "" } else { text };
        Self {
            username: UsernameKey::of(text),
            email: text.parse::<EmailAddress>().ok().map(|email| email.key()),
        }
    }

    /// The username it may be.
    #[must_use]
    pub fn username(&self) -> &UsernameKey {
        &self.username
    }

    /// The address it may be.
    #[must_use]
    pub fn email(&self) -> Option<&EmailKey> {
        self.email.as_ref()
    }
}
