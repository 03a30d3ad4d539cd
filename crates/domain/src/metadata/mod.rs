//! Free JSON kept for the application in front.

mod scan;
#[cfg(test)]
mod tests;

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// The text of a JSON object (RFC 8259), at most 16 KiB and eight levels deep, kept as it came.
///
/// Whoever reads it back may rely on it: it parses, every number fits a double, and no string holds a NUL (which
/// PostgreSQL refuses) or half of a surrogate pair (which is no text).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metadata(String);

/// Why a text cannot be kept.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum MetadataError {
    /// More than [`Metadata::MAX_BYTES`] bytes.
    #[error("is longer than {} bytes", Metadata::MAX_BYTES)]
    TooLong,
    /// JSON perhaps, but not an object.
    #[error("is not a JSON object")]
    NotAnObject,
    /// Not JSON.
    #[error("is not well-formed JSON")]
    Malformed,
    /// More than [`Metadata::MAX_DEPTH`] objects and arrays inside one another.
    #[error("is nested more than {} levels deep", Metadata::MAX_DEPTH)]
    TooDeep,
    /// `\u0000`.
    #[error("holds a NUL character")]
    Nul,
    /// `\ud800` and the like without its other half.
    #[error("holds half of a surrogate pair")]
    LoneSurrogate,
    /// An object with two values of one name.
    #[error("holds the same name twice in one object")]
    DuplicateName,
    /// A number no double comes near, such as `1e999`.
    #[error("holds a number that is out of range")]
    NumberOutOfRange,
}

impl Metadata {
    /// The longest text, in bytes: metadata travels with every profile, so it stays small.
    pub const MAX_BYTES: usize = 16 * 1024;
    /// How deep objects and arrays may nest; the object itself is the first level.
    pub const MAX_DEPTH: usize = 8;

    /// The JSON.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// An empty object.
impl Default for Metadata {
    fn default() -> Self {
        Self("{}".to_owned())
    }
}

impl FromStr for Metadata {
    type Err = MetadataError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() > Self::MAX_BYTES {
            return Err(MetadataError::TooLong);
        }
        scan::check_object(text)?;
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for Metadata {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
