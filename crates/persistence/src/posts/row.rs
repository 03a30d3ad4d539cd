//! A post as the database hands it over: with its author and the number of its comments, in one question.

use chrono::NaiveDateTime;
use diesel::prelude::*;
use vestibule_domain::time::Timestamp;

use super::{AuthorRow, Post, parse_id};
use crate::dialect::MultiBackend;
use crate::error::StoreError;
use crate::schema::posts;

/// Posts with all that [`PostRow`] takes. The selection is too long a type to be written down.
macro_rules! posts_as_rows {
    () => {{
        use $crate::schema::{comments, posts, users};
        let of_post = comments::table.filter(comments::post_id.eq(posts::id));
        posts::table
            .left_join(users::table)
            .select((
                $crate::posts::row::Columns::as_columns(),
                $crate::posts::AuthorRow::as_columns(),
                of_post.select(diesel::dsl::count_star()).single_value(),
            ))
            .into_boxed::<$crate::dialect::MultiBackend>()
    }};
}
pub(super) use posts_as_rows;

/// Every column of a post, what is seen of its author, and how many comments there are.
pub(super) type PostRow = (Columns, Option<AuthorRow>, Option<i64>);

#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = posts)]
pub(super) struct Columns {
    id: i64,
    title: String,
    slug: String,
    content: String,
    version: i64,
    created_at: NaiveDateTime,
    updated_at: NaiveDateTime,
    published_at: Option<NaiveDateTime>,
}

impl Columns {
    pub(super) fn as_columns() -> <Self as Selectable<MultiBackend>>::SelectExpression {
        <Self as Selectable<MultiBackend>>::construct_selection()
    }
}

/// The post, each value through its own door.
pub(super) fn parse((row, author, comments): PostRow) -> Result<Post, StoreError> {
    let corrupt = |what| StoreError::Corrupt { what, row: format!("post {}", row.id) };
    Ok(Post {
        id: parse_id(row.id)?,
        author: author.map(AuthorRow::into_author).transpose()?,
        title: row.title.parse().map_err(|_| corrupt("title"))?,
        slug: row.slug.parse().map_err(|_| corrupt("slug"))?,
        content: row.content.parse().map_err(|_| corrupt("content"))?,
        version: row.version,
        created_at: Timestamp::from_naive_utc(row.created_at),
        updated_at: Timestamp::from_naive_utc(row.updated_at),
        published_at: row.published_at.map(Timestamp::from_naive_utc),
        comment_count: comments.and_then(|count| count.try_into().ok()).unwrap_or_default(),
    })
}
