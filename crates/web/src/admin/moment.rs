//! Moments, for people and for programs that read pages.

use vestibule_domain::time::Timestamp;

use crate::texts::ENGLISH;

/// A moment on a page.
pub(super) struct Moment {
    /// To the second, as `<time>` wants it.
    pub(super) iso: String,
    /// In words.
    pub(super) words: String,
}

impl From<Timestamp> for Moment {
    fn from(at: Timestamp) -> Self {
        let iso = at.datetime().format("%Y-%m-%dT%H:%M:%SZ").to_string();
        Self { words: ENGLISH.dates.moment(&iso), iso }
    }
}
