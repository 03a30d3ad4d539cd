//! Argon2 (RFC 9106) as it is stored: PHC strings, ours and argon2-cffi's.

use argon2::{Algorithm, Argon2, Block, Params, Version};
use password_hash::phc::Salt;

use super::stored::{self, KEY_ID, Stored};
use super::{HasherError, Scratch};

/// The most memory an imported hash may take, in KiB: 1 GiB, ten times Django's 100 MiB.
pub(super) const MAX_MEMORY_KIB: u32 = 1024 * 1024;
/// The most passes an imported hash may take; Django's default is 2, argon2-cffi's 3.
pub(super) const MAX_PASSES: u32 = 10;
/// The most lanes an imported hash may have; Django's default is 8.
pub(super) const MAX_LANES: u32 = 16;

/// Which Argon2, at which cost, with which salt.
pub(super) struct Recipe {
    algorithm: Algorithm,
    version: Version,
    params: Params,
    salt: Salt,
}

/// Takes `$argon2id$v=19$m=..,t=..,p=..[,keyid=..]$salt$output` and its siblings.
pub(super) fn parse(text: &str) -> Option<Stored> {
    let (phc, salt, expected) = stored::phc(text, &["m", "t", "p", KEY_ID])?;
    let cost = |name| phc.params.get_decimal(name);
    let (memory_kib, passes, lanes) = (cost("m")?, cost("t")?, cost("p")?);
    if memory_kib > MAX_MEMORY_KIB || passes > MAX_PASSES || lanes > MAX_LANES {
        return None;
    }
    // The reference implementation wrote no version before 1.3 came.
    let version = phc.version.map_or(Ok(Version::V0x10), Version::try_from).ok()?;
    let recipe = Recipe {
        algorithm: phc.algorithm.as_str().parse().ok()?,
        version,
        params: Params::new(memory_kib, passes, lanes, Some(expected.len())).ok()?,
        salt,
    };
    Stored::new(stored::Recipe::Argon2(recipe), expected)?.with_pepper_of(&phc.params)
}

impl Recipe {
    pub(super) fn memory(&self) -> usize {
        self.params.block_count() * Block::SIZE
    }

    /// Fills `output`; lanes are computed one after another, for the pool's threads are all busy with others.
    pub(super) fn derive(
        &self,
        scratch: &mut Scratch,
        password: &[u8],
        output: &mut [u8],
    ) -> Result<(), HasherError> {
        let blocks = scratch.blocks(self.params.block_count())?;
        Argon2::new(self.algorithm, self.version, self.params.clone())
            .hash_password_into_with_memory(password, &self.salt, output, blocks)
            .map_err(|error| HasherError::Refused(error.into()))
    }

    #[cfg(test)]
    pub(super) fn params(&self) -> &Params {
        &self.params
    }
}
