//! Lists, page by page: how one is asked for and how it is answered.

mod paging;

use serde::Serialize;
use utoipa::ToSchema;

pub(crate) use paging::Paging;

/// One page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ListOf<T> {
    #[schema(example = true)]
    ok: bool,
    /// The entries.
    data: Vec<T>,
    /// How many there are in all, counted up to 10,000.
    #[schema(maximum = 10000)]
    total: u64,
    /// Whether `total` is the true number.
    total_is_exact: bool,
    /// What to send as `cursor` for the next page; `null` on the last.
    #[schema(required)]
    next_cursor: Option<String>,
}

/// One thing of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OneOf<T> {
    #[schema(example = true)]
    ok: bool,
    data: T,
}

impl<T> OneOf<T> {
    /// `data`, for all to see who may.
    pub(crate) fn new(data: T) -> Self {
        Self { ok: true, data }
    }
}
