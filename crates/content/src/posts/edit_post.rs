//! Changing a post.

use vestibule_domain::audit::{AuditEvent, AuditRecord};
use vestibule_domain::caller::{Caller, ClientInfo};
use vestibule_domain::id::UserId;
use vestibule_domain::permission::Permission;
use vestibule_domain::post::{PostContent, PostRef, PostStatus, Title};
use vestibule_domain::slug::Slug;
use vestibule_domain::time::Timestamp;
use vestibule_persistence::dialect::DatabaseConnection;
use vestibule_persistence::posts::{self, Post, PostChange};
use vestibule_persistence::{Database, audit, users};

use super::{find_to_change, is_current};
use crate::error::ContentError;

/// What is to change; what is `None` stays.
#[derive(Clone, Debug, Default)]
pub struct PostEdit {
    /// What it is called. The name in addresses stays once it was published, as others may point to it.
    pub title: Option<Title>,
    /// What it says.
    pub content: Option<PostContent>,
    /// Who can read it. A draft that is published has its date from then; one that goes back to being a draft loses it.
    pub status: Option<PostStatus>,
}

/// Changes a post: one's own with `posts.write`, or another's published one with `posts.moderate`. With `version` only where it
/// still is that version, else [`ContentError::Stale`]. What changes nothing counts as no change.
///
/// A post whose author is gone stays published ([`ContentError::Forbidden`]): as a draft nobody could see it any more.
pub fn edit_post(
    database: &Database,
    now: Timestamp,
    caller: &Caller,
    post: &PostRef,
    edit: &PostEdit,
    version: Option<i64>,
    client: &ClientInfo,
) -> Result<Post, ContentError> {
    let may_write = caller.may(Permission::PostsWrite);
    database.write(|conn| {
        let found = find_to_change(conn, caller, post, may_write)?;
        if edit.status == Some(PostStatus::Draft) {
            hold_author(conn, &found)?;
        }
        posts::lock(conn, found.id)?;
        let post = PostRef::Id(found.id);
        let found = find_to_change(conn, caller, &post, may_write)?;
        is_current(version, found.version)?;
        let Some(change) = change(now, &found, edit)? else { return Ok(found) };
        if !posts::set(conn, now, found.id, found.version, &change)? {
            return Err(ContentError::NotFound);
        }
        let slug = new_name(conn, &found, &change)?;
        if !found.is_by(caller.user.id) {
            let what = if change.published_at.is_some() { "changed" } else { "made a draft" };
            audit::insert(conn, &moderated(now, caller, &found, what, client))?;
        }
        Ok(told(Post { slug, ..found }, now, change))
    })
}

/// A draft goes with its author's account. Who makes one holds the account, so that the two come one after the other.
fn hold_author(conn: &mut DatabaseConnection, post: &Post) -> Result<(), ContentError> {
    let author = post.author.as_ref().ok_or(ContentError::Forbidden)?;
    Ok(users::lock(conn, author.id)?)
}

/// What `edit` makes of `found`, where that is something else.
fn change(now: Timestamp, found: &Post, edit: &PostEdit) -> Result<Option<PostChange>, ContentError> {
    let published_at = match edit.status {
        None => found.published_at,
        Some(PostStatus::Published) => found.published_at.or(Some(now)),
        Some(PostStatus::Draft) if found.author.is_none() => return Err(ContentError::Forbidden),
        Some(PostStatus::Draft) => None,
    };
    let title = edit.title.clone().unwrap_or_else(|| found.title.clone());
    let content = edit.content.clone().unwrap_or_else(|| found.content.clone());
    let is_same = title == found.title && content == found.content && published_at == found.published_at;
    Ok((!is_same).then_some(PostChange { title, content, published_at }))
}

/// The name it has from now on. A draft that is published gets one, unless it had one before.
fn new_name(conn: &mut DatabaseConnection, found: &Post, change: &PostChange) -> Result<Slug, ContentError> {
    let is_named = PostRef::Slug(found.slug.clone()).by_number() != PostRef::Id(found.id);
    let is_published = found.published_at.is_none() && change.published_at.is_some();
    let name = if is_published && !is_named { posts::name(conn, found.id, &change.title)? } else { None };
    Ok(name.unwrap_or_else(|| found.slug.clone()))
}

/// The post as it is now. Whoever moderates may have taken it from their own eyes, and is told what they did all the same.
fn told(found: Post, now: Timestamp, change: PostChange) -> Post {
    let PostChange { title, content, published_at } = change;
    Post { title, content, published_at, version: found.version + 1, updated_at: now, ..found }
}

/// That somebody did `what` to another person's post.
pub(super) fn moderated(
    now: Timestamp,
    caller: &Caller,
    post: &Post,
    what: &str,
    client: &ClientInfo,
) -> AuditRecord {
    let author: Option<UserId> = post.author.as_ref().map(|author| author.id);
    let record = AuditRecord::success(now, AuditEvent::PostModerated, client).acted(caller.user.id);
    AuditRecord { subject: author, ..record.saying(format!("post {}: {what}", post.id)) }
}
