//! Keeping a new post under a name of its own.

use chrono::NaiveDateTime;
use diesel::prelude::*;
use vestibule_domain::id::{PostId, UserId};
use vestibule_domain::post::{PostContent, Title};
use vestibule_domain::time::Timestamp;

use super::parse_id;
use crate::dialect::{DatabaseConnection, on_its_own, reserve_post_id};
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

/// Keeps a post written at `now`, which for one taken over is when it was written there. A published one stands in addresses by
/// its title, or by its number where too many have that title; a draft by its number, as whoever finds a name taken would know
/// its title. [`StoreError::Missing`] where its author is gone.
///
/// A name that somebody else takes at this moment is not an error but the next name: nothing ends the transaction, so that
/// others may be kept in it too.
pub fn insert(conn: &mut DatabaseConnection, now: Timestamp, new: &NewPost) -> Result<PostId, StoreError> {
    let slugs = if new.published_at.is_some() { new.title.slugs() } else { Vec::new() };
    let names: Vec<String> = slugs.iter().map(ToString::to_string).collect();
    let taken: Vec<String> =
        posts::table.filter(posts::slug.eq_any(&names)).select(posts::slug).load(conn)?;
    for slug in names.iter().filter(|name| !taken.contains(name)) {
        let row = values(now, new, slug);
        let inserted: Option<i64> = on_its_own!(conn, |conn| {
            let insert = diesel::insert_into(posts::table).values(row).on_conflict(posts::slug);
            insert.do_nothing().returning(posts::id).get_result(conn).optional()
        })?;
        if let Some(id) = inserted {
            return parse_id(id);
        }
    }
    let id = reserve_post_id(conn)?;
    let slug = format!("post-{id}");
    let row = (posts::id.eq(id), values(now, new, &slug));
    diesel::insert_into(posts::table).values(row).execute(conn)?;
    parse_id(id)
}

type Values<'a> = (
    diesel::dsl::Eq<posts::author_id, Option<i64>>,
    diesel::dsl::Eq<posts::title, &'a str>,
    diesel::dsl::Eq<posts::slug, &'a str>,
    diesel::dsl::Eq<posts::content, &'a str>,
    diesel::dsl::Eq<posts::created_at, NaiveDateTime>,
    diesel::dsl::Eq<posts::updated_at, NaiveDateTime>,
    diesel::dsl::Eq<posts::published_at, Option<NaiveDateTime>>,
);

fn values<'a>(now: Timestamp, new: &'a NewPost, slug: &'a str) -> Values<'a> {
    (
        posts::author_id.eq(new.author.map(UserId::get)),
        posts::title.eq(new.title.as_str()),
        posts::slug.eq(slug),
        posts::content.eq(new.content.as_str()),
        posts::created_at.eq(now.naive_utc()),
        posts::updated_at.eq(now.naive_utc()),
        posts::published_at.eq(new.published_at.map(Timestamp::naive_utc)),
    )
}
