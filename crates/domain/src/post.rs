//! What people publish.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use crate::id::PostId;
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
    /// `post-<number>` belongs to the post of that number alone, and `new`, `drafts` and `preview` to pages of the blog's own.
    #[must_use]
    pub fn slugs(&self) -> Vec<Slug> {
        let Some(slug) = Slug::of(&self.0) else { return Vec::new() };
        let numbered = (2..=Self::NUMBERED).filter_map(|number| slug.numbered(number));
        // The longest title may end in the very number that is put in its place.
        let numbered = numbered.filter(|numbered| *numbered != slug);
        std::iter::once(slug.clone()).chain(numbered).filter(|slug| !is_reserved(slug)).collect()
    }
}

/// Who can read a post.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PostStatus {
    /// Its author alone.
    Draft,
    /// Everybody.
    Published,
}

/// Neither draft nor published.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("must be draft or published")]
pub struct PostStatusError;

impl PostStatus {
    /// The name clients use.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Published => "published",
        }
    }
}

impl FromStr for PostStatus {
    type Err = PostStatusError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "draft" => Ok(Self::Draft),
            "published" => Ok(Self::Published),
            _ => Err(PostStatusError),
        }
    }
}

/// What a post is asked for by: its number, or its name in addresses, which is never digits alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PostRef {
    /// Its number.
    Id(PostId),
    /// Its name.
    Slug(Slug),
}

impl PostRef {
    /// The same by its number, where that is given as the name that belongs to it: `post-57` is 57.
    #[must_use]
    pub fn by_number(&self) -> Self {
        match self {
            Self::Slug(slug) => number(slug).and_then(id_of).map_or_else(|| self.clone(), Self::Id),
            Self::Id(_) => self.clone(),
        }
    }
}

/// Neither a number nor a name a post can have.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("is no post's number or name")]
pub struct PostRefError;

impl FromStr for PostRef {
    type Err = PostRefError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Ok(slug) = text.parse() {
            return Ok(Self::Slug(slug));
        }
        id_of(text).map(Self::Id).ok_or(PostRefError)
    }
}

/// One spelling a number, as other spellings would be other addresses of the same post.
fn id_of(text: &str) -> Option<PostId> {
    let id = text.parse::<i64>().ok().and_then(|id| PostId::try_from(id).ok());
    id.filter(|id| id.to_string() == text)
}

fn is_reserved(slug: &Slug) -> bool {
    matches!(slug.as_str(), "new" | "drafts" | "preview") || number(slug).is_some()
}

/// The number in `post-<number>`.
fn number(slug: &Slug) -> Option<&str> {
    let number = slug.as_str().strip_prefix("post-")?;
    number.bytes().all(|digit| digit.is_ascii_digit()).then_some(number)
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
    fn the_numbers_of_posts_and_the_pages_of_the_blog_are_nobodys_title() {
        for taken in ["New", "Drafts", "Preview"] {
            assert_eq!(slugs(taken)[0], format!("{}-2", taken.to_lowercase()));
        }
        assert_eq!(slugs("Post"), ["post"]);
        assert_eq!(slugs("Post 57")[0], "post-57-2");
        assert_eq!(slugs("Post office")[0], "post-office");
    }

    #[test]
    fn a_post_is_found_by_the_name_of_its_number() {
        let by_number = |text: &str| text.parse::<PostRef>().unwrap().by_number();
        let id = PostRef::Id(PostId::try_from(57).unwrap());
        assert_eq!([by_number("57"), by_number("post-57")], [id.clone(), id]);
        for name in ["post-57-2", "post", "post-0", "post-057", "post-99999999999999999999"] {
            assert_eq!(by_number(name), PostRef::Slug(name.parse().unwrap()));
        }
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
