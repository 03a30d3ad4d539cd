//! Passwords turned into what is stored, and compared with it.
//!
//! New hashes are PHC strings of today's scheme over the NFKC form of the password; everything this room ever wrote
//! and everything the systems we take accounts from wrote is verified. A stored text is taken apart once
//! (`stored.rs`) into a recipe (which function, which cost, which salt) and the output it must give; verifying is
//! following the recipe and comparing in constant time. A text that gives no recipe, or one whose cost is beyond
//! what we are willing to spend, opens nothing, and costs the same work as an account that does not exist.
//!
//! Nothing here waits, locks or counts: the caller brings a [`Scratch`] for each of its threads and bounds how many
//! run at once by [`Hasher::memory_needed`].
//!
//! To add one more scheme that is verified:
//! 1. a file beside `scrypt.rs` with a `Recipe`, a `parse` that refuses a cost out of bounds before any work, a
//!    `derive` that fills the output, and a `memory` where it takes more than a few kilobytes;
//! 2. a variant of `stored::Recipe` and its three arms, and the form's name in `Stored::parse` (texts that
//!    begin with `$`) or `django::parse` (texts that begin with a name);
//! 3. vectors made by the foreign system in `tests/imports.rs`, and the form in the generators of `tests/bounds.rs`.
//!
//! One that new hashes are made with also needs a variant of [`Scheme`] and of `today::Today`. That an old hash is
//! renewed follows by itself: whatever does not begin like a hash made today is not today's.

mod argon2;
mod bcrypt;
mod django;
mod pbkdf2;
mod pepper;
mod scratch;
mod scrypt;
mod settings;
mod stored;
mod today;

#[cfg(test)]
mod tests;

use std::collections::TryReserveError;
use std::sync::Arc;

use thiserror::Error;
use vestibule_domain::password::{Password, PasswordHash};
use vestibule_domain::random::Random;
use zeroize::Zeroizing;

pub use pepper::{PepperError, Peppers};
pub use scratch::Scratch;
pub use settings::{Argon2Cost, CostError, HasherSettings, PBKDF2_ITERATIONS, Scheme, SchemeError};

use pepper::Pepper;
use stored::Stored;
use today::Today;

/// Makes and verifies password hashes. Cloning is cheap; all clones are one.
#[derive(Clone)]
pub struct Hasher(Arc<Inner>);

struct Inner {
    today: Today,
    peppers: Peppers,
    /// A hash of today's scheme whose password nobody knows: what is worked on where there is nothing to verify.
    decoy: Stored,
    /// The decoy's text up to its salt; a hash that begins otherwise is not today's.
    prefix: String,
    /// The decoy's length in bytes; a hash with a shorter salt or output is not today's either.
    length: usize,
}

/// What came of comparing a password with a stored hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// This password does not open the account, or none does.
    Rejected,
    /// This password opens the account.
    Accepted {
        /// The stored form is not the one [`Hasher::hash`] would write now: another scheme, cost, pepper or
        /// normalization. The caller writes a new hash of the same password.
        renew: bool,
    },
}

/// The work could not be done, and neither the password nor the stored hash is to blame.
#[derive(Debug, Error)]
pub enum HasherError {
    /// The setting is outside [`PBKDF2_ITERATIONS`].
    #[error("pbkdf2 iterations are not within {} to {}", PBKDF2_ITERATIONS.start(), PBKDF2_ITERATIONS.end())]
    Iterations,
    /// The machine gave no memory for Argon2.
    #[error("no memory for a password hash")]
    Memory(#[source] TryReserveError),
    /// The hash function refused its parameters.
    #[error("the hash function refused its parameters")]
    Refused(#[source] password_hash::Error),
    /// The finished hash is not one a database column takes.
    #[error("the finished hash cannot be stored")]
    Form,
}

/// In which form the password matched.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Matched {
    AsTyped,
    Normalized,
}

impl Hasher {
    /// A hasher of today's `settings`. Makes the decoy hash, so it takes as long as one sign-in.
    ///
    /// Fails with [`HasherError::Iterations`] where that setting is out of bounds, and as [`Hasher::hash`] does.
    pub fn new(settings: &HasherSettings, random: &dyn Random) -> Result<Self, HasherError> {
        let today = Today::new(settings)?;
        let peppers = settings.peppers.clone();
        let mut nobodys = Zeroizing::new([0; 32]);
        random.fill(&mut *nobodys);
        let made = today.make(&mut Scratch::default(), random, peppers.current(), &*nobodys)?;
        let decoy = Stored::parse(&made).ok_or(HasherError::Form)?;
        let prefix = made.rsplitn(3, '$').nth(2).unwrap_or_default().to_owned();
        Ok(Self(Arc::new(Inner { today, peppers, decoy, prefix, length: made.len() })))
    }

    /// A new hash of the password's normalized form, with a fresh 16-byte salt.
    ///
    /// Fails with [`HasherError::Memory`] where the machine has none to give; the other errors mean that this crate
    /// and the hash crates disagree.
    pub fn hash(
        &self,
        scratch: &mut Scratch,
        random: &dyn Random,
        password: &Password,
    ) -> Result<PasswordHash, HasherError> {
        let Inner { today, peppers, .. } = &*self.0;
        let input = input(peppers.current(), password.normalized());
        let made = today.make(scratch, random, peppers.current(), &input)?;
        PasswordHash::try_from(made).map_err(|_| HasherError::Form)
    }

    /// Whether `password` opens an account that stores `stored`; `None` is an account that does not exist.
    ///
    /// Where there is nothing to verify (`None`, `!`, an unknown form, a cost out of bounds, a pepper that is no longer
    /// configured) the same work is done as for a wrong password against a hash of today's scheme, and the answer
    /// is [`Verdict::Rejected`]. A password whose NFKC form differs from what was typed is tried twice.
    ///
    /// Fails as [`Hasher::hash`] does, never because of what is stored.
    pub fn verify(
        &self,
        scratch: &mut Scratch,
        password: &Password,
        stored: Option<&PasswordHash>,
    ) -> Result<Verdict, HasherError> {
        let inner = &*self.0;
        let known = stored.and_then(|text| Some((text, inner.usable(text)?)));
        let recipe = known.as_ref().map_or(&inner.decoy, |(_, recipe)| recipe);
        let matched = inner.attempt(scratch, recipe, password);
        scratch.give_back(inner.today.blocks());
        Ok(match (matched?, known) {
            (Some(form), Some((text, _))) => {
                let outdated_form = form == Matched::AsTyped && !password.is_normalized();
                Verdict::Accepted { renew: outdated_form || !inner.is_todays(text) }
            }
            _ => Verdict::Rejected,
        })
    }

    /// Whether any password could open an account that stores `stored`: a form we verify, at a cost we are willing to spend,
    /// with a pepper that is configured. Reads the text and does no work.
    #[must_use]
    pub fn can_open(&self, stored: &PasswordHash) -> bool {
        self.0.usable(stored).is_some()
    }

    /// The bytes that verifying `stored` will touch, or for `None` the bytes a new hash (and a verification that finds
    /// no account) will touch. Reads the text and does no work.
    #[must_use]
    pub fn memory_needed(&self, stored: Option<&PasswordHash>) -> usize {
        let known = stored.and_then(|text| Stored::parse(text.as_str()));
        known
            .filter(|recipe| self.0.has_pepper_of(recipe))
            .map_or(self.0.decoy.memory(), |recipe| recipe.memory())
    }
}

impl Inner {
    /// The recipe in `text`, where there is one and we hold the pepper it names.
    fn usable(&self, text: &PasswordHash) -> Option<Stored> {
        let stored = Stored::parse(text.as_str())?;
        if !self.has_pepper_of(&stored) {
            let key_id = stored.pepper.as_deref().unwrap_or_default();
            tracing::warn!(key_id, "a stored password hash names a pepper that is not configured");
            return None;
        }
        Some(stored)
    }

    fn has_pepper_of(&self, stored: &Stored) -> bool {
        stored.pepper.as_deref().is_none_or(|id| self.peppers.find(id).is_some())
    }

    /// Typed first: a hash that came from another system was made of those bytes.
    fn attempt(
        &self,
        scratch: &mut Scratch,
        stored: &Stored,
        password: &Password,
    ) -> Result<Option<Matched>, HasherError> {
        let pepper = stored.pepper.as_deref().and_then(|id| self.peppers.find(id));
        if stored.matches(scratch, &input(pepper, password.typed()))? {
            return Ok(Some(Matched::AsTyped));
        }
        let differs = !password.is_normalized();
        let again = differs && stored.matches(scratch, &input(pepper, password.normalized()))?;
        Ok(again.then_some(Matched::Normalized))
    }

    fn is_todays(&self, text: &PasswordHash) -> bool {
        text.as_str().len() == self.length
            && text.as_str().strip_prefix(&self.prefix).is_some_and(|rest| rest.starts_with('$'))
    }
}

/// What the hash function is fed: the text, or where there is a pepper the text's HMAC under it.
fn input(pepper: Option<&Pepper>, text: &str) -> Zeroizing<Vec<u8>> {
    match pepper {
        Some(pepper) => Zeroizing::new(pepper.mix(text).to_vec()),
        None => Zeroizing::new(text.as_bytes().to_vec()),
    }
}
