//! Pictures of people.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use crate::random::Random;

/// The name of one person's picture: 16 hexadecimal characters drawn at random, `-`, and 32 that are the beginning of the
/// SHA-256 of the greater of its two files. What is kept under a name never changes, so it may be cached for ever; and the
/// random part keeps two people with the same picture, or the same person twice, apart.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AvatarName(String);

/// Not the name of a picture.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("not the name of a picture")]
pub struct AvatarNameError;

/// The two sizes every picture is kept in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AvatarSize {
    /// For a person's own page.
    Large,
    /// For lists.
    Small,
}

impl AvatarSize {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Large, Self::Small];

    /// Width and height in pixels.
    #[must_use]
    pub fn pixels(self) -> u32 {
        match self {
            Self::Large => 512,
            Self::Small => 128,
        }
    }
}

impl AvatarName {
    /// The characters of the random part.
    const RANDOM: usize = 16;
    /// The characters of the digest.
    const CONTENT: usize = 32;

    /// A new name for the picture whose greater file has this SHA-256.
    #[must_use]
    pub fn new(random: &dyn Random, digest: &[u8; 32]) -> Self {
        let mut bytes = [0; Self::RANDOM / 2];
        random.fill(&mut bytes);
        let digest = base16ct::lower::encode_string(&digest[..Self::CONTENT / 2]);
        Self(format!("{}-{digest}", base16ct::lower::encode_string(&bytes)))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The file of that size: `<name>-512.webp`.
    #[must_use]
    pub fn file(&self, size: AvatarSize) -> String {
        format!("{self}-{}.webp", size.pixels())
    }

    /// What [`AvatarName::file`] made.
    #[must_use]
    pub fn of_file(file: &str) -> Option<(Self, AvatarSize)> {
        let (name, size) = file.strip_suffix(".webp")?.rsplit_once('-')?;
        let size = AvatarSize::ALL.into_iter().find(|known| known.pixels().to_string() == size)?;
        Some((name.parse().ok()?, size))
    }
}

impl FromStr for AvatarName {
    type Err = AvatarNameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_hex = |part: &str| part.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        let (random, content) = text.split_once('-').ok_or(AvatarNameError)?;
        let fits = random.len() == Self::RANDOM && content.len() == Self::CONTENT;
        if fits && is_hex(random) && is_hex(content) {
            Ok(Self(text.to_owned()))
        } else {
            Err(AvatarNameError)
        }
    }
}

impl fmt::Display for AvatarName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Sevens;

    impl Random for Sevens {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(7);
        }
    }

    #[test]
    fn a_name_reads_back_and_names_two_files() {
        let name = AvatarName::new(&Sevens, &[0xAB; 32]);
        assert_eq!(name.as_str(), "0707070707070707-abababababababababababababababab");
        assert_eq!(name.to_string().parse(), Ok(name.clone()));
        for size in AvatarSize::ALL {
            assert_eq!(AvatarName::of_file(&name.file(size)), Some((name.clone(), size)));
        }
    }

    /// S28: nothing that could be a path is a name.
    #[test]
    fn other_texts_name_no_picture() {
        let name = AvatarName::new(&Sevens, &[0xAB; 32]);
        for text in [
            "",
            "-",
            "../../etc/passwd",
            &name.as_str().to_uppercase(),
            &name.as_str()[1..],
            &format!("{name}0"),
        ] {
            assert_eq!(text.parse::<AvatarName>(), Err(AvatarNameError), "{text}");
        }
        for file in [
            "",
            "a-512.webp",
            &format!("{name}-511.webp"),
            &format!("{name}-512.png"),
            &format!("../{name}-512.webp"),
        ] {
            assert_eq!(AvatarName::of_file(file), None, "{file}");
        }
    }
}
