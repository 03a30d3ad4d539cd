//! Writing, reading, changing and removing posts.
//!
//! A draft is seen by its author alone. To everybody else, whoever they are, it is not there: it cannot be told from a number or a
//! name that no post has.

mod delete_post;
mod edit_post;
mod list_posts;
mod write_post;

use vestibule_domain::caller::Caller;
use vestibule_domain::permission::Permission;
use vestibule_domain::post::PostRef;
use vestibule_persistence::Database;
use vestibule_persistence::dialect::DatabaseConnection;
use vestibule_persistence::posts::{self, Post, Viewer};

pub use self::delete_post::delete_post;
pub use self::edit_post::{PostEdit, edit_post};
pub use self::list_posts::{find_post, list_posts};
pub use self::write_post::{PostDraft, write_post};
use crate::error::ContentError;

/// Whose eyes it is asked with.
pub(crate) fn eyes(viewer: Option<&Caller>) -> Viewer {
    viewer.map(|caller| caller.user.id).into()
}

/// The post, where `viewer` may see it.
pub(crate) fn find(
    conn: &mut DatabaseConnection,
    viewer: Option<&Caller>,
    post: &PostRef,
) -> Result<Post, ContentError> {
    posts::find(conn, eyes(viewer), post)?.ok_or(ContentError::NotFound)
}

/// Whether `caller` may change the post, where that has to be known before it is said what is wrong with a change:
/// [`ContentError::Forbidden`] or [`ContentError::NotFound`] if not.
pub fn ensure_may_edit_post(
    database: &Database,
    caller: &Caller,
    post: &PostRef,
) -> Result<(), ContentError> {
    let may_write = caller.may(Permission::PostsWrite);
    database.read(|conn| find_to_change(conn, caller, post, may_write).map(drop))
}

/// The post, where `caller` may change it: as its author with `own`, or with `posts.moderate`.
fn find_to_change(
    conn: &mut DatabaseConnection,
    caller: &Caller,
    post: &PostRef,
    own: bool,
) -> Result<Post, ContentError> {
    let post = find(conn, Some(caller), post)?;
    let is_own = own && post.is_by(caller.user.id);
    if is_own || caller.may(Permission::PostsModerate) { Ok(post) } else { Err(ContentError::Forbidden) }
}

/// Whether the client's version is still the one there is.
pub(crate) fn is_current(expected: Option<i64>, version: i64) -> Result<(), ContentError> {
    if expected.is_none_or(|expected| expected == version) { Ok(()) } else { Err(ContentError::Stale) }
}
