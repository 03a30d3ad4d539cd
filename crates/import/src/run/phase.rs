//! The phases of a run.

use crate::source::Step;

/// What is taken, in this order: whatever belongs to something else comes behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Phase {
    /// Accounts.
    Users,
    /// Their pictures.
    Avatars,
    /// Their tokens.
    Tokens,
    /// Posts.
    Posts,
    /// Comments.
    Comments,
    /// Messages.
    ContactMessages,
}

impl Phase {
    pub(super) const ALL: &'static [Self] =
        &[Self::Users, Self::Avatars, Self::Tokens, Self::Posts, Self::Comments, Self::ContactMessages];

    /// What the database and people call it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Users => "users",
            Self::Avatars => "avatars",
            Self::Tokens => "tokens",
            Self::Posts => "posts",
            Self::Comments => "comments",
            Self::ContactMessages => "contact_messages",
        }
    }

    /// The step of the source it reads.
    pub(super) fn step(self) -> Step {
        match self {
            Self::Users | Self::Avatars => Step::Users,
            Self::Tokens => Step::Tokens,
            Self::Posts => Step::Posts,
            Self::Comments => Step::Comments,
            Self::ContactMessages => Step::ContactMessages,
        }
    }
}
