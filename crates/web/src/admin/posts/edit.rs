//! Changing what somebody published.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Path;
use askama::Template;
use vestibule_auth::accounts::Accounts;
use vestibule_content::{ContentError, PostEdit, edit_post as edit, find_post};
use vestibule_domain::id::PostId;
use vestibule_domain::post::{PostRef, PostStatus};
use vestibule_http::{PostsModerate, Undone};
use vestibule_persistence::posts::Post;

use super::called;
use crate::admin::list::parse_number;
use crate::admin::menu::{Frame, around};
use crate::entry::May;
use crate::fields::{Faults, Fields};
use crate::form::Form;
use crate::page::Layout;
use crate::problem::PageProblem;
use crate::texts::{ENGLISH, Notice};

#[derive(Template)]
#[template(path = "admin/posts/edit.html")]
struct PostPage {
    layout: Layout,
    frame: Frame,
    faults: Faults,
    id: i64,
    slug: String,
    author: String,
    title: String,
    content: String,
    version: i64,
    /// Title and text as they are stored, where they changed since the form was shown.
    stored: Option<(String, String)>,
}

/// Shows the form.
pub(super) async fn show_post(
    visitor: May<PostsModerate>,
    id: Path<String>,
) -> Result<HttpResponse, PageProblem> {
    let post = find(&visitor, parse_path(&id)?).await?;
    let mut fields = Fields::default();
    fields.push("title".to_owned(), post.title.to_string());
    fields.push("content".to_owned(), post.content.as_str().to_owned());
    show(&visitor, &post, &fields, Faults::default(), StatusCode::OK)
}

/// Changes it, where nobody was faster.
pub(super) async fn edit_post(
    visitor: May<PostsModerate>,
    id: Path<String>,
    form: Form,
) -> Result<HttpResponse, PageProblem> {
    let fields = form.read(&visitor).await?;
    let post_id = parse_path(&id)?;
    let version: i64 = parse_number(fields.text("version")).ok_or(PageProblem::BadRequest)?;
    let post = find(&visitor, post_id).await?;
    let mut faults = Faults::default();
    let title = faults.take("title", fields.text("title").parse());
    let content = faults.take("content", fields.text("content").parse());
    if !faults.is_empty() {
        return show(&visitor, &post, &fields, faults, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let change = PostEdit { title, content, status: None };
    let (now, client, caller) = (visitor.shell.now(), visitor.client(), visitor.caller.clone());
    let editing = move |accounts: &Accounts| {
        let post = PostRef::Id(post_id);
        edit(&accounts.database, now, &caller, &post, &change, Some(version), &client)
    };
    match visitor.shell.database_write(editing).await? {
        Ok(_) => Ok(visitor.lead_to_saying("/admin/posts", Notice::Saved)),
        Err(ContentError::Stale) => {
            faults.note_whole(ENGLISH.admin.posts.changed_meanwhile);
            let post = find(&visitor, post_id).await?;
            show(&visitor, &post, &fields, faults, StatusCode::CONFLICT)
        }
        Err(error) => Err(error.into()),
    }
}

fn parse_path(text: &str) -> Result<PostId, PageProblem> {
    parse_number(text).ok_or(PageProblem::NotFound)
}

/// The post, where everybody can read it: a draft is not moderated, be it the moderator's own.
async fn find(visitor: &May<PostsModerate>, id: PostId) -> Result<Post, PageProblem> {
    let caller = visitor.caller.clone();
    let finding = move |accounts: &Accounts| find_post(&accounts.database, Some(&caller), &PostRef::Id(id));
    let post = visitor.shell.database(finding).await?.map_err(Undone::Failed)?;
    Some(post).filter(|post| post.status() == PostStatus::Published).ok_or(PageProblem::NotFound)
}

fn show(
    visitor: &May<PostsModerate>,
    post: &Post,
    fields: &Fields,
    faults: Faults,
    status: StatusCode,
) -> Result<HttpResponse, PageProblem> {
    let is_conflict = status == StatusCode::CONFLICT;
    // After a conflict the next attempt is one against what is shown below the form.
    let sent = parse_number(fields.text("version")).filter(|_| !is_conflict);
    let stored = is_conflict.then(|| (post.title.to_string(), post.content.as_str().to_owned()));
    let (layout, frame) = around(visitor, ENGLISH.admin.posts.edit_title);
    let page = PostPage {
        layout,
        frame,
        faults,
        id: post.id.get(),
        slug: post.slug.to_string(),
        author: called(post.author.as_ref()),
        title: fields.text("title").to_owned(),
        content: fields.text("content").to_owned(),
        version: sent.unwrap_or(post.version),
        stored,
    };
    visitor.show(status, &page)
}
