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

impl<T> Page<T> {
    /// The first entries, as many as weigh `most` together, but at least one: what was cut off follows on the next page.
    #[must_use]
    pub fn up_to(mut self, most: usize, weight: impl Fn(&T) -> usize) -> Self {
        let mut sum = 0;
        let fits = self.entries.iter().take_while(|entry| {
            sum += weight(entry);
            sum <= most
        });
        let kept = fits.count().max(1);
        self.has_more |= self.entries.len() > kept;
        self.entries.truncate(kept);
        self
    }
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
    fn a_page_may_end_early() {
        let page = |most| {
            let page = Page { entries: vec![3, 4, 5], total: Total::counted(3), has_more: false };
            let page = page.up_to(most, |weight| *weight);
            (page.entries, page.has_more)
        };
        assert_eq!(page(12), (vec![3, 4, 5], false));
        assert_eq!(page(11), (vec![3, 4], true));
        assert_eq!(page(0), (vec![3], true));
        let empty = Page { entries: Vec::new(), total: Total::counted(0), has_more: false };
        assert_eq!(empty.clone().up_to(0, |weight: &usize| *weight), empty);
    }

    #[test]
    fn a_total_says_whether_it_is_one() {
        assert_eq!((Total::counted(10_000).get(), Total::counted(10_000).is_exact()), (10_000, true));
        assert_eq!((Total::counted(10_001).get(), Total::counted(10_001).is_exact()), (10_000, false));
    }
}
