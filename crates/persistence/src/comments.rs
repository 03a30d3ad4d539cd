//! What people say about posts.

use diesel::prelude::*;
use vestibule_domain::comment::CommentContent;
use vestibule_domain::id::{CommentId, PostId, UserId};
use vestibule_domain::time::Timestamp;

use crate::dialect::DatabaseConnection;
use crate::error::StoreError;
use crate::schema::comments;

/// A comment to be kept.
#[derive(Clone, Debug)]
pub struct NewComment {
    /// What it is about.
    pub post: PostId,
    /// Who wrote it; nobody where the account is gone.
    pub author: Option<UserId>,
    /// What it says.
    pub content: CommentContent,
}

/// Keeps a comment written at `now`, which for one taken over is when it was written there. [`StoreError::Missing`] where the
/// post or the author is gone.
pub fn insert(
    conn: &mut DatabaseConnection,
    now: Timestamp,
    new: &NewComment,
) -> Result<CommentId, StoreError> {
    let id: i64 = diesel::insert_into(comments::table)
        .values((
            comments::post_id.eq(new.post.get()),
            comments::author_id.eq(new.author.map(UserId::get)),
            comments::content.eq(new.content.as_str()),
            comments::created_at.eq(now.naive_utc()),
            comments::updated_at.eq(now.naive_utc()),
        ))
        .returning(comments::id)
        .get_result(conn)?;
    id.try_into().map_err(|_| StoreError::Corrupt { what: "id of comment", row: id.to_string() })
}
