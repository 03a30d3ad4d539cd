//! What people say about a post.

use std::str::FromStr;

use crate::text::{TextError, lines};

/// What a comment says: 1 to 10,000 characters, plain text, kept as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommentContent(String);

impl CommentContent {
    /// The longest comment, in characters.
    pub const MAX_CHARS: usize = 10_000;

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for CommentContent {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        lines(text, Self::MAX_CHARS).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_has_10_000_characters() {
        let longest = "字".repeat(10_000);
        assert_eq!(longest.parse::<CommentContent>().map(|content| content.0.len()), Ok("字".len() * 10_000));
        assert_eq!("a".repeat(10_001).parse::<CommentContent>(), Err(TextError::TooLong(10_000)));
        assert_eq!("\n \n".parse::<CommentContent>(), Err(TextError::Blank));
    }
}
