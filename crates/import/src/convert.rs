//! An account of another system through the domain's doors.

use std::collections::HashMap;

use chrono::Datelike;
use vestibule_auth::hasher::Hasher;
use vestibule_domain::birth_date::BirthDate;
use vestibule_domain::email::EmailAddress;
use vestibule_domain::fold::fold;
use vestibule_domain::password::{Password, PasswordHash};
use vestibule_domain::role::RoleName;
use vestibule_domain::time::Timestamp;
use vestibule_domain::username::Username;
use vestibule_persistence::imports::ImportedUser;

use crate::digest::Values;
use crate::source::{SourcePassword, SourceUser};

/// The longest key of a row, in bytes: an index of PostgreSQL takes little more beside the rest of it.
pub(crate) const MAX_KEY_BYTES: usize = 1024;

/// An account that may come in.
pub(crate) struct Candidate {
    /// What it is known by there.
    pub(crate) key: String,
    /// Where it stands.
    pub(crate) place: String,
    /// The account; no password opens it yet where that is still to be hashed.
    pub(crate) user: ImportedUser,
    /// The password, where the source has it itself.
    pub(crate) plain: Option<Plain>,
    /// Whether the row names a picture.
    pub(crate) has_avatar: bool,
    /// Whether a hash, or nothing at all, was there that no password opens here.
    pub(crate) must_reset: bool,
    /// Of the values there.
    pub(crate) digest: [u8; 32],
    /// What was left out.
    pub(crate) left_out: Vec<String>,
}

/// A password that the source has itself.
pub(crate) struct Plain {
    /// The password.
    pub(crate) password: Password,
    /// What was done with it.
    pub(crate) state: PlainState,
}

/// What was done with a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PlainState {
    /// Nothing yet.
    Waiting,
    /// It opens the account as it stands here, whose hash was taken on.
    Same,
    /// It was hashed.
    Hashed,
}

/// What became of a row on its way through the doors.
pub(crate) enum Converted {
    /// An account.
    Account(Box<Candidate>),
    /// None, and why.
    Refused {
        /// Where it stands.
        place: String,
        /// Why.
        reason: String,
    },
}

/// What somebody could type to sign in as an account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct SignInKeys {
    /// What must be nobody else's username.
    pub(crate) names: Vec<String>,
    /// What must be nobody else's address.
    pub(crate) addresses: Vec<String>,
    /// The key of its own username.
    pub(crate) name: Option<String>,
    /// The key of its own address.
    pub(crate) address: Option<String>,
}

impl SignInKeys {
    /// A username may look like an address, so each is held against the other too.
    pub(crate) fn of(user: &ImportedUser) -> Self {
        let mut keys = Self::default();
        if let Some(name) = &user.username {
            let key = name.key().as_str().to_owned();
            keys.names.push(key.clone());
            if let Ok(address) = name.as_str().parse::<EmailAddress>() {
                keys.addresses.push(address.key().as_str().to_owned());
            }
            keys.name = Some(key);
        }
        if let Some(address) = &user.email {
            let key = address.key().as_str().to_owned();
            let typed = fold(address.as_str());
            if typed != key {
                keys.names.push(typed);
            }
            keys.names.push(key.clone());
            keys.addresses.push(key.clone());
            keys.address = Some(key);
        }
        keys
    }
}

/// The doors, and what they need to know.
pub(crate) struct Converter<'a> {
    pub(crate) hasher: &'a Hasher,
    /// What the source's roles are called here.
    pub(crate) roles: &'a HashMap<String, RoleName>,
    /// When an account was made whose source does not say.
    pub(crate) now: Timestamp,
}

impl Converter<'_> {
    /// Takes `row` through the doors.
    pub(crate) fn convert(&self, row: SourceUser) -> Converted {
        let refused = |place, reason: &str| Converted::Refused { place, reason: reason.to_owned() };
        if row.key.contains('\0') || row.key.len() > MAX_KEY_BYTES {
            return refused(row.place, "its key cannot be kept");
        }
        if let Some(fault) = &row.fault {
            return refused(row.place, fault);
        }
        let mut doors = Doors { left_out: row.losses.clone() };
        let email: Option<EmailAddress> = doors.take("email", row.email.as_deref(), str::parse);
        let username = match named(row.username.as_deref()) {
            Some(name) if is_own_address(name, email.as_ref()) => None,
            name => doors.take("username", name, Username::admit),
        };
        if username.is_none() && email.is_none() {
            let mut reason = "has neither a username nor an address to sign in by".to_owned();
            for left_out in &doors.left_out {
                reason.push_str("; ");
                reason.push_str(left_out);
            }
            return Converted::Refused { place: row.place, reason };
        }
        let digest_before_password = Self::digest_of(&row);
        let roles = self.roles_of(&row, &mut doors);
        let (password_hash, password_digest, plain, must_reset) = self.open(row.password, &mut doors);
        let created_at = doors.moment("created_at", row.created_at).unwrap_or(self.now);
        let user = ImportedUser {
            email_verified_at: (row.email_verified && email.is_some()).then_some(self.now),
            username,
            email,
            full_name: doors.take("full_name", row.full_name.as_deref(), |text| text.trim().parse()),
            password_hash,
            suspended_at: (!row.is_active).then_some(self.now),
            created_at,
            last_login_at: doors.moment("last_login_at", row.last_login_at),
            nickname: doors.take("nickname", row.nickname.as_deref(), |text| text.trim().parse()),
            phone: doors.take("phone", row.phone.as_deref(), |text| text.trim().parse()),
            dob: doors.take("dob", row.dob.as_deref(), |text| BirthDate::parse(text.trim(), self.now)),
            metadata: doors.take("metadata", row.metadata.as_deref(), str::parse).unwrap_or_default(),
            roles,
        };
        Converted::Account(Box::new(Candidate {
            digest: digest_before_password.text(password_digest.as_deref()).finish(),
            key: row.key,
            place: row.place,
            user,
            plain,
            has_avatar: row.avatar.is_some_and(|path| !path.is_empty()),
            must_reset,
            left_out: doors.left_out,
        }))
    }

    /// Of everything but the password, and but the picture, which is taken for itself.
    fn digest_of(row: &SourceUser) -> Values {
        let values = Values::new("vestibule/import/user/1")
            .text(row.username.as_deref())
            .text(row.email.as_deref())
            .text(row.full_name.as_deref())
            .flag(row.is_active)
            .flag(row.is_admin)
            .flag(row.email_verified)
            .moment(row.created_at)
            .moment(row.last_login_at)
            .text(row.nickname.as_deref())
            .text(row.phone.as_deref())
            .text(row.dob.as_deref())
            .text(row.metadata.as_deref());
        let mut roles: Vec<_> = row.roles.iter().map(String::as_str).collect();
        roles.sort_unstable();
        roles.into_iter().fold(values, |values, role| values.text(Some(role)))
    }

    fn roles_of(&self, row: &SourceUser, doors: &mut Doors) -> Vec<RoleName> {
        let first = if row.is_admin { RoleName::ADMIN } else { RoleName::MEMBER };
        let mut roles: Vec<RoleName> = first.parse().into_iter().collect();
        for name in &row.roles {
            match self.roles.get(name) {
                Some(role) => roles.push(role.clone()),
                None => doors.left_out.push(format!("role {name:?} is not there")),
            }
        }
        roles.sort_unstable();
        roles.dedup();
        roles
    }

    /// The hash to keep, what of it goes into the digest, and the password that is still to be hashed.
    ///
    /// A password itself is part of no digest, and neither is a text that is no hash we know: it may be one. From a digest
    /// without salt and cost it could be guessed.
    fn open(
        &self,
        password: SourcePassword,
        doors: &mut Doors,
    ) -> (PasswordHash, Option<String>, Option<Plain>, bool) {
        let unusable = PasswordHash::unusable;
        match password {
            SourcePassword::Hash(text) if text.is_empty() => (unusable(), None, None, true),
            SourcePassword::Hash(text) => match PasswordHash::try_from(text) {
                Ok(hash) if self.hasher.can_open(&hash) => {
                    let digest = hash.as_str().to_owned();
                    (hash, Some(digest), None, false)
                }
                // Django's mark for an account that nobody signs in to by password.
                Ok(hash) if hash.as_str().starts_with('!') => (unusable(), None, None, true),
                _ => {
                    doors.left_out.push(
                        "the password hash is none we can check: a new password has to be chosen".to_owned(),
                    );
                    (unusable(), Some("unknown".to_owned()), None, true)
                }
            },
            SourcePassword::Plain(text) => match Password::new(text) {
                Ok(password) => {
                    let plain = Plain { password, state: PlainState::Waiting };
                    (unusable(), Some("plain".to_owned()), Some(plain), false)
                }
                Err(error) => {
                    doors.left_out.push(format!("the password {error}: a new one has to be chosen"));
                    (unusable(), Some("unknown".to_owned()), None, true)
                }
            },
            SourcePassword::None => (unusable(), None, None, true),
        }
    }
}

/// What did not come through.
#[derive(Default)]
struct Doors {
    left_out: Vec<String>,
}

impl Doors {
    /// The value of `field`, where there is one and `door` lets it in. What is told of it is not the value.
    fn take<'a, T, E: std::fmt::Display>(
        &mut self,
        field: &str,
        text: Option<&'a str>,
        door: impl FnOnce(&'a str) -> Result<T, E>,
    ) -> Option<T> {
        let outcome = door(named(text)?);
        outcome.map_err(|error| self.left_out.push(format!("{field} {error}"))).ok()
    }

    /// A moment of the centuries that both databases write alike.
    fn moment(&mut self, field: &str, at: Option<Timestamp>) -> Option<Timestamp> {
        let at = at?;
        let fits = (1900..=9999).contains(&at.datetime().year());
        if !fits {
            self.left_out.push(format!("{field} is no moment of our time"));
        }
        fits.then_some(at)
    }
}

/// A text, unless nothing stands in it.
fn named(text: Option<&str>) -> Option<&str> {
    text.filter(|text| !text.trim().is_empty())
}

fn is_own_address(name: &str, email: Option<&EmailAddress>) -> bool {
    email.is_some_and(|email| {
        fold(name) == fold(email.as_str())
            || name.parse::<EmailAddress>().is_ok_and(|address| address.key() == email.key())
    })
}

#[cfg(test)]
mod tests;
