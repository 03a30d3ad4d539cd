//! How new hashes are made: scheme, cost and pepper.

use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;

use thiserror::Error;

use super::Peppers;
use super::argon2::{MAX_LANES, MAX_MEMORY_KIB, MAX_PASSES};
use super::pbkdf2::MAX_ITERATIONS;

/// How new hashes are made. Old ones verify whatever stands here.
#[derive(Clone, Debug)]
pub struct HasherSettings {
    /// The scheme of new hashes.
    pub scheme: Scheme,
    /// The cost of new Argon2id hashes.
    pub argon2: Argon2Cost,
    /// The cost of new PBKDF2 hashes, within [`PBKDF2_ITERATIONS`].
    pub pbkdf2_iterations: u32,
    /// The peppers; none by default.
    pub peppers: Peppers,
}

impl Default for HasherSettings {
    fn default() -> Self {
        Self {
            scheme: Scheme::Argon2id,
            argon2: Argon2Cost::default(),
            pbkdf2_iterations: *PBKDF2_ITERATIONS.start(),
            peppers: Peppers::default(),
        }
    }
}

/// The iterations a new PBKDF2-SHA256 hash may have: from OWASP's floor (Password Storage Cheat Sheet) to the most we
/// verify.
pub const PBKDF2_ITERATIONS: RangeInclusive<u32> = 600_000..=MAX_ITERATIONS;

/// The scheme of new hashes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scheme {
    /// Argon2id version 1.3 (RFC 9106): costs an attacker memory as well as time.
    #[default]
    Argon2id,
    /// PBKDF2 with HMAC-SHA-256 (RFC 8018), where only what FIPS 140 approves may be used.
    Pbkdf2,
}

/// Not the name of a scheme.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("is neither argon2id nor pbkdf2")]
pub struct SchemeError;

impl FromStr for Scheme {
    type Err = SchemeError;

    fn from_str(name: &str) -> Result<Self, SchemeError> {
        match name {
            "argon2id" => Ok(Self::Argon2id),
            "pbkdf2" => Ok(Self::Pbkdf2),
            _ => Err(SchemeError),
        }
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Argon2id => "argon2id",
            Self::Pbkdf2 => "pbkdf2",
        })
    }
}

/// What one new Argon2id hash costs: memory in KiB, passes over it, and lanes (computed one after another here).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Argon2Cost {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
}

/// Why a cost is not taken.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum CostError {
    /// Weaker than every row of [`Argon2Cost::FLOORS`] that has as many passes or fewer.
    #[error("needs at least {needed} KiB of memory with so many passes")]
    TooCheap {
        /// The least memory for these passes, in KiB.
        needed: u32,
    },
    /// More memory than we would verify.
    #[error("takes more than {MAX_MEMORY_KIB} KiB of memory")]
    Memory,
    /// No pass, or more than we would verify.
    #[error("needs 1 to {MAX_PASSES} passes")]
    Passes,
    /// No lane, or more than we would verify.
    #[error("needs 1 to {MAX_LANES} lanes")]
    Lanes,
}

impl Argon2Cost {
    /// The least memory in KiB for this many passes: the five equally strong settings of OWASP's Password Storage
    /// Cheat Sheet. More passes than the last row still need its memory.
    pub const FLOORS: [(u32, u32); 5] = [(1, 47_104), (2, 19_456), (3, 12_288), (4, 9_216), (5, 7_168)];

    /// A cost between [`Self::FLOORS`] and what [`super::Hasher::verify`] takes: 1 GiB, 10 passes, 16 lanes.
    pub fn new(memory_kib: u32, passes: u32, lanes: u32) -> Result<Self, CostError> {
        if !(1..=MAX_PASSES).contains(&passes) {
            return Err(CostError::Passes);
        }
        if !(1..=MAX_LANES).contains(&lanes) {
            return Err(CostError::Lanes);
        }
        if memory_kib > MAX_MEMORY_KIB {
            return Err(CostError::Memory);
        }
        let needed = Self::FLOORS.iter().filter(|(row, _)| *row <= passes).map(|(_, memory)| *memory).min();
        match needed {
            Some(needed) if memory_kib < needed => Err(CostError::TooCheap { needed }),
            _ => Ok(Self { memory_kib, passes, lanes }),
        }
    }

    /// A cost that protects nobody, so that tests may hash by the thousand. With it [`super::Hasher::new`] takes PBKDF2
    /// iterations below the floor too.
    #[doc(hidden)]
    #[must_use]
    pub const fn cheap_for_tests() -> Self {
        Self { memory_kib: 64, passes: 1, lanes: 1 }
    }

    /// Memory in KiB.
    #[must_use]
    pub const fn memory_kib(self) -> u32 {
        self.memory_kib
    }

    /// Passes over the memory.
    #[must_use]
    pub const fn passes(self) -> u32 {
        self.passes
    }

    /// Lanes, computed one after another.
    #[must_use]
    pub const fn lanes(self) -> u32 {
        self.lanes
    }
}

/// OWASP's second row: 19 MiB, 2 passes, 1 lane.
impl Default for Argon2Cost {
    fn default() -> Self {
        Self { memory_kib: 19_456, passes: 2, lanes: 1 }
    }
}
