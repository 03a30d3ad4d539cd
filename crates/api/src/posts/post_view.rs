//! A post as clients see it.

use actix_web::http::StatusCode;
use actix_web::http::header::ETAG;
use actix_web::{HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;
use vestibule_content::markdown::{SafeHtml, render};
use vestibule_domain::page::Page;
use vestibule_http::Shell;
use vestibule_persistence::posts::Post;

use super::{AuthorView, status_schema};
use crate::accounts::Instant;
use crate::conditional::version_tag;
use crate::face::Face;
use crate::lists::OneOf;
use crate::problem::Problem;

/// A post.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Post)]
pub(crate) struct PostView {
    /// Its number.
    #[schema(minimum = 1, example = 1)]
    id: i64,
    /// Its name in addresses, made of the title when it was first published, which stays whatever the title becomes. ASCII, and
    /// never digits alone; `post-<id>` before that and where the title has no ASCII letter.
    #[schema(example = "a-day-in-kerala")]
    slug: String,
    /// What it is called.
    #[schema(example = "A day in Kerala")]
    title: String,
    /// What it says, in Markdown, as it was written.
    #[schema(example = "It *rained*.")]
    content: String,
    /// The same as HTML that can do nothing but show: elements of a short list, links by `http`, `https` and `mailto` and to this
    /// site, pictures of this site. Headings begin at the second level.
    #[schema(example = "<p>It <em>rained</em>.</p>\n")]
    content_html: String,
    /// Who can read it: its author alone, or everybody.
    #[schema(schema_with = status_schema)]
    status: &'static str,
    /// Who wrote it; `null` where the account is gone.
    #[schema(required)]
    author: Option<AuthorView>,
    /// How many comments there are about it.
    comment_count: u64,
    /// When it was begun.
    #[schema(format = DateTime)]
    created_at: Instant,
    /// When its title, its text or its status last changed.
    #[schema(format = DateTime)]
    updated_at: Instant,
    /// Since when everybody can read it; `null` for a draft.
    #[schema(required, format = DateTime)]
    published_at: Option<Instant>,
}

impl PostView {
    /// `post`, of whose text `html` was made.
    pub(super) fn new(face: &Face, post: &Post, html: &SafeHtml) -> Self {
        Self {
            id: post.id.get(),
            slug: post.slug.to_string(),
            title: post.title.to_string(),
            content: post.content.as_str().to_owned(),
            content_html: html.as_str().to_owned(),
            status: post.status().as_str(),
            author: post.author.as_ref().map(|author| AuthorView::new(face, author)),
            comment_count: post.comment_count,
            created_at: Instant(post.created_at),
            updated_at: Instant(post.updated_at),
            published_at: post.published_at.map(Instant),
        }
    }
}

/// A post and the HTML that was made of it.
pub(super) type Shown = (Post, SafeHtml);

/// Makes HTML of all of `page`, where that keeps nobody from the database.
pub(super) async fn show_page(shell: &Shell, page: Page<Post>) -> Result<Page<Shown>, Problem> {
    let Page { entries, total, has_more } = page;
    let entries = shell.text(move || entries.into_iter().map(shown).collect()).await?;
    Ok(Page { entries, total, has_more })
}

/// The answer of `status` that shows one post, with its version as its tag.
pub(super) async fn show(
    shell: &Shell,
    face: &web::Data<Face>,
    status: StatusCode,
    post: Post,
) -> Result<HttpResponse, Problem> {
    let tag = version_tag(post.version);
    let (post, html) = shell.text(move || shown(post)).await?;
    let body = OneOf::new(PostView::new(face, &post, &html));
    Ok(HttpResponse::build(status).insert_header((ETAG, tag)).json(body))
}

fn shown(post: Post) -> Shown {
    let html = render(post.content.as_str());
    (post, html)
}
