//! A comment as the database hands it over: with its author and what it is about, in one question.

use chrono::NaiveDateTime;
use diesel::prelude::*;
use vestibule_domain::time::Timestamp;

use super::{Comment, parse_id};
use crate::dialect::MultiBackend;
use crate::error::StoreError;
use crate::posts::AuthorRow;
use crate::schema::comments;

/// Comments with all that [`CommentRow`] takes. The selection is too long a type to be written down.
macro_rules! comments_as_rows {
    () => {{
        use $crate::schema::{comments, posts, users};
        comments::table
            .inner_join(posts::table)
            .left_join(users::table.on(comments::author_id.eq(users::id.nullable())))
            .select((
                $crate::comments::row::Columns::as_columns(),
                (posts::title, posts::slug),
                $crate::posts::AuthorRow::as_columns(),
            ))
            .into_boxed::<$crate::dialect::MultiBackend>()
    }};
}
pub(super) use comments_as_rows;

/// Every column of a comment, title and name of its post, and what is seen of its author.
pub(super) type CommentRow = (Columns, (String, String), Option<AuthorRow>);

#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = comments)]
pub(super) struct Columns {
    id: i64,
    post_id: i64,
    content: String,
    version: i64,
    created_at: NaiveDateTime,
    updated_at: NaiveDateTime,
}

impl Columns {
    pub(super) fn as_columns() -> <Self as Selectable<MultiBackend>>::SelectExpression {
        <Self as Selectable<MultiBackend>>::construct_selection()
    }
}

/// The comment, each value through its own door.
pub(super) fn parse((row, (title, slug), author): CommentRow) -> Result<Comment, StoreError> {
    let corrupt = |what| StoreError::Corrupt { what, row: format!("comment {}", row.id) };
    Ok(Comment {
        id: parse_id(row.id)?,
        post_id: row.post_id.try_into().map_err(|_| corrupt("post"))?,
        post_title: title.parse().map_err(|_| corrupt("title of post"))?,
        post_slug: slug.parse().map_err(|_| corrupt("slug of post"))?,
        author: author.map(AuthorRow::into_author).transpose()?,
        content: row.content.parse().map_err(|_| corrupt("content"))?,
        version: row.version,
        created_at: Timestamp::from_naive_utc(row.created_at),
        updated_at: Timestamp::from_naive_utc(row.updated_at),
    })
}
