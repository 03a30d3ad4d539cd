//! What all workers of the JSON face share.

use crate::lists::CursorKey;
use crate::routes::Documents;

/// The face, made once; each worker's application holds it as data.
#[derive(Debug)]
pub struct Face {
    pub(crate) documents: Documents,
    pub(crate) cursors: CursorKey,
}

impl Face {
    /// A face that seals the cursors of its lists under `cursors`.
    #[must_use]
    pub fn new(cursors: CursorKey) -> Self {
        Self { documents: Documents::new(), cursors }
    }
}
