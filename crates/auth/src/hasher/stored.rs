//! A stored hash taken apart: the recipe, and the output it must give.

use base64ct::{Base64Unpadded, Encoding};
use password_hash::phc::{self, ParamsString};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::bcrypt::Prehash;
use super::{HasherError, Peppers, Scratch, argon2, bcrypt, django, pbkdf2, scrypt};

/// A stored hash that can be verified within bounds.
pub(super) struct Stored {
    /// The id of the pepper that was mixed in.
    pub(super) pepper: Option<String>,
    recipe: Recipe,
    expected: Vec<u8>,
}

/// Which function, at which cost, with which salt.
pub(super) enum Recipe {
    Argon2(argon2::Recipe),
    Pbkdf2(pbkdf2::Recipe),
    Bcrypt(bcrypt::Recipe),
    Scrypt(scrypt::Recipe),
}

impl Stored {
    /// The shortest output compared: what PHC strings allow, and long enough that no guess hits it. An empty output
    /// would match every password.
    const MIN_OUTPUT_BYTES: usize = 10;
    /// The longest output compared.
    pub(super) const MAX_OUTPUT_BYTES: usize = 64;

    /// Takes `text` apart, or `None` where no password opens it: an unusable mark, an unknown form, a cost out of
    /// bounds.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let Some(rest) = text.strip_prefix('$') else {
            return django::parse(text);
        };
        match rest.split_once('$')?.0 {
            "argon2id" | "argon2i" | "argon2d" => argon2::parse(text),
            "pbkdf2-sha256" | "pbkdf2-sha512" | "pbkdf2" => pbkdf2::parse(text),
            "2a" | "2b" | "2y" => bcrypt::parse(text, Prehash::None),
            "bcrypt-sha256" => bcrypt::parse_passlib(rest),
            _ => None,
        }
    }

    pub(super) fn new(recipe: Recipe, expected: Vec<u8>) -> Option<Self> {
        let fits = (Self::MIN_OUTPUT_BYTES..=Self::MAX_OUTPUT_BYTES).contains(&expected.len());
        fits.then_some(Self { pepper: None, recipe, expected })
    }

    /// The same, made with the pepper that the `keyid` of `params` names; `None` where that is no id of ours.
    pub(super) fn with_pepper_of(mut self, params: &ParamsString) -> Option<Self> {
        if let Some(encoded) = params.get_str(KEY_ID) {
            let id = String::from_utf8(Base64Unpadded::decode_vec(encoded).ok()?).ok()?;
            self.pepper = Some(Peppers::is_id(&id).then_some(id)?);
        }
        Some(self)
    }

    /// The bytes that verifying touches, to the few kilobytes that every scheme takes.
    pub(super) fn memory(&self) -> usize {
        match &self.recipe {
            Recipe::Argon2(recipe) => recipe.memory(),
            Recipe::Scrypt(recipe) => recipe.memory(),
            Recipe::Bcrypt(_) | Recipe::Pbkdf2(_) => 4096,
        }
    }

    /// Whether `password` gives the expected output. Does the work of the recipe once, whatever the answer.
    pub(super) fn matches(&self, scratch: &mut Scratch, password: &[u8]) -> Result<bool, HasherError> {
        #[cfg(test)]
        {
            scratch.hashed += 1;
        }
        let mut buffer = Zeroizing::new([0; Self::MAX_OUTPUT_BYTES]);
        let output = &mut buffer[..self.expected.len()];
        let possible = match &self.recipe {
            Recipe::Argon2(recipe) => recipe.derive(scratch, password, output).map(|()| true)?,
            Recipe::Pbkdf2(recipe) => recipe.derive(password, output).map(|()| true)?,
            Recipe::Scrypt(recipe) => recipe.derive(password, output).map(|()| true)?,
            Recipe::Bcrypt(recipe) => recipe.derive(password, output),
        };
        Ok(possible & bool::from(output.ct_eq(&self.expected)))
    }

    #[cfg(test)]
    pub(super) fn recipe(&self) -> &Recipe {
        &self.recipe
    }
}

/// The name of the PHC parameter that carries a pepper's id, as Argon2's strings have it.
pub(super) const KEY_ID: &str = "keyid";

/// A PHC string with a salt, an output and no parameter but `names`.
pub(super) fn phc(text: &str, names: &[&str]) -> Option<(phc::PasswordHash, phc::Salt, Vec<u8>)> {
    let phc = phc::PasswordHash::new(text).ok()?;
    let known = phc.params.iter().all(|(name, _)| names.contains(&name.as_str()));
    let (salt, output) = (phc.salt?, phc.hash?);
    known.then_some((phc, salt, output.as_bytes().to_vec()))
}

/// Exactly `N` fields between dollar signs.
pub(super) fn fields<const N: usize>(text: &str) -> Option<[&str; N]> {
    text.split('$').collect::<Vec<_>>().try_into().ok()
}

/// A decimal number: digits and nothing else.
pub(super) fn number(text: &str) -> Option<u32> {
    text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok())?
}
