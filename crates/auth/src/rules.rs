//! What the operator decided about accounts.

use std::fmt;
use std::time::Duration;

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use vestibule_domain::password::rules::PasswordRules;

/// The operator's decisions, the same for every use case.
#[derive(Clone, Debug)]
pub struct AccountRules {
    /// Whether people may register by themselves.
    pub registration_open: bool,
    /// What a password must be.
    pub password: PasswordRules,
    /// Who becomes admin by registering.
    pub first_admin: FirstAdmin,
    /// How long an access token lives.
    pub access_token_ttl: Duration,
    /// How many sessions one account may have at once, at least 1; a sign-in ends the oldest ones.
    pub sessions_per_user: u32,
}

/// Who becomes admin by registering.
#[derive(Clone, Debug)]
pub enum FirstAdmin {
    /// Nobody: admins are made on the command line.
    Nobody,
    /// Whoever makes the first of all accounts.
    FirstAccount,
    /// The first to present this token.
    Holder(SetupToken),
}

/// The secret that makes a registration the admin's. Prints nothing and compares in constant time.
#[derive(Clone)]
pub struct SetupToken([u8; 32]);

impl SetupToken {
    /// Keeps the digest of `secret`.
    #[must_use]
    pub fn new(secret: &str) -> Self {
        Self(Sha256::digest(secret).into())
    }

    /// Whether `presented` is the secret.
    #[must_use]
    pub fn matches(&self, presented: &str) -> bool {
        let presented: [u8; 32] = Sha256::digest(presented).into();
        self.0.ct_eq(&presented).into()
    }
}

impl fmt::Debug for SetupToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SetupToken(..)")
    }
}
