//! Sending something twice without making it twice.

use std::str::FromStr;

use thiserror::Error;

/// What a client calls one attempt to make something (draft-ietf-httpapi-idempotency-key-header): 1 to 128 visible characters of
/// ASCII.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubmissionKey(String);

/// Not such a name.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("must have 1 to {} visible ASCII characters", SubmissionKey::MAX_BYTES)]
pub struct SubmissionKeyError;

impl SubmissionKey {
    /// The longest key, in bytes.
    pub const MAX_BYTES: usize = 128;

    /// The key.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for SubmissionKey {
    type Err = SubmissionKeyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_visible = text.bytes().all(|byte| byte.is_ascii_graphic());
        let fits = (1..=Self::MAX_BYTES).contains(&text.len());
        if is_visible && fits { Ok(Self(text.to_owned())) } else { Err(SubmissionKeyError) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_short_and_visible() {
        assert!("8e03978e-40d5-43e8-bc93-6894a57f9324".parse::<SubmissionKey>().is_ok());
        assert!("a".repeat(128).parse::<SubmissionKey>().is_ok());
        for text in ["", " ", "a b", "a\n", "\u{e9}", &"a".repeat(129)] {
            assert_eq!(text.parse::<SubmissionKey>(), Err(SubmissionKeyError), "{text:?}");
        }
    }
}
