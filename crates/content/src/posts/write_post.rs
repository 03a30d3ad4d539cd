//! Writing a post.

use vestibule_domain::caller::Caller;
use vestibule_domain::id::PostId;
use vestibule_domain::post::{PostContent, PostRef, PostStatus, Title};
use vestibule_domain::submission::SubmissionKey;
use vestibule_domain::time::Timestamp;
use vestibule_persistence::Database;
use vestibule_persistence::posts::{self, NewPost, Post};
use vestibule_persistence::submissions::Submission;

use super::find;
use crate::error::ContentError;
use crate::sent::{Sent, once, parse_id};

/// A post as its author hands it in.
#[derive(Clone, Debug)]
pub struct PostDraft {
    /// What it is called.
    pub title: Title,
    /// What it says, in Markdown.
    pub content: PostContent,
    /// Who can read it.
    pub status: PostStatus,
}

/// Keeps a new post of `caller`, who may write posts (faces ask for `posts.write`). The same `key` again answers what the first
/// attempt made, as it is now; [`ContentError::NotFound`] where that is gone, [`ContentError::KeyReused`] where it was another post.
pub fn write_post(
    database: &Database,
    now: Timestamp,
    caller: &Caller,
    draft: &PostDraft,
    key: Option<&SubmissionKey>,
) -> Result<Sent<Post>, ContentError> {
    let new = NewPost {
        author: Some(caller.user.id),
        title: draft.title.clone(),
        content: draft.content.clone(),
        published_at: (draft.status == PostStatus::Published).then_some(now),
    };
    let sender = format!("account/{}", caller.user.id);
    let body = [draft.title.as_str(), draft.content.as_str(), draft.status.as_str()];
    let submission = key.map(|key| Submission { operation: "post", sender: &sender, key, body: &body });
    database.write(|conn| {
        let sent = once(conn, now, submission.as_ref(), |conn| Ok(posts::insert(conn, now, &new)?.get()))?;
        sent.try_map(|id| {
            let id: PostId = parse_id("id of post", id)?;
            find(conn, Some(caller), &PostRef::Id(id))
        })
    })
}
