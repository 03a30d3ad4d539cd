//! The newest posts, for those who follow the blog.

use vestibule_domain::page::PageSize;
use vestibule_domain::post::PostStatus;
use vestibule_domain::time::Timestamp;
use vestibule_persistence::Database;
use vestibule_persistence::posts::{Post, PostFilter};

use crate::error::ContentError;
use crate::markdown::{SafeHtml, render};
use crate::posts::list_posts;

/// A post as a feed tells it.
#[derive(Clone, Debug)]
pub struct FeedEntry {
    /// The post.
    pub post: Post,
    /// What it says, safe to show.
    pub html: SafeHtml,
}

impl FeedEntry {
    /// What a feed tells of `post`. Takes its time where nobody asked for that post for a while.
    #[must_use]
    pub fn of(post: Post) -> Self {
        Self { html: render(post.content.as_str()), post }
    }
}

/// The 20 newest published posts, fewer where they are long, and when the youngest change of them was: nothing where there is none.
pub fn latest_posts(database: &Database) -> Result<(Vec<Post>, Option<Timestamp>), ContentError> {
    let published = PostFilter { status: Some(PostStatus::Published), author: None };
    let posts = list_posts(database, None, &published, None, PageSize::default())?.entries;
    let changed_at = posts.iter().map(|post| post.updated_at).max();
    Ok((posts, changed_at))
}
