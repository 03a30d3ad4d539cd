//! Saying something about a post.

use vestibule_domain::caller::Caller;
use vestibule_domain::comment::CommentContent;
use vestibule_domain::id::CommentId;
use vestibule_domain::post::{PostRef, PostStatus};
use vestibule_domain::submission::SubmissionKey;
use vestibule_domain::time::Timestamp;
use vestibule_persistence::comments::{self, Comment, NewComment};
use vestibule_persistence::submissions::Submission;
use vestibule_persistence::{Database, StoreError, users};

use crate::error::ContentError;
use crate::posts::{eyes, find, find_post};
use crate::sent::{Sent, once, parse_id};

/// Keeps what `caller` (faces ask for `comments.write`) says about a post they may read. The same `key` again answers what the
/// first attempt made, as it is now; [`ContentError::NotFound`] where that is gone, [`ContentError::KeyReused`] where it was another
/// comment.
pub fn add_comment(
    database: &Database,
    now: Timestamp,
    caller: &Caller,
    post: &PostRef,
    content: &CommentContent,
    key: Option<&SubmissionKey>,
) -> Result<Sent<Comment>, ContentError> {
    let added = add(database, now, caller, post, content, key);
    match added {
        // The post went while the comment was on its way, or the caller's account did.
        Err(ContentError::Store(StoreError::Missing)) => {
            find_post(database, Some(caller), post)?;
            Err(StoreError::Missing.into())
        }
        added => added,
    }
}

fn add(
    database: &Database,
    now: Timestamp,
    caller: &Caller,
    post: &PostRef,
    content: &CommentContent,
    key: Option<&SubmissionKey>,
) -> Result<Sent<Comment>, ContentError> {
    database.write(|conn| {
        let post = find(conn, Some(caller), post)?;
        let (operation, sender) = (format!("comment/{}", post.id), format!("account/{}", caller.user.id));
        let body = [content.as_str()];
        let submission =
            key.map(|key| Submission { operation: &operation, sender: &sender, key, body: &body });
        let sent = once(conn, now, submission.as_ref(), |conn| {
            // The account before its draft: who deletes the account removes the two in this order.
            if post.status() == PostStatus::Draft {
                users::lock(conn, caller.user.id)?;
            }
            let author = Some(caller.user.id);
            let new = NewComment { post: post.id, author, content: content.clone() };
            Ok(comments::insert(conn, now, &new)?.get())
        })?;
        sent.try_map(|id| {
            let id: CommentId = parse_id("id of comment", id)?;
            comments::find(conn, eyes(Some(caller)), id)?.ok_or(ContentError::NotFound)
        })
    })
}
