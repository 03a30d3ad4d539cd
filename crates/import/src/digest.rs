//! What tells whether a row changed: there since it was taken, or here since it was kept.

use sha2::{Digest, Sha256};
use vestibule_domain::birth_date::BirthDate;
use vestibule_domain::email::EmailAddress;
use vestibule_domain::person_name::{FullName, Nickname};
use vestibule_domain::phone::PhoneNumber;
use vestibule_domain::time::Timestamp;
use vestibule_domain::username::Username;
use vestibule_persistence::imports::ImportedUser;

/// A digest of values, each with its length before it, so that none runs into the next.
pub(crate) struct Values(Sha256);

impl Values {
    /// Begins; other labels give other digests.
    pub(crate) fn new(label: &str) -> Self {
        Self(Sha256::new()).text(Some(label))
    }

    /// The same and a text, or none.
    pub(crate) fn text(mut self, text: Option<&str>) -> Self {
        match text {
            Some(text) => {
                self.0.update([1]);
                self.0.update(text.len().to_be_bytes());
                self.0.update(text);
            }
            None => self.0.update([0]),
        }
        self
    }

    /// The same and a flag.
    pub(crate) fn flag(mut self, flag: bool) -> Self {
        self.0.update([u8::from(flag)]);
        self
    }

    /// The same and a moment, or none.
    pub(crate) fn moment(mut self, at: Option<Timestamp>) -> Self {
        self.0.update([u8::from(at.is_some())]);
        self.0.update(at.map_or(0, Timestamp::unix_micros).to_be_bytes());
        self
    }

    /// The digest.
    pub(crate) fn finish(self) -> [u8; 32] {
        self.0.finalize().into()
    }
}

/// Of an account as it is kept, but for when it last signed in: signing in changes nothing that the source could know better.
pub(crate) fn of_kept(user: &ImportedUser) -> [u8; 32] {
    let values = Values::new("vestibule/import/kept/1")
        .text(user.username.as_ref().map(Username::as_str))
        .text(user.email.as_ref().map(EmailAddress::as_str))
        .moment(user.email_verified_at)
        .text(user.full_name.as_ref().map(FullName::as_str))
        .text(Some(user.password_hash.as_str()))
        .moment(user.suspended_at)
        .moment(Some(user.created_at))
        .text(user.nickname.as_ref().map(Nickname::as_str))
        .text(user.phone.as_ref().map(PhoneNumber::as_str))
        .text(user.dob.map(BirthDate::date).map(|day| day.to_string()).as_deref())
        .text(Some(user.metadata.as_str()));
    user.roles.iter().fold(values, |values, role| values.text(Some(role.as_str()))).finish()
}
