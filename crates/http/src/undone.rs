//! Why something was not done: the house had no room for it, or the use case said no.

use thiserror::Error;

use crate::refusal::Refusal;

/// What a use case that waits its turn in the house may end in.
#[derive(Debug, Error)]
pub enum Undone<E> {
    /// The house refused it.
    #[error(transparent)]
    Refused(Refusal),
    /// The use case failed.
    #[error(transparent)]
    Failed(E),
}

impl<E> Undone<E> {
    /// The same, where the use case is part of another whose error is made by `wider`.
    pub fn map<F>(self, wider: impl FnOnce(E) -> F) -> Undone<F> {
        match self {
            Self::Refused(refusal) => Undone::Refused(refusal),
            Self::Failed(error) => Undone::Failed(wider(error)),
        }
    }
}

/// So that `?` takes what the [`Shell`](crate::Shell) answers. A use case's own error is wrapped aloud.
impl<E> From<Refusal> for Undone<E> {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}
