//! PBKDF2 (RFC 8018) as it is stored: PHC strings, ours, and passlib's older form.

use base64ct::{Base64Unpadded, Encoding};
use pbkdf2::{Algorithm, Params, Pbkdf2, pbkdf2_hmac};
use sha1::Sha1;

use super::HasherError;
use super::stored::{self, KEY_ID, Stored, fields, number};

/// The most iterations an imported hash may take: ten times Django 5.2's million, a few seconds.
pub(super) const MAX_ITERATIONS: u32 = 10_000_000;
/// The fewest (NIST SP 800-132, 5.2): what takes less is a fixture of somebody's tests and no protection.
const MIN_ITERATIONS: u32 = Params::MIN_ROUNDS;

/// Which digest, how often, with which salt.
pub(super) struct Recipe {
    digest: Digest,
    iterations: u32,
    salt: Vec<u8>,
}

/// The hash function inside HMAC.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Digest {
    Sha1,
    Sha256,
    Sha512,
}

/// Takes `$pbkdf2-sha256$i=..[,l=..][,keyid=..]$salt$output` and passlib's `$pbkdf2-sha256$iterations$salt$output`.
pub(super) fn parse(text: &str) -> Option<Stored> {
    let ["", scheme, cost, salt, output] = fields(text)? else {
        return None;
    };
    let digest = match scheme {
        "pbkdf2-sha256" => Digest::Sha256,
        "pbkdf2-sha512" => Digest::Sha512,
        _ => Digest::Sha1,
    };
    if !cost.contains('=') {
        return Recipe::new(digest, number(cost)?, passlib(salt)?)?.expecting(passlib(output)?);
    }
    let (phc, salt, expected) = stored::phc(text, &["i", "l", KEY_ID])?;
    if phc.version.is_some() || phc.params.get_decimal("l").is_some_and(|l| l as usize != expected.len()) {
        return None;
    }
    Recipe::new(digest, phc.params.get_decimal("i")?, salt.to_vec())?
        .expecting(expected)?
        .with_pepper_of(&phc.params)
}

/// Passlib's base64 has `.` for `+` and no padding.
fn passlib(text: &str) -> Option<Vec<u8>> {
    Base64Unpadded::decode_vec(&text.replace('.', "+")).ok()
}

impl Recipe {
    pub(super) fn new(digest: Digest, iterations: u32, salt: Vec<u8>) -> Option<Self> {
        let within = (MIN_ITERATIONS..=MAX_ITERATIONS).contains(&iterations) && !salt.is_empty();
        within.then_some(Self { digest, iterations, salt })
    }

    /// An output longer than the digest would double the work, and no system we know wrote one.
    pub(super) fn expecting(self, expected: Vec<u8>) -> Option<Stored> {
        let fits = expected.len() <= self.digest.bytes();
        fits.then(|| Stored::new(stored::Recipe::Pbkdf2(self), expected))?
    }

    pub(super) fn derive(&self, password: &[u8], output: &mut [u8]) -> Result<(), HasherError> {
        let algorithm = match self.digest {
            Digest::Sha1 => {
                pbkdf2_hmac::<Sha1>(password, &self.salt, self.iterations, output);
                return Ok(());
            }
            Digest::Sha256 => Algorithm::Pbkdf2Sha256,
            Digest::Sha512 => Algorithm::Pbkdf2Sha512,
        };
        let params =
            Params::new_with_output_len(self.iterations, output.len()).map_err(HasherError::Refused)?;
        Pbkdf2::new(algorithm, params).hash_password_into(password, &self.salt, output);
        Ok(())
    }

    #[cfg(test)]
    pub(super) fn iterations(&self) -> u32 {
        self.iterations
    }
}

impl Digest {
    const fn bytes(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha256 => 32,
            Self::Sha512 => 64,
        }
    }
}
