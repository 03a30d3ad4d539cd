//! Names within addresses of pages.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// A name that stands in an address: 1 to 80 of `a-z`, `0-9` and single `-` between them, never digits alone, which would be a
/// number of something.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slug(String);

/// Not a name that can stand in an address.
#[derive(Debug, Error, PartialEq, Eq)]
#[error(
    "may hold 1 to {} lower-case letters, digits and single `-` between them, and not digits alone",
    Slug::MAX_BYTES
)]
pub struct SlugError;

impl Slug {
    /// The longest slug, in bytes.
    pub const MAX_BYTES: usize = 80;

    /// The slug.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Makes one of the ASCII letters and digits of `text`, decomposing what has an ASCII letter in it (`é`), and cutting at a
    /// `-`. Nothing where none are left, or digits alone. Linear in the length.
    #[must_use]
    pub fn of(text: &str) -> Option<Self> {
        use unicode_normalization::UnicodeNormalization;
        let mut slug = String::new();
        for c in text.nfkd().filter(|c| !unicode_normalization::char::is_combining_mark(*c)) {
            if c.is_ascii_alphanumeric() {
                slug.push(c.to_ascii_lowercase());
            } else if c != '\'' && !slug.is_empty() && !slug.ends_with('-') {
                slug.push('-');
            }
            if slug.len() > Self::MAX_BYTES {
                break;
            }
        }
        if slug.len() > Self::MAX_BYTES {
            slug.truncate(Self::MAX_BYTES);
            if let Some(end) = slug.rfind('-').filter(|end| *end >= Self::MAX_BYTES / 2) {
                slug.truncate(end);
            }
        }
        slug.trim_end_matches('-').parse().ok()
    }

    /// The same with `-<number>` behind it, cut to make room. Nothing where the cut would leave digits alone.
    #[must_use]
    pub fn numbered(&self, number: u32) -> Option<Self> {
        let tail = format!("-{number}");
        let room = Self::MAX_BYTES.saturating_sub(tail.len());
        let head = self.0.get(..room).unwrap_or(&self.0).trim_end_matches('-');
        format!("{head}{tail}").parse().ok()
    }
}

impl FromStr for Slug {
    type Err = SlugError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
        let fits = (1..=Self::MAX_BYTES).contains(&text.len())
            && text.split('-').all(|part| !part.is_empty() && part.bytes().all(is_plain))
            && text.bytes().any(|b| b.is_ascii_lowercase());
        if fits { Ok(Self(text.to_owned())) } else { Err(SlugError) }
    }
}

impl fmt::Display for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_title_becomes_a_slug() {
        for (title, slug) in [
            ("Hello, World!", Some("hello-world")),
            ("  A day in Kerala — part 2  ", Some("a-day-in-kerala-part-2")),
            ("Café Société", Some("cafe-societe")),
            ("Don't panic", Some("dont-panic")),
            ("केरल", None),
            ("2026", None),
            ("---", None),
            ("", None),
        ] {
            assert_eq!(Slug::of(title).map(|slug| slug.to_string()).as_deref(), slug, "{title}");
        }
    }

    #[test]
    fn a_number_finds_room_behind_a_slug() {
        let numbered = |slug: &str| Slug::of(slug).and_then(|slug| slug.numbered(20)).map(|slug| slug.0);
        assert_eq!(numbered("hello").as_deref(), Some("hello-20"));
        let longest = "a".repeat(80);
        assert_eq!(numbered(&longest), Some(format!("{}-20", &longest[..77])));
        assert_eq!(numbered(&format!("{}-bcd", "a".repeat(76))), Some(format!("{}-20", "a".repeat(76))));
    }

    proptest! {
        #[test]
        fn whatever_becomes_a_slug_is_one(text in any::<String>()) {
            if let Some(slug) = Slug::of(&text) {
                prop_assert_eq!(slug.as_str().parse(), Ok(slug.clone()));
            }
        }
    }
}
