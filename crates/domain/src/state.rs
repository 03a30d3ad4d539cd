//! The states and union territories of India.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use crate::slug::{Slug, SlugError};

/// The two letters that name one (ISO 3166-2:IN, without `IN-`), upper-case.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StateCode(String);

/// Not such a code.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("must be two upper-case letters")]
pub struct StateCodeError;

impl StateCode {
    /// The code.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for StateCode {
    type Err = StateCodeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_code = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_uppercase());
        if is_code { Ok(Self(text.to_owned())) } else { Err(StateCodeError) }
    }
}

impl fmt::Display for StateCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Which of the two it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StateKind {
    /// One of the 28 states.
    State,
    /// One of the 8 union territories.
    UnionTerritory,
}

/// Neither of the two.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("must be state or union_territory")]
pub struct StateKindError;

impl StateKind {
    /// The name clients and databases use.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::State => "state",
            Self::UnionTerritory => "union_territory",
        }
    }
}

impl FromStr for StateKind {
    type Err = StateKindError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "state" => Ok(Self::State),
            "union_territory" => Ok(Self::UnionTerritory),
            _ => Err(StateKindError),
        }
    }
}

/// The name of a guide in addresses: a slug that is not two letters, which would be another one's code.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StateSlug(Slug);

/// Why a text is no such name.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum StateSlugError {
    /// It cannot stand in an address.
    #[error(transparent)]
    Slug(#[from] SlugError),
    /// It is asked for as a code.
    #[error("cannot be two letters, which are a code")]
    Code,
}

impl StateSlug {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The same with `-<number>` behind it, cut to make room.
    #[must_use]
    pub fn numbered(&self, number: u32) -> Option<Self> {
        self.0.numbered(number).map(Self)
    }
}

impl FromStr for StateSlug {
    type Err = StateSlugError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.to_ascii_uppercase().parse::<StateCode>().is_ok() {
            return Err(StateSlugError::Code);
        }
        Ok(Self(text.parse()?))
    }
}

impl fmt::Display for StateSlug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What a guide is asked for by: its code in any case, or its name in addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StateRef {
    /// Its code.
    Code(StateCode),
    /// Its name.
    Slug(StateSlug),
}

/// Neither a code nor a name a guide can have.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("is no state's code or name")]
pub struct StateRefError;

impl FromStr for StateRef {
    type Err = StateRefError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Ok(code) = text.to_ascii_uppercase().parse() {
            return Ok(Self::Code(code));
        }
        text.parse().map(Self::Slug).map_err(|_| StateRefError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guide_is_asked_for_by_its_code_or_its_name() {
        for (text, code) in [("KL", "KL"), ("kl", "KL"), ("kL", "KL")] {
            assert_eq!(text.parse(), Ok(StateRef::Code(StateCode(code.to_owned()))));
        }
        let named = |text: &str| text.parse::<StateSlug>().map(StateRef::Slug).ok();
        assert_eq!("tamil-nadu".parse::<StateRef>().ok(), named("tamil-nadu"));
        for text in ["", "Kerala", "k", "12", "k%", "kerala ", "a/b", "केरल"] {
            let asked = text.parse::<StateRef>();
            assert_eq!(asked.is_ok(), text == "k", "{text:?}");
        }
    }

    #[test]
    fn no_name_is_mistaken_for_a_code() {
        assert_eq!("go".parse::<StateSlug>(), Err(StateSlugError::Code));
        assert!(matches!("Goa".parse::<StateSlug>(), Err(StateSlugError::Slug(_))));
        let goa = "goa".parse::<StateSlug>().unwrap();
        assert_eq!(goa.numbered(2).map(|slug| slug.to_string()).as_deref(), Some("goa-2"));
    }
}
