//! Removing a post.

use vestibule_domain::caller::{Caller, ClientInfo};
use vestibule_domain::id::PostId;
use vestibule_domain::post::PostRef;
use vestibule_domain::time::Timestamp;
use vestibule_persistence::{Database, audit, posts};

use super::edit_post::moderated;
use super::{find_to_change, is_current};
use crate::error::ContentError;

/// Removes a post and what was said about it: one's own, or another's published one with `posts.moderate`. With `version` only
/// where it still is that version, else [`ContentError::Stale`]. It cannot be taken back, and its number is never given again.
pub fn delete_post(
    database: &Database,
    now: Timestamp,
    caller: &Caller,
    post: &PostRef,
    version: Option<i64>,
    client: &ClientInfo,
) -> Result<PostId, ContentError> {
    database.write(|conn| {
        let found = find_to_change(conn, caller, post, true)?;
        posts::lock(conn, found.id)?;
        let found = find_to_change(conn, caller, &PostRef::Id(found.id), true)?;
        is_current(version, found.version)?;
        if !posts::delete(conn, found.id, found.version)? {
            return Err(ContentError::NotFound);
        }
        if !found.is_by(caller.user.id) {
            audit::insert(conn, &moderated(now, caller, &found, "removed", client))?;
        }
        Ok(found.id)
    })
}
