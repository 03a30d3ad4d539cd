//! Randomness as an argument.

/// A source of bytes nobody can foresee.
///
/// The server hands in the operating system's generator, tests a seeded one. Everything secret (tokens, salts) is
/// made from it, so an implementor that is not cryptographically secure has no place outside tests.
pub trait Random: Send + Sync {
    /// Fills `bytes` whole. An implementor whose source fails must not return.
    fn fill(&self, bytes: &mut [u8]);
}
