//! What somebody saw before they changed it.
//!
//! Whoever sends a form sends all that stands in it, also what another changed while they looked at it. So a form carries a
//! digest of what it showed, and the transaction that writes compares it with what it finds behind its lock. The store keeps
//! nothing for it, and what was changed and changed back is what was seen.

use std::fmt::{self, Display};
use std::str::FromStr;

use sha2::{Digest, Sha256};
use thiserror::Error;
use vestibule_domain::role::{Role, RoleName};
use vestibule_domain::user::User;

use super::AdministerError;
use super::set_roles::each_once;

/// How much of the digest is kept, in bytes.
const LEN: usize = 16;

/// A digest of what somebody saw of an account or a role. It hides nothing: it is for those who saw the whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen([u8; LEN]);

/// Why a text is no digest of what somebody saw.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("must be {} hexadecimal digits", 2 * LEN)]
pub struct SeenError;

impl Seen {
    /// What can be changed of `role`: its name, what it is for, and what it allows.
    #[must_use]
    pub fn role(role: &Role) -> Self {
        let permissions = role.permissions.to_string();
        Self::digest([Some(role.name.as_str()), Some(role.description.as_str()), Some(&permissions)])
    }

    /// Which roles `user` holds.
    #[must_use]
    pub fn roles_of(user: &User) -> Self {
        let held = each_once(&user.roles);
        Self::digest(held.iter().map(|name| Some(RoleName::as_str(name))))
    }

    /// What `user` is called and tells, but for the picture.
    #[must_use]
    pub fn account(user: &User) -> Self {
        fn text(value: Option<&impl Display>) -> Option<String> {
            value.map(ToString::to_string)
        }
        let profile = &user.profile;
        let texts = [
            text(user.username.as_ref()),
            text(user.email.as_ref()),
            text(user.full_name.as_ref()),
            text(profile.nickname.as_ref()),
            text(profile.phone.as_ref()),
            text(profile.dob.as_ref()),
            text(Some(&profile.metadata)),
        ];
        Self::digest(texts.iter().map(Option::as_deref))
    }

    /// A digest of digests, so that no two lists of texts are one; what is not there is no empty text.
    fn digest<'a>(texts: impl IntoIterator<Item = Option<&'a str>>) -> Self {
        let mut digest = Sha256::new();
        for text in texts {
            digest.update([u8::from(text.is_some())]);
            digest.update(Sha256::digest(text.unwrap_or_default()));
        }
        let mut kept = [0; LEN];
        kept.copy_from_slice(&digest.finalize()[..LEN]);
        Self(kept)
    }

    /// Refuses where the caller says what they saw, and that is something else than what is there.
    pub(super) fn ensure_is(self, seen: Option<Self>) -> Result<(), AdministerError> {
        if seen.is_none_or(|seen| seen == self) { Ok(()) } else { Err(AdministerError::Stale) }
    }
}

impl Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&base16ct::lower::encode_string(&self.0))
    }
}

impl FromStr for Seen {
    type Err = SeenError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut bytes = [0; LEN];
        let decoded = base16ct::lower::decode(text, &mut bytes).map_err(|_| SeenError)?;
        if decoded.len() == LEN { Ok(Self(bytes)) } else { Err(SeenError) }
    }
}
