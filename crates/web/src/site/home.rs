//! The first page.

use actix_web::HttpResponse;
use askama::Template;
use vestibule_auth::next_account::{NextAccount, next_account};
use vestibule_content::{ContentError, list_posts, markdown};
use vestibule_domain::page::PageSize;
use vestibule_domain::post::PostStatus;
use vestibule_persistence::posts::{Post, PostFilter};

use crate::page::Layout;
use crate::problem::PageProblem;
use crate::texts::ENGLISH;
use crate::visitor::Visitor;

/// How many posts it shows.
const POSTS: u64 = 5;

/// The most characters of the beginning of a post.
const EXCERPT: usize = 240;

#[derive(Template)]
#[template(path = "site/home.html")]
struct HomePage {
    layout: Layout,
    lead: String,
    posts: Vec<Teaser>,
    may_write: bool,
    /// Nobody has an account yet.
    is_first_run: bool,
}

/// The beginning of a post.
struct Teaser {
    path: String,
    title: String,
    /// By whom, where the account is still there.
    by: Option<String>,
    published_at: String,
    day: String,
    excerpt: String,
}

impl Teaser {
    fn of(post: &Post) -> Self {
        let name = post.author.as_ref().and_then(|author| {
            let full_name = author.full_name.as_ref().map(ToString::to_string);
            full_name.or_else(|| author.username.as_ref().map(ToString::to_string))
        });
        let at = post.published_at.unwrap_or(post.created_at);
        Self {
            path: format!("/blog/{}", post.slug),
            title: post.title.to_string(),
            by: name.map(|name| (ENGLISH.site.home.by)(&name)),
            published_at: at.to_string(),
            day: ENGLISH.dates.day(&at),
            excerpt: markdown::excerpt(post.content.as_str(), EXCERPT),
        }
    }
}

/// Shows it.
pub(super) async fn show_home(visitor: Visitor) -> Result<HttpResponse, PageProblem> {
    let looking = visitor.shell.database(|accounts| {
        let filter = PostFilter { status: Some(PostStatus::Published), ..PostFilter::default() };
        let size = PageSize::try_from(POSTS).unwrap_or_default();
        let posts = list_posts(&accounts.database, None, &filter, None, size)?;
        Ok::<_, ContentError>((posts.entries, next_account(accounts)?))
    });
    let (posts, next) = looking.await??;
    let page = HomePage {
        layout: visitor.layout(visitor.face.name.clone()),
        lead: (ENGLISH.site.home.lead)(&visitor.face.name),
        posts: posts.iter().map(Teaser::of).collect(),
        may_write: visitor.may(vestibule_domain::permission::Permission::PostsWrite),
        is_first_run: next == NextAccount::Admin,
    };
    visitor.show_public(&page)
}
