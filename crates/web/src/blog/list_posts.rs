//! The posts, newest first, and one's own drafts.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use vestibule_content::markdown;
use vestibule_domain::page::{Page, PageSize};
use vestibule_domain::permission::Permission;
use vestibule_domain::post::PostStatus;
use vestibule_persistence::posts::{Post, PostFilter, PostPosition};

use super::byline::Byline;
use super::place::{self, CURSOR};
use crate::entry::SignedIn;
use crate::page::Layout;
use crate::problem::PageProblem;
use crate::texts::ENGLISH;
use crate::visitor::Visitor;

/// How much of a post a list shows, in characters.
const EXCERPT: usize = 280;

#[derive(Template)]
#[template(path = "blog/list.html")]
struct PostList {
    layout: Layout,
    entries: Vec<Entry>,
    is_drafts: bool,
    may_write: bool,
    /// Whether there are pages before this one.
    is_behind: bool,
    /// The address of the page behind this one.
    older: Option<String>,
}

struct Entry {
    slug: String,
    title: String,
    byline: Byline,
    at: String,
    day: String,
    excerpt: String,
    comments: String,
}

impl Entry {
    fn of(post: &Post) -> Self {
        let at = post.published_at.unwrap_or(post.updated_at);
        Self {
            slug: post.slug.to_string(),
            title: post.title.to_string(),
            byline: Byline::of(post.author.as_ref()),
            at: at.to_string(),
            day: ENGLISH.dates.day(&at),
            excerpt: markdown::excerpt(post.content.as_str(), EXCERPT),
            comments: (ENGLISH.blog.comment_count)(post.comment_count),
        }
    }
}

/// The published ones.
pub(super) async fn list_posts(visitor: Visitor) -> Result<HttpResponse, PageProblem> {
    let filter = PostFilter { status: Some(PostStatus::Published), author: None };
    let page = list(&visitor, "page:posts", filter, ENGLISH.blog.title).await?;
    visitor.show_public(&page)
}

/// The reader's own drafts.
pub(super) async fn list_drafts(signed_in: SignedIn) -> Result<HttpResponse, PageProblem> {
    let filter = PostFilter { status: Some(PostStatus::Draft), author: Some(signed_in.caller.user.id) };
    let page = list(&signed_in, "page:drafts", filter, ENGLISH.blog.drafts).await?;
    signed_in.show(StatusCode::OK, &page)
}

async fn list(
    visitor: &Visitor,
    name: &'static str,
    filter: PostFilter,
    title: &'static str,
) -> Result<PostList, PageProblem> {
    let after = place::asked::<PostPosition>(visitor, name)?;
    let (viewer, is_drafts) = (visitor.caller.clone(), filter.status == Some(PostStatus::Draft));
    let reading = visitor.reading(move |database| {
        let size = PageSize::default();
        vestibule_content::list_posts(database, viewer.as_deref(), &filter, after.as_ref(), size)
    });
    let page = reading.await??;
    // Making excerpts of long posts takes longer than reading them.
    let making = visitor.shell.text(move || {
        let entries = page.entries.iter().map(Entry::of).collect();
        (entries, page)
    });
    let (entries, page): (Vec<Entry>, Page<Post>) = making.await?;
    let last = page.entries.last().filter(|_| page.has_more).map(PostPosition::of);
    Ok(PostList {
        layout: visitor.layout(title),
        entries,
        is_drafts,
        may_write: visitor.may(Permission::PostsWrite),
        is_behind: after.is_some(),
        older: last.map(|last| {
            format!("{}?{CURSOR}={}", visitor.request.path(), visitor.face.cursors.seal(name, &last))
        }),
    })
}
