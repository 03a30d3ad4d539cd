//! New hashes: today's scheme at today's cost, as PHC strings.

use argon2::{ARGON2ID_IDENT, Algorithm, Argon2, Params, Version};
use password_hash::CustomizedPasswordHasher;
use password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use pbkdf2::Pbkdf2;
use vestibule_domain::random::Random;
use zeroize::Zeroizing;

use super::pepper::Pepper;
use super::settings::{Argon2Cost, HasherSettings, PBKDF2_ITERATIONS, Scheme};
use super::stored::KEY_ID;
use super::{HasherError, Scratch};

/// Salts are 16 bytes, what the PHC string format recommends (and NIST SP 800-63B-4 asks at least 4).
const SALT_BYTES: usize = 16;
/// Outputs are 32 bytes: nobody finds a second password for 256 bits.
const OUTPUT_BYTES: usize = 32;

/// How a new hash is made.
pub(super) enum Today {
    Argon2id(Params),
    Pbkdf2(pbkdf2::Params),
}

impl Today {
    pub(super) fn new(settings: &HasherSettings) -> Result<Self, HasherError> {
        match settings.scheme {
            Scheme::Argon2id => {
                let cost = settings.argon2;
                let params = Params::new(cost.memory_kib(), cost.passes(), cost.lanes(), Some(OUTPUT_BYTES));
                Ok(Self::Argon2id(params.map_err(|error| HasherError::Refused(error.into()))?))
            }
            Scheme::Pbkdf2 => {
                let iterations = settings.pbkdf2_iterations;
                let is_test = settings.argon2 == Argon2Cost::cheap_for_tests();
                let floor = if is_test { pbkdf2::Params::MIN_ROUNDS } else { *PBKDF2_ITERATIONS.start() };
                if !(floor..=*PBKDF2_ITERATIONS.end()).contains(&iterations) {
                    return Err(HasherError::Iterations);
                }
                let params = pbkdf2::Params::new_with_output_len(iterations, OUTPUT_BYTES);
                Ok(Self::Pbkdf2(params.map_err(HasherError::Refused)?))
            }
        }
    }

    /// The blocks of 1 KiB that one new hash works in; a thread keeps no more than these.
    pub(super) fn blocks(&self) -> usize {
        match self {
            Self::Argon2id(params) => params.block_count(),
            Self::Pbkdf2(_) => 0,
        }
    }

    /// The PHC string of `input`, into which `pepper` has been mixed already.
    pub(super) fn make(
        &self,
        scratch: &mut Scratch,
        random: &dyn Random,
        pepper: Option<&Pepper>,
        input: &[u8],
    ) -> Result<String, HasherError> {
        let mut salt = [0; SALT_BYTES];
        random.fill(&mut salt);
        let mut phc = match self {
            Self::Argon2id(params) => argon2id(scratch, params, &salt, input)?,
            Self::Pbkdf2(params) => Pbkdf2::SHA256
                .hash_password_with_params(input, &salt, *params)
                .map_err(HasherError::Refused)?,
        };
        if let Some(pepper) = pepper {
            phc.params
                .add_b64_bytes(KEY_ID, pepper.id().as_bytes())
                .map_err(|error| HasherError::Refused(error.into()))?;
        }
        Ok(phc.to_string())
    }
}

/// What `Argon2`'s own `PasswordHasher` does, in memory that is kept.
fn argon2id(
    scratch: &mut Scratch,
    params: &Params,
    salt: &[u8],
    input: &[u8],
) -> Result<PasswordHash, HasherError> {
    let blocks = scratch.blocks(params.block_count())?;
    let mut output = Zeroizing::new([0; OUTPUT_BYTES]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone())
        .hash_password_into_with_memory(input, salt, &mut *output, blocks)
        .map_err(|error| HasherError::Refused(error.into()))?;
    Ok(PasswordHash {
        algorithm: ARGON2ID_IDENT,
        version: Some(Version::V0x13.into()),
        params: ParamsString::try_from(params).map_err(HasherError::Refused)?,
        salt: Some(Salt::new(salt).map_err(|error| HasherError::Refused(error.into()))?),
        hash: Some(Output::new(&*output).map_err(|error| HasherError::Refused(error.into()))?),
    })
}
