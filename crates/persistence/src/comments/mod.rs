//! What people say about posts. Who sees a post sees what was said about it, and nobody else does.

mod row;

use diesel::prelude::*;
use vestibule_domain::comment::CommentContent;
use vestibule_domain::id::{CommentId, PostId, UserId};
use vestibule_domain::page::{Page, PageSize, Total};
use vestibule_domain::post::Title;
use vestibule_domain::slug::Slug;
use vestibule_domain::time::Timestamp;

use self::row::{CommentRow, comments_as_rows, parse};
use crate::dialect::{DatabaseConnection, MultiBackend, lock_comment};
use crate::error::StoreError;
use crate::posts::{Author, Viewer};
use crate::schema::{comments, posts};
use crate::total;

/// A comment as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment {
    /// Its number.
    pub id: CommentId,
    /// What it is about.
    pub post_id: PostId,
    /// The title of that.
    pub post_title: Title,
    /// The name of that in addresses.
    pub post_slug: Slug,
    /// Who wrote it; nobody where the account is gone.
    pub author: Option<Author>,
    /// What it says.
    pub content: CommentContent,
    /// Counts its changes, from 1.
    pub version: i64,
    /// When it was written.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

impl Comment {
    /// Whether `user_id` wrote it.
    #[must_use]
    pub fn is_by(&self, user_id: UserId) -> bool {
        self.author.as_ref().is_some_and(|author| author.id == user_id)
    }
}

/// A comment to be kept.
#[derive(Clone, Debug)]
pub struct NewComment {
    /// What it is about.
    pub post: PostId,
    /// Who wrote it; nobody where the account is gone.
    pub author: Option<UserId>,
    /// What it says.
    pub content: CommentContent,
}

/// Keeps a comment written at `now`, which for one taken over is when it was written there. [`StoreError::Missing`] where the
/// post or the author is gone.
pub fn insert(
    conn: &mut DatabaseConnection,
    now: Timestamp,
    new: &NewComment,
) -> Result<CommentId, StoreError> {
    let id: i64 = diesel::insert_into(comments::table)
        .values((
            comments::post_id.eq(new.post.get()),
            comments::author_id.eq(new.author.map(UserId::get)),
            comments::content.eq(new.content.as_str()),
            comments::created_at.eq(now.naive_utc()),
            comments::updated_at.eq(now.naive_utc()),
        ))
        .returning(comments::id)
        .get_result(conn)?;
    parse_id(id)
}

/// The comment, where `viewer` may see the post it is about.
pub fn find(
    conn: &mut DatabaseConnection,
    viewer: Viewer,
    id: CommentId,
) -> Result<Option<Comment>, StoreError> {
    let visible = posts::published_at.is_not_null().or(posts::author_id.eq(viewer.id()).assume_not_null());
    let query = comments_as_rows!().filter(comments::id.eq(id.get())).filter(visible);
    query.first::<CommentRow>(conn).optional()?.map(parse).transpose()
}

/// What was said about `post`, oldest first, behind the comment `after`. Whether it may be seen is for the caller to ask.
pub fn list_of_post(
    conn: &mut DatabaseConnection,
    post: PostId,
    after: Option<CommentId>,
    size: PageSize,
) -> Result<Page<Comment>, StoreError> {
    let behind = comments::id.gt(after.map_or(0, CommentId::get));
    let query = comments_as_rows!().filter(comments::post_id.eq(post.get())).filter(behind);
    let rows = query.order(comments::id).limit(one_more_than(size)).load::<CommentRow>(conn)?;
    let of_post = comments::table.filter(comments::post_id.eq(post.get())).into_boxed::<MultiBackend>();
    let total = total::count(conn, of_post.select(comments::id).limit(total::ONE_BEYOND))?;
    page(rows, total, size)
}

/// What was said about published posts, newest first, before the comment `before`.
pub fn list_latest(
    conn: &mut DatabaseConnection,
    before: Option<CommentId>,
    size: PageSize,
) -> Result<Page<Comment>, StoreError> {
    let before = comments::id.lt(before.map_or(i64::MAX, CommentId::get));
    let query = comments_as_rows!().filter(posts::published_at.is_not_null()).filter(before);
    let rows = query.order(comments::id.desc()).limit(one_more_than(size)).load::<CommentRow>(conn)?;
    let published = comments::table
        .inner_join(posts::table)
        .filter(posts::published_at.is_not_null())
        .select(comments::id)
        .into_boxed::<MultiBackend>();
    let total = total::count(conn, published.limit(total::ONE_BEYOND))?;
    page(rows, total, size)
}

fn one_more_than(size: PageSize) -> i64 {
    i64::from(size.get()) + 1
}

fn page(mut rows: Vec<CommentRow>, total: Total, size: PageSize) -> Result<Page<Comment>, StoreError> {
    let size = usize::from(size.get());
    let has_more = rows.len() > size;
    rows.truncate(size);
    let entries = rows.into_iter().map(parse).collect::<Result<_, _>>()?;
    Ok(Page { entries, total, has_more })
}

/// Locks the comment until the transaction ends: whoever else would change or remove it waits.
pub fn lock(conn: &mut DatabaseConnection, id: CommentId) -> Result<(), StoreError> {
    Ok(lock_comment(conn, id.get())?)
}

/// Changes the comment where it still is the version `version`, and counts it up. Answers whether it was.
pub fn set(
    conn: &mut DatabaseConnection,
    now: Timestamp,
    id: CommentId,
    version: i64,
    content: &CommentContent,
) -> Result<bool, StoreError> {
    let row = comments::table.find(id.get()).filter(comments::version.eq(version));
    let changed = diesel::update(row)
        .set((
            comments::content.eq(content.as_str()),
            comments::version.eq(version.saturating_add(1)),
            comments::updated_at.eq(now.naive_utc()),
        ))
        .execute(conn)?;
    Ok(changed == 1)
}

/// Removes the comment where it still is the version `version`. Answers whether it was.
pub fn delete(conn: &mut DatabaseConnection, id: CommentId, version: i64) -> Result<bool, StoreError> {
    let row = comments::table.find(id.get()).filter(comments::version.eq(version));
    Ok(diesel::delete(row).execute(conn)? == 1)
}

fn parse_id(id: i64) -> Result<CommentId, StoreError> {
    id.try_into().map_err(|_| StoreError::Corrupt { what: "id of comment", row: id.to_string() })
}
