//! What people publish.
//!
//! Who may see a post is a condition of every question here ([`Viewer`]), so that nobody comes by a draft of somebody else in a
//! list, a number or an answer.

mod author;
mod change;
mod insert;
mod list;
mod name;
mod row;

use diesel::prelude::*;
use vestibule_domain::id::{PostId, UserId};
use vestibule_domain::post::{PostContent, PostRef, PostStatus, Title};
use vestibule_domain::slug::Slug;
use vestibule_domain::time::Timestamp;

pub use self::author::Author;
pub(crate) use self::author::AuthorRow;
pub use self::change::{PostChange, delete, delete_drafts_of, lock, set};
pub use self::insert::{NewPost, insert};
pub use self::list::{PostFilter, PostPosition, PostPositionError, list};
pub use self::name::name;
use self::row::{PostRow, parse, posts_as_rows};
use crate::dialect::DatabaseConnection;
use crate::error::StoreError;
use crate::schema::posts;

/// A post as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Post {
    /// Its number.
    pub id: PostId,
    /// Who wrote it; nobody where the account is gone.
    pub author: Option<Author>,
    /// What it is called.
    pub title: Title,
    /// Its name in addresses.
    pub slug: Slug,
    /// What it says, in Markdown.
    pub content: PostContent,
    /// Counts its changes, from 1.
    pub version: i64,
    /// When it was begun.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Since when everybody can read it; a draft has none.
    pub published_at: Option<Timestamp>,
    /// How many comments there are about it.
    pub comment_count: u64,
}

impl Post {
    /// Who can read it.
    #[must_use]
    pub fn status(&self) -> PostStatus {
        if self.published_at.is_some() { PostStatus::Published } else { PostStatus::Draft }
    }

    /// Whether `user_id` wrote it.
    #[must_use]
    pub fn is_by(&self, user_id: UserId) -> bool {
        self.author.as_ref().is_some_and(|author| author.id == user_id)
    }
}

/// Whose eyes a question is asked with: nobody sees a draft but its author.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Viewer {
    /// Everybody.
    Anyone,
    /// Somebody who may have drafts.
    Account(UserId),
}

impl Viewer {
    /// The number of the account; none has the number zero.
    pub(crate) fn id(self) -> i64 {
        match self {
            Self::Anyone => 0,
            Self::Account(user_id) => user_id.get(),
        }
    }
}

impl From<Option<UserId>> for Viewer {
    fn from(user_id: Option<UserId>) -> Self {
        user_id.map_or(Self::Anyone, Self::Account)
    }
}

/// The post, where `viewer` may see it.
pub fn find(
    conn: &mut DatabaseConnection,
    viewer: Viewer,
    post: &PostRef,
) -> Result<Option<Post>, StoreError> {
    let visible = posts::published_at.is_not_null().or(posts::author_id.eq(viewer.id()).assume_not_null());
    let query = posts_as_rows!().filter(visible);
    // By its number a post is found whatever it is called now.
    let query = match post.by_number() {
        PostRef::Id(id) => query.filter(posts::id.eq(id.get())),
        PostRef::Slug(slug) => query.filter(posts::slug.eq(slug.to_string())),
    };
    let row: Option<PostRow> = query.first(conn).optional()?;
    row.map(parse).transpose()
}

fn parse_id(id: i64) -> Result<PostId, StoreError> {
    id.try_into().map_err(|_| StoreError::Corrupt { what: "id of post", row: id.to_string() })
}
