//! Finding guides.
//!
//! There are thirty-six: they are read together and looked through here, where one folding finds a word however it is written,
//! and where nothing that is looked for is a pattern.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;
use vestibule_domain::fold::{fold, fold_loosely};
use vestibule_domain::guide::GuideLine;
use vestibule_domain::page::{Page, PageSize, Total};
use vestibule_domain::state::{StateCode, StateKind};
use vestibule_persistence::Database;
use vestibule_persistence::states::{self, StateGuide, StateText};

use crate::error::ContentError;

/// What is looked for, folded: 1 to 100 characters, without the spaces around them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateSearch(String);

/// Why nothing can be looked for.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum StateSearchError {
    /// Nothing, or nothing that shows.
    #[error("is empty")]
    Blank,
    /// More than [`StateSearch::MAX_CHARS`] characters.
    #[error("must have at most {} characters", StateSearch::MAX_CHARS)]
    TooLong,
}

impl StateSearch {
    /// The longest text, in characters.
    pub const MAX_CHARS: usize = 100;

    /// Whether it stands in the code, or anywhere in the words of the guide.
    fn is_in(&self, guide: &StateGuide) -> bool {
        let StateText { name, capital, region, languages, summary, highlights, .. } = &guide.text;
        let lines = [guide.code.as_str(), name.as_str(), capital.as_str(), region.as_str(), summary.as_str()];
        let mut texts = lines.into_iter().chain(languages.iter()).chain(highlights.iter());
        texts.any(|text| fold_loosely(text).contains(&self.0))
    }
}

impl FromStr for StateSearch {
    type Err = StateSearchError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        if text.chars().nth(Self::MAX_CHARS).is_some() {
            return Err(StateSearchError::TooLong);
        }
        let folded = fold_loosely(text);
        if folded.trim().is_empty() { Err(StateSearchError::Blank) } else { Ok(Self(folded)) }
    }
}

/// Which guides are wanted; all conditions hold together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StateFilter {
    /// In which this stands.
    pub search: Option<StateSearch>,
    /// Of this kind.
    pub kind: Option<StateKind>,
    /// In this part of the country, in upper or lower case.
    pub region: Option<GuideLine>,
}

impl StateFilter {
    fn wants(&self, guide: &StateGuide) -> bool {
        let in_region = |region: &GuideLine| fold(guide.text.region.as_str()) == fold(region.as_str());
        self.kind.is_none_or(|kind| guide.text.kind == kind)
            && self.region.as_ref().is_none_or(in_region)
            && self.search.as_ref().is_none_or(|search| search.is_in(guide))
    }
}

/// The place of a guide in the list, for the page behind it: its name, folded, and its code.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct StatePosition {
    name: String,
    code: StateCode,
}

impl StatePosition {
    /// The place of `guide`.
    #[must_use]
    pub fn of(guide: &StateGuide) -> Self {
        Self { name: fold_loosely(guide.text.name.as_str()), code: guide.code.clone() }
    }
}

/// The code and the name.
impl fmt::Display for StatePosition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.code, self.name)
    }
}

/// Not such a place.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("is no place in the list of guides")]
pub struct StatePositionError;

impl FromStr for StatePosition {
    type Err = StatePositionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (code, name) = text.split_once(' ').ok_or(StatePositionError)?;
        Ok(Self { name: name.to_owned(), code: code.parse().map_err(|_| StatePositionError)? })
    }
}

/// All guides by name; with `search` those in whose name, code, capital, region, languages, summary or highlights it stands,
/// however it is written. What shows nothing is in all of them, what is too long to be looked for in none.
pub fn list_states(database: &Database, search: Option<&str>) -> Result<Vec<StateGuide>, ContentError> {
    let search = match search.map(str::parse) {
        None | Some(Err(StateSearchError::Blank)) => None,
        Some(Ok(search)) => Some(search),
        Some(Err(StateSearchError::TooLong)) => return Ok(Vec::new()),
    };
    wanted(database, &StateFilter { search, ..StateFilter::default() })
}

/// The guides that `filter` wants by name, behind `after`.
pub fn list_state_page(
    database: &Database,
    filter: &StateFilter,
    after: Option<&StatePosition>,
    size: PageSize,
) -> Result<Page<StateGuide>, ContentError> {
    let mut entries = wanted(database, filter)?;
    let total = Total::counted(u64::try_from(entries.len()).unwrap_or(u64::MAX));
    entries.retain(|guide| after.is_none_or(|after| StatePosition::of(guide) > *after));
    let size = usize::from(size.get());
    let has_more = entries.len() > size;
    entries.truncate(size);
    Ok(Page { entries, total, has_more })
}

fn wanted(database: &Database, filter: &StateFilter) -> Result<Vec<StateGuide>, ContentError> {
    let mut guides = database.read(states::list)?;
    guides.retain(|guide| filter.wants(guide));
    guides.sort_by_cached_key(StatePosition::of);
    Ok(guides)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// S91: a search is a text, not a pattern.
    #[test]
    fn a_search_is_folded_and_has_no_signs_of_its_own() {
        let search = |text: &str| text.parse::<StateSearch>().map(|search| search.0);
        assert_eq!(search(" GĀNDHĪ ").as_deref(), Ok("gandhi"));
        for text in ["%", "_", "\\", "100%", ".*", "'"] {
            assert_eq!(search(text).as_deref(), Ok(text));
        }
        for text in ["", " ", "\u{200B}", "\u{301}"] {
            assert_eq!(search(text), Err(StateSearchError::Blank), "{text:?}");
        }
        assert_eq!(search(&"a".repeat(101)), Err(StateSearchError::TooLong));
    }

    #[test]
    fn a_place_comes_back_as_it_was() {
        for text in ["KL kerala", "AN andaman and nicobar islands", "XX "] {
            assert_eq!(text.parse::<StatePosition>().map(|place| place.to_string()).as_deref(), Ok(text));
        }
        for text in ["", "kerala", "kl kerala", " "] {
            assert_eq!(text.parse::<StatePosition>(), Err(StatePositionError), "{text:?}");
        }
    }
}
