//! What all workers of the JSON face share.

use vestibule_domain::avatar::{AvatarName, AvatarSize};
use vestibule_http::CursorKey;

use crate::routes::Documents;

/// The face, made once; each worker's application holds it as data.
#[derive(Debug)]
pub struct Face {
    pub(crate) documents: Documents,
    pub(crate) cursors: CursorKey,
    /// Whom to tell of a vulnerability.
    pub(crate) contacts: Vec<String>,
    address: String,
}

impl Face {
    /// A face that seals the cursors of its lists under `cursors`, and is reached at `address`, which has no slash at its end.
    #[must_use]
    pub fn new(cursors: CursorKey, address: String) -> Self {
        Self { documents: Documents::new(), cursors, contacts: Vec::new(), address }
    }

    /// The same, telling whoever found a vulnerability to write to `contacts`, the preferred one first.
    #[must_use]
    pub fn with_contacts(self, contacts: Vec<String>) -> Self {
        Self { contacts, ..self }
    }

    /// Where it is reached, without a slash at the end.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// Where the picture `name` is, for whoever reads an answer elsewhere than here.
    pub(crate) fn avatar_url(&self, name: &AvatarName) -> String {
        format!("{}/media/avatars/{}", self.address, name.file(AvatarSize::Large))
    }
}
