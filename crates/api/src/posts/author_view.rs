//! Who wrote something, as everybody sees them.

use serde::Serialize;
use utoipa::ToSchema;
use vestibule_domain::person_name::FullName;
use vestibule_domain::username::Username;
use vestibule_persistence::posts::Author;

use crate::face::Face;

/// An author, as everybody sees them.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Author)]
pub(crate) struct AuthorView {
    /// The account's number.
    #[schema(minimum = 1, example = 1)]
    id: i64,
    /// The name for others to see.
    #[schema(required, example = "john")]
    username: Option<String>,
    /// The person's name.
    #[schema(required, example = "John Doe")]
    full_name: Option<String>,
    /// Where their picture is.
    #[schema(required, format = "uri")]
    avatar_url: Option<String>,
}

impl AuthorView {
    /// `author`, whose picture is where `face` is reached.
    pub(crate) fn new(face: &Face, author: &Author) -> Self {
        Self {
            id: author.id.get(),
            username: author.username.as_ref().map(Username::as_str).map(str::to_owned),
            full_name: author.full_name.as_ref().map(FullName::as_str).map(str::to_owned),
            avatar_url: author.avatar.as_ref().map(|name| face.avatar_url(name)),
        }
    }
}
