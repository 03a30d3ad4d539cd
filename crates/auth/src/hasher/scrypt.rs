//! scrypt (RFC 7914) as Django stores it; verified only.

use base64ct::{Base64, Encoding};
use scrypt::Params;

use super::HasherError;
use super::stored::{self, Stored, fields, number};

/// The largest cost N: OWASP's, eight times Django's default. With [`MAX_R`] no hash takes more than half a GiB.
const MAX_N: u32 = 1 << 17;
/// The largest block size r; 8 everywhere.
const MAX_R: u32 = 32;
/// The largest parallelism p; Django's default is 5.
const MAX_P: u32 = 16;

/// The most work, N times r times p: eight times what the largest N costs elsewhere, some two seconds of one core.
const MAX_WORK: u64 = 1 << 23;

/// At which cost, with which salt.
pub(super) struct Recipe {
    params: Params,
    memory: usize,
    salt: Vec<u8>,
}

/// Takes what follows `scrypt$`: `N$salt$r$p$output`, with the salt as plain text.
pub(super) fn parse(text: &str) -> Option<Stored> {
    let [n, salt, r, p, output] = fields(text)?;
    let recipe = Recipe::new(number(n)?, number(r)?, number(p)?, salt)?;
    Stored::new(stored::Recipe::Scrypt(recipe), Base64::decode_vec(output).ok()?)
}

impl Recipe {
    fn new(n: u32, r: u32, p: u32, salt: &str) -> Option<Self> {
        let within = n.is_power_of_two() && (2..=MAX_N).contains(&n) && r <= MAX_R && p <= MAX_P;
        let work = u64::from(n).saturating_mul(u64::from(r)).saturating_mul(u64::from(p));
        if !within || work > MAX_WORK || salt.is_empty() {
            return None;
        }
        // N blocks to look up, p lanes, and one block to mix in.
        let memory = 128 * r as usize * (n as usize + p as usize + 1);
        let log_n = u8::try_from(n.trailing_zeros()).ok()?;
        Some(Self { params: Params::new(log_n, r, p).ok()?, memory, salt: salt.as_bytes().to_vec() })
    }

    pub(super) fn memory(&self) -> usize {
        self.memory
    }

    pub(super) fn derive(&self, password: &[u8], output: &mut [u8]) -> Result<(), HasherError> {
        scrypt::scrypt(password, &self.salt, &self.params, output)
            .map_err(|_| HasherError::Refused(password_hash::Error::OutputSize))
    }
}
