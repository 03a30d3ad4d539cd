//! One post and what was said about it.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::LOCATION;
use actix_web::web::Path;
use askama::Template;
use vestibule_content::markdown::{self, SafeHtml};
use vestibule_content::{CommentList, find_post, list_comments};
use vestibule_domain::caller::Caller;
use vestibule_domain::page::PageSize;
use vestibule_domain::permission::Permission;
use vestibule_domain::post::{PostRef, PostStatus};
use vestibule_domain::slug::Slug;
use vestibule_domain::time::Timestamp;
use vestibule_persistence::comments::Comment;

use super::byline::Byline;
use super::place::{self, CURSOR, CommentPlace};
use super::rights::Rights;
use crate::fields::Faults;
use crate::page::Layout;
use crate::problem::PageProblem;
use crate::texts::ENGLISH;
use crate::visitor::Visitor;

/// How much of a post search engines are told, in characters.
const DESCRIPTION: usize = 160;

#[derive(Template)]
#[template(path = "blog/post.html")]
struct PostPage {
    layout: Layout,
    post: PostView,
    comments: Vec<CommentView>,
    reply: Reply,
    /// Whether there are comments before these.
    is_behind: bool,
    /// The address of the page behind this one.
    later: Option<String>,
}

struct PostView {
    slug: String,
    title: String,
    byline: Byline,
    at: Moment,
    /// When it was changed, where that was later.
    changed: Option<Moment>,
    is_draft: bool,
    rights: Rights,
    description: String,
    html: SafeHtml,
}

struct Moment {
    at: String,
    words: String,
}

impl Moment {
    fn of(at: Timestamp) -> Self {
        Self { at: at.to_string(), words: ENGLISH.dates.moment(&at) }
    }
}

struct CommentView {
    id: i64,
    byline: Byline,
    at: Moment,
    is_changed: bool,
    text: String,
    rights: Rights,
}

impl CommentView {
    fn of(viewer: Option<&Caller>, comment: &Comment) -> Self {
        Self {
            id: comment.id.get(),
            byline: Byline::of(comment.author.as_ref()),
            at: Moment::of(comment.created_at),
            is_changed: comment.updated_at > comment.created_at,
            text: comment.content.as_str().to_owned(),
            rights: Rights::to_comment(viewer, comment),
        }
    }
}

/// What the reader can say.
enum Reply {
    /// Something.
    Form { csrf: String, typed: TypedComment },
    /// Something, once they are signed in there.
    SignIn { href: String },
    /// Nothing.
    Nothing,
}

/// A comment on its way, and what is wrong with it.
pub(super) struct TypedComment {
    pub(super) text: String,
    pub(super) key: String,
    pub(super) faults: Faults,
}

/// Shows it. Posts have one address: by its number, and by the name it had as a draft, a post is found, and led to.
pub(super) async fn show_post(visitor: Visitor, path: Path<String>) -> Result<HttpResponse, PageProblem> {
    match place::named_post(&path)? {
        PostRef::Slug(slug) => {
            let page = read(&visitor, slug.clone(), None).await?;
            if page.post.slug == slug.as_str() {
                visitor.show_public(&page)
            } else {
                Ok(lead_to_name(&visitor, &page.post.slug, page.post.is_draft))
            }
        }
        post @ PostRef::Id(_) => {
            let viewer = visitor.caller.clone();
            let finding = move |database: &_| find_post(database, viewer.as_deref(), &post);
            let post = visitor.reading(finding).await??;
            Ok(lead_to_name(&visitor, post.slug.as_str(), post.status() == PostStatus::Draft))
        }
    }
}

/// Shows it with a comment that was not taken.
pub(super) async fn show_with(
    visitor: &Visitor,
    status: StatusCode,
    slug: Slug,
    typed: TypedComment,
) -> Result<HttpResponse, PageProblem> {
    let page = read(visitor, slug, Some(typed)).await?;
    visitor.show(status, &page)
}

/// A draft gets another name when it is published.
fn lead_to_name(visitor: &Visitor, slug: &str, is_draft: bool) -> HttpResponse {
    let status = if is_draft { StatusCode::FOUND } else { StatusCode::MOVED_PERMANENTLY };
    let mut response = visitor.answer(status);
    response.insert_header((LOCATION, format!("/blog/{slug}"))).finish()
}

async fn read(visitor: &Visitor, slug: Slug, typed: Option<TypedComment>) -> Result<PostPage, PageProblem> {
    let name = place::comments_of(&slug);
    let after = place::asked::<CommentPlace>(visitor, &name)?.map(|place| place.0);
    let (viewer, post) = (visitor.caller.clone(), PostRef::Slug(slug.clone()));
    let reading = visitor.reading(move |database| {
        list_comments(database, viewer.as_deref(), &post, after, PageSize::default())
    });
    let list = reading.await??;
    let (list, html) = visitor
        .shell
        .text(move || {
            let html = markdown::render(list.post.content.as_str());
            (list, html)
        })
        .await?;
    let end = list.page.entries.last().filter(|_| list.page.has_more).map(|comment| CommentPlace(comment.id));
    // It may have another name by now.
    let slug = list.post.slug.clone();
    let later = end.map(|place| visitor.face.cursors.seal(&place::comments_of(&slug), &place));
    let viewer = visitor.caller.as_deref();
    Ok(PostPage {
        layout: visitor.layout(list.post.title.as_str()),
        comments: list.page.entries.iter().map(|comment| CommentView::of(viewer, comment)).collect(),
        reply: reply(visitor, &slug, typed),
        is_behind: after.is_some(),
        later: later.map(|cursor| format!("/blog/{slug}?{CURSOR}={cursor}#comments")),
        post: view(visitor, &list, html),
    })
}

fn view(visitor: &Visitor, list: &CommentList, html: SafeHtml) -> PostView {
    let post = &list.post;
    let since = post.published_at.unwrap_or(post.created_at);
    PostView {
        slug: post.slug.to_string(),
        title: post.title.to_string(),
        byline: Byline::of(post.author.as_ref()),
        at: Moment::of(since),
        changed: Some(post.updated_at).filter(|changed| *changed > since).map(Moment::of),
        is_draft: post.status() == PostStatus::Draft,
        rights: Rights::to_post(visitor.caller.as_deref(), post),
        description: markdown::excerpt(post.content.as_str(), DESCRIPTION),
        html,
    }
}

fn reply(visitor: &Visitor, slug: &Slug, typed: Option<TypedComment>) -> Reply {
    if visitor.caller.is_none() {
        return Reply::SignIn { href: format!("/login?redirect=%2Fblog%2F{slug}") };
    }
    if !visitor.may(Permission::CommentsWrite) {
        return Reply::Nothing;
    }
    let fresh = || TypedComment { text: String::new(), key: visitor.new_key(), faults: Faults::default() };
    Reply::Form { csrf: visitor.csrf(), typed: typed.unwrap_or_else(fresh) }
}
