//! Changing and removing posts.

use diesel::prelude::*;
use vestibule_domain::id::{PostId, UserId};
use vestibule_domain::post::{PostContent, Title};
use vestibule_domain::time::Timestamp;

use crate::dialect::{DatabaseConnection, lock_post};
use crate::error::StoreError;
use crate::schema::posts;

/// What a post is from now on.
#[derive(Clone, Debug)]
pub struct PostChange {
    /// What it is called.
    pub title: Title,
    /// What it says.
    pub content: PostContent,
    /// Since when everybody can read it; a draft has none.
    pub published_at: Option<Timestamp>,
}

/// Locks the post until the transaction ends: whoever else would change or remove it waits; who comments on it does not.
pub fn lock(conn: &mut DatabaseConnection, id: PostId) -> Result<(), StoreError> {
    Ok(lock_post(conn, id.get())?)
}

/// Changes the post where it still is the version `version`, and counts it up. Answers whether it was.
pub fn set(
    conn: &mut DatabaseConnection,
    now: Timestamp,
    id: PostId,
    version: i64,
    change: &PostChange,
) -> Result<bool, StoreError> {
    let row = posts::table.find(id.get()).filter(posts::version.eq(version));
    let changed = diesel::update(row)
        .set((
            posts::title.eq(change.title.as_str()),
            posts::content.eq(change.content.as_str()),
            posts::published_at.eq(change.published_at.map(Timestamp::naive_utc)),
            posts::version.eq(version.saturating_add(1)),
            posts::updated_at.eq(now.naive_utc()),
        ))
        .execute(conn)?;
    Ok(changed == 1)
}

/// Removes the post, and with it what was said about it, where it still is the version `version`. Answers whether it was.
pub fn delete(conn: &mut DatabaseConnection, id: PostId, version: i64) -> Result<bool, StoreError> {
    let row = posts::table.find(id.get()).filter(posts::version.eq(version));
    Ok(diesel::delete(row).execute(conn)? == 1)
}

/// Removes the drafts of an account that goes, whose row the caller holds alone: nobody else was ever to read them. Answers how
/// many.
pub fn delete_drafts_of(conn: &mut DatabaseConnection, author: UserId) -> Result<usize, StoreError> {
    let of_author = posts::table.filter(posts::author_id.eq(author.get()));
    Ok(diesel::delete(of_author.filter(posts::published_at.is_null())).execute(conn)?)
}
