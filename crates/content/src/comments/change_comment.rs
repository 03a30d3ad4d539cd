//! Changing what was said, or taking it back.

use vestibule_domain::audit::{AuditEvent, AuditRecord};
use vestibule_domain::caller::{Caller, ClientInfo};
use vestibule_domain::comment::CommentContent;
use vestibule_domain::id::{CommentId, UserId};
use vestibule_domain::permission::Permission;
use vestibule_domain::time::Timestamp;
use vestibule_persistence::comments::{self, Comment};
use vestibule_persistence::dialect::DatabaseConnection;
use vestibule_persistence::{Database, audit};

use crate::error::ContentError;
use crate::posts::{eyes, is_current};

/// Changes a comment: one's own with `comments.write`, or another's with `comments.moderate`. With `version` only where it still is
/// that version, else [`ContentError::Stale`]. What changes nothing counts as no change.
pub fn edit_comment(
    database: &Database,
    now: Timestamp,
    caller: &Caller,
    id: CommentId,
    content: &CommentContent,
    version: Option<i64>,
    client: &ClientInfo,
) -> Result<Comment, ContentError> {
    database.write(|conn| {
        let found = hold(conn, caller, id, caller.may(Permission::CommentsWrite))?;
        is_current(version, found.version)?;
        if found.content == *content {
            return Ok(found);
        }
        if !comments::set(conn, now, id, found.version, content)? {
            return Err(ContentError::NotFound);
        }
        if !found.is_by(caller.user.id) {
            audit::insert(conn, &moderated(now, caller, &found, "changed", client))?;
        }
        Ok(Comment { content: content.clone(), version: found.version + 1, updated_at: now, ..found })
    })
}

/// Whether `caller` may change the comment, where that has to be known before it is said what is wrong with a change:
/// [`ContentError::Forbidden`] or [`ContentError::NotFound`] if not.
pub fn ensure_may_edit_comment(
    database: &Database,
    caller: &Caller,
    id: CommentId,
) -> Result<(), ContentError> {
    let may_write = caller.may(Permission::CommentsWrite);
    database.read(|conn| find_to_change(conn, caller, id, may_write).map(drop))
}

/// Removes a comment: one's own, or another's with `comments.moderate`. With `version` only where it still is that version, else
/// [`ContentError::Stale`].
pub fn delete_comment(
    database: &Database,
    now: Timestamp,
    caller: &Caller,
    id: CommentId,
    version: Option<i64>,
    client: &ClientInfo,
) -> Result<(), ContentError> {
    database.write(|conn| {
        let found = hold(conn, caller, id, true)?;
        is_current(version, found.version)?;
        if !comments::delete(conn, id, found.version)? {
            return Err(ContentError::NotFound);
        }
        if !found.is_by(caller.user.id) {
            audit::insert(conn, &moderated(now, caller, &found, "removed", client))?;
        }
        Ok(())
    })
}

/// The comment, where `caller` may change it: as its author with `own`, or with `comments.moderate`. Nobody else changes it until
/// the transaction ends.
fn hold(
    conn: &mut DatabaseConnection,
    caller: &Caller,
    id: CommentId,
    own: bool,
) -> Result<Comment, ContentError> {
    comments::lock(conn, id)?;
    find_to_change(conn, caller, id, own)
}

fn find_to_change(
    conn: &mut DatabaseConnection,
    caller: &Caller,
    id: CommentId,
    own: bool,
) -> Result<Comment, ContentError> {
    let comment = comments::find(conn, eyes(Some(caller)), id)?.ok_or(ContentError::NotFound)?;
    let is_own = own && comment.is_by(caller.user.id);
    if is_own || caller.may(Permission::CommentsModerate) {
        Ok(comment)
    } else {
        Err(ContentError::Forbidden)
    }
}

/// That somebody did `what` to another person's comment.
fn moderated(
    now: Timestamp,
    caller: &Caller,
    comment: &Comment,
    what: &str,
    client: &ClientInfo,
) -> AuditRecord {
    let author: Option<UserId> = comment.author.as_ref().map(|author| author.id);
    let record = AuditRecord::success(now, AuditEvent::CommentModerated, client).acted(caller.user.id);
    let detail = format!("comment {} on post {}: {what}", comment.id, comment.post_id);
    AuditRecord { subject: author, ..record.saying(detail) }
}
