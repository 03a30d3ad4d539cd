//! What the room of content refuses.

use vestibule_content::ContentError;

use super::{Code, Problem};

impl From<ContentError> for Problem {
    fn from(error: ContentError) -> Self {
        match error {
            ContentError::NotFound => Code::NotFound.into(),
            ContentError::Forbidden => Code::Forbidden.into(),
            ContentError::Stale => Code::Stale.into(),
            ContentError::SlugTaken => Self::from(Code::SlugTaken).at("slug", "This is another one's name."),
            ContentError::KeyReused => Code::KeyReused.into(),
            ContentError::Store(error) => error.into(),
        }
    }
}
