//! Why a turn failed.

use thiserror::Error;
use vestibule_domain::causes;
use vestibule_http::Refusal;
use vestibule_media::AvatarError;
use vestibule_persistence::StoreError;

/// Why a turn of background work did not do what it should.
#[derive(Debug, Error)]
pub(crate) enum Trouble {
    /// There was no thread for it, or no answer in time; or it panicked on its thread.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Files or their notes.
    #[error(transparent)]
    Pictures(#[from] AvatarError),
    /// The turn before is still under way.
    #[error("the last turn has not ended yet")]
    Hangs,
    /// It panicked where it stood.
    #[error("it panicked")]
    Fell,
}

impl Trouble {
    /// Whether the fault is in the program.
    pub(super) fn is_panic(&self) -> bool {
        matches!(self, Self::Fell | Self::Refused(Refusal::Panicked(_)))
    }

    /// The reason with the reasons behind it, in one line. Of a panic only that it was one: its words may hold anything.
    pub(super) fn told(&self) -> String {
        if self.is_panic() {
            return Self::Fell.to_string();
        }
        causes::in_one_line(self)
    }
}
