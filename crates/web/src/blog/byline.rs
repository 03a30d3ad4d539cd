//! Who wrote something, as everybody may see them.

use vestibule_domain::avatar::AvatarSize;
use vestibule_persistence::posts::Author;

use crate::face::Face;
use crate::texts::ENGLISH;

/// A name and a small picture.
pub(super) struct Byline {
    /// What they call themselves.
    pub(super) name: String,
    /// Beside a name of their own choice, the one that is theirs alone.
    pub(super) username: Option<String>,
    /// Their picture.
    pub(super) avatar: Option<String>,
}

impl Byline {
    /// That of `author`, who may be gone.
    pub(super) fn of(author: Option<&Author>) -> Self {
        let Some(author) = author else {
            return Self { name: ENGLISH.shared.formerly.to_owned(), username: None, avatar: None };
        };
        let full_name = author.full_name.as_ref().map(ToString::to_string);
        let username = author.username.as_ref().map(ToString::to_string);
        let avatar = author.avatar.as_ref().map(|name| Face::avatar_path(name, AvatarSize::Small));
        match (full_name, username) {
            (Some(name), username) => Self { name, username, avatar },
            (None, Some(name)) => Self { name, username: None, avatar },
            (None, None) => Self { name: (ENGLISH.blog.member)(author.id.get()), username: None, avatar },
        }
    }
}
