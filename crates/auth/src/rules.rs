//! What the operator decided about accounts.

use std::fmt;
use std::time::Duration;

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use vestibule_domain::email::EmailAddress;
use vestibule_domain::password::Password;
use vestibule_domain::password::rules::{PasswordRules, PersonalData, WeakPassword};
use vestibule_domain::person_name::FullName;
use vestibule_domain::user::User;
use vestibule_domain::username::Username;

/// The operator's decisions, the same for every use case.
#[derive(Clone, Debug)]
pub struct AccountRules {
    /// Whether people may register by themselves.
    pub registration_open: bool,
    /// What a password must be.
    pub password: PasswordRules,
    /// Who becomes admin by registering.
    pub first_admin: FirstAdmin,
    /// How long an opaque access token lives.
    pub access_token_ttl: Duration,
    /// How long a signed access token lives.
    pub jwt_ttl: Duration,
    /// How long a session can be refreshed at all.
    pub refresh_token_ttl: Duration,
    /// How long a session can stay without a refresh.
    pub refresh_idle_ttl: Duration,
    /// How long a link for a new password lives.
    pub reset_token_ttl: Duration,
    /// How long a link to prove an address lives.
    pub verify_token_ttl: Duration,
    /// Whether addresses have to be proven.
    pub email_verification: EmailVerification,
    /// How many sessions one account may have at once, at least 1; a sign-in ends the oldest ones.
    pub sessions_per_user: u32,
}

impl Default for AccountRules {
    /// What a fresh installation has.
    fn default() -> Self {
        Self {
            registration_open: true,
            password: PasswordRules::default(),
            first_admin: FirstAdmin::FirstAccount,
            access_token_ttl: Duration::from_hours(12),
            jwt_ttl: Duration::from_mins(30),
            refresh_token_ttl: Duration::from_hours(30 * 24),
            refresh_idle_ttl: Duration::from_hours(7 * 24),
            reset_token_ttl: Duration::from_hours(1),
            verify_token_ttl: Duration::from_hours(24),
            email_verification: EmailVerification::default(),
            sessions_per_user: 1,
        }
    }
}

impl AccountRules {
    /// Whether `user` has to prove an address before anything else.
    #[must_use]
    pub fn requires_proof(&self, user: &User) -> bool {
        let is_proven = user.email.is_none() || user.email_verified_at.is_some();
        self.email_verification == EmailVerification::Required && !is_proven
    }

    /// Every rule that `password` breaks as the new one of `user`.
    #[must_use]
    pub fn weaknesses(&self, password: &Password, user: &User) -> Vec<WeakPassword> {
        let person = PersonalData {
            username: user.username.as_ref().map(Username::as_str),
            email: user.email.as_ref().map(EmailAddress::as_str),
            full_name: user.full_name.as_ref().map(FullName::as_str),
        };
        self.password.check(password, person)
    }
}

/// Whether people prove that their address is theirs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EmailVerification {
    /// No link is sent at registration.
    Off,
    /// A link is sent, and nothing hangs on it.
    #[default]
    Optional,
    /// Nobody signs in before they have followed it, and registration does not tell which addresses are known.
    Required,
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
