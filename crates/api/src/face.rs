//! What all workers of the JSON face share.

use vestibule_domain::avatar::{AvatarName, AvatarSize};

use crate::admin::Figures;
use crate::lists::CursorKey;
use crate::routes::Documents;

/// The face, made once; each worker's application holds it as data.
#[derive(Debug)]
pub struct Face {
    pub(crate) documents: Documents,
    pub(crate) cursors: CursorKey,
    pub(crate) figures: Figures,
    address: String,
}

impl Face {
    /// A face that seals the cursors of its lists under `cursors`, and is reached at `address`, which has no slash at its end.
    #[must_use]
    pub fn new(cursors: CursorKey, address: String) -> Self {
        Self { documents: Documents::new(), cursors, figures: Figures::default(), address }
    }

    /// Where the picture `name` is, for whoever reads an answer elsewhere than here.
    pub(crate) fn avatar_url(&self, name: &AvatarName) -> String {
        format!("{}/media/avatars/{}", self.address, name.file(AvatarSize::Large))
    }
}
