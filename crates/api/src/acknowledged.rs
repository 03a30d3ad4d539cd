//! The answer to what has nothing to show.

use serde::Serialize;
use utoipa::ToSchema;

/// It was done.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub(crate) struct Acknowledged {
    #[schema(example = true)]
    ok: bool,
}

impl Acknowledged {
    /// It was done.
    pub(crate) const OK: Self = Self { ok: true };
}
