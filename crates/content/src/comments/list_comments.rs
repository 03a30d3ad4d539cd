//! Reading what was said.

use vestibule_domain::caller::Caller;
use vestibule_domain::id::CommentId;
use vestibule_domain::page::{Page, PageSize};
use vestibule_domain::post::PostRef;
use vestibule_persistence::Database;
use vestibule_persistence::comments::{self, Comment};
use vestibule_persistence::posts::Post;

use crate::error::ContentError;
use crate::posts::{eyes, find};

/// A post and a page of what was said about it.
#[derive(Clone, Debug)]
pub struct CommentList {
    /// The post.
    pub post: Post,
    /// The comments, oldest first.
    pub page: Page<Comment>,
}

/// What was said about a post that `viewer` may read, oldest first, behind the comment `after`.
pub fn list_comments(
    database: &Database,
    viewer: Option<&Caller>,
    post: &PostRef,
    after: Option<CommentId>,
    size: PageSize,
) -> Result<CommentList, ContentError> {
    database.read(|conn| {
        let post = find(conn, viewer, post)?;
        let page = comments::list_of_post(conn, post.id, after, size)?;
        Ok(CommentList { post, page })
    })
}

/// What was said about all published posts, newest first, before the comment `before`: for whoever moderates.
pub fn list_latest_comments(
    database: &Database,
    before: Option<CommentId>,
    size: PageSize,
) -> Result<Page<Comment>, ContentError> {
    database.read(|conn| Ok(comments::list_latest(conn, before, size)?))
}

/// The comment, where `viewer` may read the post it is about.
pub fn find_comment(
    database: &Database,
    viewer: Option<&Caller>,
    id: CommentId,
) -> Result<Comment, ContentError> {
    database.read(|conn| comments::find(conn, eyes(viewer), id)?.ok_or(ContentError::NotFound))
}
