//! Posts page by page.
//!
//! What is published and the drafts of one author are two walks along two indexes, put together here: a condition that holds for
//! the one or the other would have the database look at every post.

use std::cmp::Reverse;
use std::fmt;
use std::str::FromStr;

use diesel::prelude::*;
use thiserror::Error;
use vestibule_domain::id::{PostId, UserId};
use vestibule_domain::page::{Page, PageSize, Total};
use vestibule_domain::post::PostStatus;
use vestibule_domain::time::Timestamp;

use super::row::{PostRow, parse, posts_as_rows};
use super::{Post, Viewer};
use crate::dialect::{DatabaseConnection, MultiBackend};
use crate::error::StoreError;
use crate::schema::posts;
use crate::total;

/// Which posts are wanted; all conditions hold together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PostFilter {
    /// Drafts or published ones.
    pub status: Option<PostStatus>,
    /// Written by this account.
    pub author: Option<UserId>,
}

/// The place of a post in the list, for the page behind it. As text it is what a cursor carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PostPosition {
    /// When it was published, or for a draft begun.
    pub at: Timestamp,
    /// Its number.
    pub id: PostId,
}

impl PostPosition {
    /// Where `post` stands.
    #[must_use]
    pub fn of(post: &Post) -> Self {
        Self { at: post.published_at.unwrap_or(post.created_at), id: post.id }
    }
}

/// Not a position.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("not a position")]
pub struct PostPositionError;

/// Microseconds since 1970, and behind a space the number.
impl fmt::Display for PostPosition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.at.unix_micros(), self.id)
    }
}

impl FromStr for PostPosition {
    type Err = PostPositionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (at, id) = text.split_once(' ').ok_or(PostPositionError)?;
        let at = at.parse().ok().and_then(Timestamp::from_unix_micros).ok_or(PostPositionError)?;
        let id = id.parse::<i64>().ok().and_then(|id| PostId::try_from(id).ok()).ok_or(PostPositionError)?;
        Ok(Self { at, id })
    }
}

/// The posts that `filter` wants and `viewer` may see, newest first, those behind `after` where that is given; each with its author
/// and the number of its comments. Four statements at most, however many posts there are on the page.
pub fn list(
    conn: &mut DatabaseConnection,
    viewer: Viewer,
    filter: &PostFilter,
    after: Option<&PostPosition>,
    size: PageSize,
) -> Result<Page<Post>, StoreError> {
    let size = usize::from(size.get());
    let limit = i64::try_from(size).unwrap_or(i64::MAX).saturating_add(1);
    let (mut rows, mut total) = (Vec::new(), Total::counted(0));
    if filter.status != Some(PostStatus::Draft) {
        rows.extend(load_published(conn, filter.author, after, limit)?);
        total = total::count(conn, published(filter.author).select(posts::id).limit(total::ONE_BEYOND))?;
    }
    if let Some(author) = whose_drafts(viewer, filter) {
        rows.extend(load_drafts(conn, author, after, limit)?);
        let drafts = total::count(conn, drafts(author).select(posts::id).limit(total::ONE_BEYOND))?;
        total = both(total, drafts);
    }
    let mut entries = rows.into_iter().map(parse).collect::<Result<Vec<_>, _>>()?;
    entries.sort_unstable_by_key(|post| Reverse(PostPosition::of(post)));
    let has_more = entries.len() > size;
    entries.truncate(size);
    Ok(Page { entries, total, has_more })
}

/// Whose drafts are wanted: nobody's but the viewer's own.
fn whose_drafts(viewer: Viewer, filter: &PostFilter) -> Option<UserId> {
    let Viewer::Account(user_id) = viewer else { return None };
    let is_wanted = filter.status != Some(PostStatus::Published);
    (is_wanted && filter.author.is_none_or(|author| author == user_id)).then_some(user_id)
}

fn both(one: Total, other: Total) -> Total {
    if one.is_exact() && other.is_exact() {
        Total::counted(one.get() + other.get())
    } else {
        Total::counted(Total::CAP + 1)
    }
}

type Query = posts::BoxedQuery<'static, MultiBackend>;

fn published(author: Option<UserId>) -> Query {
    let query = posts::table.filter(posts::published_at.is_not_null()).into_boxed();
    match author {
        Some(author) => query.filter(posts::author_id.eq(author.get())),
        None => query,
    }
}

fn drafts(author: UserId) -> Query {
    let of_author = posts::table.filter(posts::author_id.eq(author.get()));
    of_author.filter(posts::published_at.is_null()).into_boxed()
}

/// Along the index of `published_at`, or of an author's.
fn load_published(
    conn: &mut DatabaseConnection,
    author: Option<UserId>,
    after: Option<&PostPosition>,
    limit: i64,
) -> Result<Vec<PostRow>, StoreError> {
    let mut query = posts_as_rows!().filter(posts::published_at.is_not_null());
    if let Some(author) = author {
        query = query.filter(posts::author_id.eq(author.get()));
    }
    if let Some(after) = after {
        let at = after.at.naive_utc();
        // The first is where the walk begins; the second leaves out those of the same moment that were shown.
        let behind = posts::published_at.lt(at).or(posts::id.lt(after.id.get()).nullable());
        query = query.filter(posts::published_at.le(at)).filter(behind);
    }
    Ok(query.order((posts::published_at.desc(), posts::id.desc())).limit(limit).load::<PostRow>(conn)?)
}

/// The drafts of one author are few, and are sorted when they are asked for.
fn load_drafts(
    conn: &mut DatabaseConnection,
    author: UserId,
    after: Option<&PostPosition>,
    limit: i64,
) -> Result<Vec<PostRow>, StoreError> {
    let mut query =
        posts_as_rows!().filter(posts::author_id.eq(author.get())).filter(posts::published_at.is_null());
    if let Some(after) = after {
        let at = after.at.naive_utc();
        let behind = posts::created_at.lt(at).or(posts::id.lt(after.id.get()));
        query = query.filter(posts::created_at.le(at)).filter(behind);
    }
    Ok(query.order((posts::created_at.desc(), posts::id.desc())).limit(limit).load::<PostRow>(conn)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_reads_back() {
        let at = Timestamp::from_unix_micros(1_795_000_000_123_456).unwrap();
        let position = PostPosition { at, id: PostId::try_from(7).unwrap() };
        assert_eq!(position.to_string().parse(), Ok(position));
        for text in ["", "7", " 7", "7 ", "7 0", "7 -1", "x 7", "9223372036854775808 7"] {
            assert_eq!(text.parse::<PostPosition>(), Err(PostPositionError), "{text:?}");
        }
    }

    #[test]
    fn two_counts_are_exact_where_both_are() {
        let sum = |one, other| both(Total::counted(one), Total::counted(other));
        assert_eq!((sum(3, 4).get(), sum(3, 4).is_exact()), (7, true));
        assert_eq!((sum(10_000, 1).get(), sum(10_000, 1).is_exact()), (10_000, false));
        assert_eq!((sum(10_001, 0).get(), sum(10_001, 0).is_exact()), (10_000, false));
    }
}
