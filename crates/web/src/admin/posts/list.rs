//! What is published, newest first.

use std::fmt;
use std::str::FromStr;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use vestibule_auth::accounts::Accounts;
use vestibule_content::list_posts;
use vestibule_domain::post::PostStatus;
use vestibule_domain::time::Timestamp;
use vestibule_http::{PostsModerate, Undone};
use vestibule_persistence::posts::{Post, PostFilter, PostPosition};

use super::called;
use crate::admin::list::{Choice, Pager, Paging, query};
use crate::admin::menu::{Frame, around};
use crate::admin::moment::Moment;
use crate::entry::May;
use crate::fields::Faults;
use crate::page::Layout;
use crate::problem::PageProblem;
use crate::texts::ENGLISH;

struct Row {
    id: i64,
    slug: String,
    title: String,
    author: String,
    published: Option<Moment>,
    comments: u64,
}

#[derive(Template)]
#[template(path = "admin/posts/list.html")]
struct PostsPage {
    layout: Layout,
    frame: Frame,
    faults: Faults,
    sizes: Vec<Choice>,
    rows: Vec<Row>,
    pager: Pager,
}

/// Shows them.
pub(super) async fn show_posts(visitor: May<PostsModerate>) -> Result<HttpResponse, PageProblem> {
    let (asked, mut faults) = (query(&visitor), Faults::default());
    let paging = Paging::<Place>::parse(&mut faults, "moderated posts", &visitor.face.cursors, &asked);
    let (after, size, caller) =
        (paging.before.as_ref().map(|place| place.0), paging.size, visitor.caller.clone());
    let listing = move |accounts: &Accounts| {
        let filter = PostFilter { status: Some(PostStatus::Published), author: None };
        list_posts(&accounts.database, Some(&caller), &filter, after.as_ref(), size)
    };
    let page = visitor.shell.database(listing).await?.map_err(Undone::Failed)?;
    let status = if faults.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let (layout, frame) = around(&visitor, ENGLISH.admin.posts.title);
    let shown = PostsPage {
        layout,
        frame,
        faults,
        sizes: Choice::sizes(paging.size),
        pager: paging.pager(&visitor, &page, Place::of),
        rows: page.entries.into_iter().map(Row::from).collect(),
    };
    visitor.show(status, &shown)
}

impl From<Post> for Row {
    fn from(post: Post) -> Self {
        Self {
            id: post.id.get(),
            slug: post.slug.to_string(),
            author: called(post.author.as_ref()),
            title: post.title.to_string(),
            published: post.published_at.map(Moment::from),
            comments: post.comment_count,
        }
    }
}

/// Where a post stands, as a cursor carries it: when it was published, and its number.
struct Place(PostPosition);

impl Place {
    fn of(post: &Post) -> Self {
        Self(PostPosition { at: post.published_at.unwrap_or(post.created_at), id: post.id })
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.0.at.unix_micros(), self.0.id)
    }
}

impl FromStr for Place {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (at, id) = text.split_once(' ').ok_or(())?;
        let at = at.parse().ok().and_then(Timestamp::from_unix_micros).ok_or(())?;
        let id = id.parse::<i64>().map_err(drop)?.try_into().map_err(drop)?;
        Ok(Self(PostPosition { at, id }))
    }
}
