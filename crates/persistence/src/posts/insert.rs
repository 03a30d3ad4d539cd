//! Keeping a new post.

use diesel::prelude::*;
use vestibule_domain::id::{PostId, UserId};
use vestibule_domain::post::{PostContent, Title};
use vestibule_domain::time::Timestamp;

use super::{name, parse_id};
use crate::dialect::{DatabaseConnection, reserve_post_id};
use crate::error::StoreError;
use crate::schema::posts;

/// A post to be kept.
#[derive(Clone, Debug)]
pub struct NewPost {
    /// Who wrote it; nobody where the account is gone.
    pub author: Option<UserId>,
    /// What it is called.
    pub title: Title,
    /// What it says.
    pub content: PostContent,
    /// When it was published; a draft until then.
    pub published_at: Option<Timestamp>,
}

/// Keeps a post written at `now`, which for one taken over is when it was written there. A draft stands in addresses by its
/// number, as whoever finds a name taken would know its title; a published one as [`name`] says. [`StoreError::Missing`] where its
/// author is gone.
pub fn insert(conn: &mut DatabaseConnection, now: Timestamp, new: &NewPost) -> Result<PostId, StoreError> {
    let number = reserve_post_id(conn)?;
    diesel::insert_into(posts::table)
        .values((
            posts::id.eq(number),
            posts::author_id.eq(new.author.map(UserId::get)),
            posts::title.eq(new.title.as_str()),
            posts::slug.eq(format!("post-{number}")),
            posts::content.eq(new.content.as_str()),
            posts::created_at.eq(now.naive_utc()),
            posts::updated_at.eq(now.naive_utc()),
            posts::published_at.eq(new.published_at.map(Timestamp::naive_utc)),
        ))
        .execute(conn)?;
    let id = parse_id(number)?;
    if new.published_at.is_some() {
        name(conn, id, &new.title)?;
    }
    Ok(id)
}
