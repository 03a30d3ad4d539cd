//! Reading posts.

use vestibule_domain::caller::Caller;
use vestibule_domain::page::{Page, PageSize};
use vestibule_domain::post::PostRef;
use vestibule_persistence::Database;
use vestibule_persistence::posts::{self, Post, PostFilter, PostPosition};

use super::{eyes, find};
use crate::error::ContentError;

/// The Markdown on one page of a list, in bytes. As HTML it may be some times as long, and somebody has to hold all of it.
const PAGE_BYTES: usize = 1 << 20;

/// The post, where `viewer` may read it: published, or the viewer's own.
pub fn find_post(database: &Database, viewer: Option<&Caller>, post: &PostRef) -> Result<Post, ContentError> {
    database.read(|conn| find(conn, viewer, post))
}

/// The posts that `filter` wants and `viewer` may read, newest first, behind `after`. Without a status these are what is
/// published and the viewer's own drafts. A page of long posts, more than a MiB together, ends early: `has_more` says so.
pub fn list_posts(
    database: &Database,
    viewer: Option<&Caller>,
    filter: &PostFilter,
    after: Option<&PostPosition>,
    size: PageSize,
) -> Result<Page<Post>, ContentError> {
    let page = database.read(|conn| posts::list(conn, eyes(viewer), filter, after, size))?;
    Ok(page.up_to(PAGE_BYTES, |post| post.content.as_str().len()))
}
