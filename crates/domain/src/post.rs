//! What people publish.

use std::fmt;
use std::str::FromStr;

use crate::slug::Slug;
use crate::text::{TextError, document, line};

/// What a post is called: 1 to 200 characters of any script, on one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Title(String);

/// What a post says, in Markdown: 1 byte to 64 KiB, kept as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostContent(String);

impl Title {
    /// The longest title, in characters.
    pub const MAX_CHARS: usize = 200;

    /// How many posts of one title are told apart by a number behind it.
    const NUMBERED: u32 = 20;

    /// The title, without the spaces that stood around it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Under which names a post of this title may stand in an address, the best first; none where the title has no ASCII
    /// letter in it.
    ///
    /// `post-<number>` belongs to the post of that number alone, and `new` to the page where posts are written.
    #[must_use]
    pub fn slugs(&self) -> Vec<Slug> {
        let Some(slug) = Slug::of(&self.0) else { return Vec::new() };
        let numbered = (2..=Self::NUMBERED).filter_map(|number| slug.numbered(number));
        // The longest title may end in the very number that is put in its place.
        let numbered = numbered.filter(|numbered| *numbered != slug);
        std::iter::once(slug.clone()).chain(numbered).filter(|slug| !is_reserved(slug)).collect()
    }
}

fn is_reserved(slug: &Slug) -> bool {
    let number = slug.as_str().strip_prefix("post-");
    slug.as_str() == "new" || number.is_some_and(|number| number.bytes().all(|digit| digit.is_ascii_digit()))
}

impl FromStr for Title {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        line(text, Self::MAX_CHARS).map(Self)
    }
}

impl fmt::Display for Title {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl PostContent {
    /// The longest content, in bytes of UTF-8.
    pub const MAX_BYTES: usize = 64 * 1024;

    /// The Markdown.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for PostContent {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        document(text, Self::MAX_BYTES).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn slugs(title: &str) -> Vec<String> {
        title.parse::<Title>().expect(title).slugs().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_first_slug_is_the_title_and_the_others_count() {
        let of_hello = slugs(" Hello, World! ");
        assert_eq!(of_hello[..3], ["hello-world", "hello-world-2", "hello-world-3"]);
        assert_eq!(of_hello.len(), 20);
        assert_eq!(slugs("केरल"), [""; 0]);
        assert_eq!(slugs("2026"), [""; 0]);
    }

    #[test]
    fn the_numbers_of_posts_and_the_page_for_new_ones_are_nobodys_title() {
        assert_eq!(slugs("New")[0], "new-2");
        assert_eq!(slugs("Post"), ["post"]);
        assert_eq!(slugs("Post 57")[0], "post-57-2");
        assert_eq!(slugs("Post office")[0], "post-office");
    }

    #[test]
    fn a_title_has_200_characters_and_a_post_64_kib() {
        assert!("字".repeat(200).parse::<Title>().is_ok());
        assert_eq!("字".repeat(201).parse::<Title>(), Err(TextError::TooLong(200)));
        assert!("a".repeat(65_536).parse::<PostContent>().is_ok());
        assert_eq!("a".repeat(65_537).parse::<PostContent>(), Err(TextError::TooLarge(65_536)));
    }

    proptest! {
        #[test]
        fn every_slug_of_a_title_is_another(text in "[ -~]{1,200}") {
            if let Ok(title) = text.parse::<Title>() {
                let slugs = title.slugs();
                let different: std::collections::BTreeSet<_> = slugs.iter().collect();
                prop_assert_eq!(slugs.len(), different.len());
            }
        }
    }
}
