//! Which page of a list is asked for, and where a comment is to be found.

use std::fmt::{self, Display};
use std::str::FromStr;

use vestibule_content::{ContentError, list_comments};
use vestibule_domain::caller::Caller;
use vestibule_domain::id::CommentId;
use vestibule_domain::page::PageSize;
use vestibule_domain::post::PostRef;
use vestibule_domain::slug::Slug;
use vestibule_http::CursorKey;
use vestibule_persistence::Database;
use vestibule_persistence::comments::Comment;

use crate::fields::Fields;
use crate::problem::PageProblem;
use crate::visitor::Visitor;

/// The name of the parameter, as with the API's lists.
pub(super) const CURSOR: &str = "cursor";

/// The place that the address names in `list`; nothing for its beginning. There is no page at a place nobody was told.
pub(super) fn asked<P: FromStr>(visitor: &Visitor, list: &str) -> Result<Option<P>, PageProblem> {
    let query = Fields::of_query(visitor.request.query_string());
    let Some(cursor) = query.given(CURSOR) else { return Ok(None) };
    visitor.face.cursors.open(list, cursor).map(Some).ok_or(PageProblem::NotFound)
}

/// A comment's place in the list of those about one post.
pub(super) struct CommentPlace(pub(super) CommentId);

impl Display for CommentPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for CommentPlace {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let id = text.parse::<i64>().ok().and_then(|id| CommentId::try_from(id).ok());
        id.map(Self).ok_or(())
    }
}

/// What the list of the comments about a post is called in cursors.
pub(super) fn comments_of(post: &Slug) -> String {
    format!("page:comments:{post}")
}

/// The query of the page on which `comment` stands: none for the first page, else the one that begins with it.
pub(super) fn query_of_comment(
    database: &Database,
    cursors: &CursorKey,
    viewer: Option<&Caller>,
    comment: &Comment,
) -> Result<Option<String>, ContentError> {
    let list = list_comments(database, viewer, &PostRef::Id(comment.post_id), None, PageSize::default())?;
    let before = CommentId::try_from(comment.id.get() - 1).ok();
    let is_first = list.page.entries.iter().any(|entry| entry.id == comment.id);
    let before = before.filter(|_| !is_first);
    Ok(before
        .map(|id| format!("{CURSOR}={}", cursors.seal(&comments_of(&comment.post_slug), &CommentPlace(id)))))
}

/// The post that a part of an address names.
pub(super) fn named_post(text: &str) -> Result<PostRef, PageProblem> {
    text.parse().map_err(|_| PageProblem::NotFound)
}

/// The post and the comment that parts of an address name.
pub(super) fn named_comment((post, comment): (String, String)) -> Result<(PostRef, CommentId), PageProblem> {
    let id = comment.parse::<i64>().ok().and_then(|id| CommentId::try_from(id).ok());
    // One spelling a number, as with posts.
    let id = id.filter(|id| id.to_string() == comment).ok_or(PageProblem::NotFound)?;
    Ok((named_post(&post)?, id))
}

/// Whether `comment` is about the post that the address names.
pub(super) fn is_about(comment: &Comment, post: &PostRef) -> bool {
    match post.by_number() {
        PostRef::Id(id) => comment.post_id == id,
        PostRef::Slug(slug) => comment.post_slug == slug,
    }
}
