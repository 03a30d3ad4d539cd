//! A page of a list.

use thiserror::Error;

/// How many entries a page has: 1 to 100.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageSize(u8);

/// Not the size of a page.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("must be between 1 and 100")]
pub struct PageSizeError;

impl PageSize {
    /// The greatest size.
    pub const MAX: u8 = 100;

    /// How many entries.
    #[must_use]
    pub fn get(self) -> u8 {
        self.0
    }
}

/// 20.
impl Default for PageSize {
    fn default() -> Self {
        Self(20)
    }
}

impl TryFrom<u64> for PageSize {
    type Error = PageSizeError;

    fn try_from(size: u64) -> Result<Self, Self::Error> {
        u8::try_from(size).ok().filter(|size| (1..=Self::MAX).contains(size)).map(Self).ok_or(PageSizeError)
    }
}

/// One page of a list and how long the whole is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// The entries.
    pub entries: Vec<T>,
    /// How many there are in all, counted up to [`Total::CAP`].
    pub total: Total,
    /// Whether more follow.
    pub has_more: bool,
}

/// How many entries a list has. Counting stops at a cap, so that a list costs the same at a million rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Total(u64);

impl Total {
    /// Where counting stops.
    pub const CAP: u64 = 10_000;

    /// What was counted up to one beyond the cap.
    #[must_use]
    pub fn counted(count: u64) -> Self {
        Self(count)
    }

    /// The number, at most the cap.
    #[must_use]
    pub fn get(self) -> u64 {
        self.0.min(Self::CAP)
    }

    /// Whether that is the true number.
    #[must_use]
    pub fn is_exact(self) -> bool {
        self.0 <= Self::CAP
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_1_to_100_entries() {
        assert_eq!((PageSize::default().get(), PageSize::try_from(100).map(PageSize::get)), (20, Ok(100)));
        for size in [0, 101, 256, u64::MAX] {
            assert_eq!(PageSize::try_from(size), Err(PageSizeError));
        }
    }

    #[test]
    fn a_total_says_whether_it_is_one() {
        assert_eq!((Total::counted(10_000).get(), Total::counted(10_000).is_exact()), (10_000, true));
        assert_eq!((Total::counted(10_001).get(), Total::counted(10_001).is_exact()), (10_000, false));
    }
}
