//! Changing what somebody said.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Path;
use askama::Template;
use vestibule_auth::accounts::Accounts;
use vestibule_content::{ContentError, edit_comment as edit, find_comment};
use vestibule_domain::id::CommentId;
use vestibule_http::{CommentsModerate, Undone};
use vestibule_persistence::comments::Comment;

use crate::admin::list::parse_number;
use crate::admin::menu::{Frame, around};
use crate::admin::posts::called;
use crate::entry::May;
use crate::fields::{Faults, Fields};
use crate::form::Form;
use crate::page::Layout;
use crate::problem::PageProblem;
use crate::texts::{ENGLISH, Notice};

#[derive(Template)]
#[template(path = "admin/comments/edit.html")]
struct CommentPage {
    layout: Layout,
    frame: Frame,
    faults: Faults,
    id: i64,
    author: String,
    post: String,
    slug: String,
    content: String,
    version: i64,
    /// The comment as it is stored, where it changed since the form was shown.
    stored: Option<String>,
}

/// Shows the form.
pub(super) async fn show_comment(
    visitor: May<CommentsModerate>,
    id: Path<String>,
) -> Result<HttpResponse, PageProblem> {
    let comment = find(&visitor, parse_path(&id)?).await?;
    let mut fields = Fields::default();
    fields.push("content".to_owned(), comment.content.as_str().to_owned());
    show(&visitor, &comment, &fields, Faults::default(), StatusCode::OK)
}

/// Changes it, where nobody was faster.
pub(super) async fn edit_comment(
    visitor: May<CommentsModerate>,
    id: Path<String>,
    form: Form,
) -> Result<HttpResponse, PageProblem> {
    let fields = form.read(&visitor).await?;
    let comment_id = parse_path(&id)?;
    let version: i64 = parse_number(fields.text("version")).ok_or(PageProblem::BadRequest)?;
    let comment = find(&visitor, comment_id).await?;
    let mut faults = Faults::default();
    let Some(content) = faults.take("content", fields.text("content").parse()) else {
        return show(&visitor, &comment, &fields, faults, StatusCode::UNPROCESSABLE_ENTITY);
    };
    let (now, client, caller) = (visitor.shell.now(), visitor.client(), visitor.caller.clone());
    let editing = move |accounts: &Accounts| {
        edit(&accounts.database, now, &caller, comment_id, &content, Some(version), &client)
    };
    match visitor.shell.database_write(editing).await? {
        Ok(_) => Ok(visitor.lead_to_saying("/admin/comments", Notice::Saved)),
        Err(ContentError::Stale) => {
            faults.note_whole(ENGLISH.admin.comments.changed_meanwhile);
            let comment = find(&visitor, comment_id).await?;
            show(&visitor, &comment, &fields, faults, StatusCode::CONFLICT)
        }
        Err(error) => Err(error.into()),
    }
}

fn parse_path(text: &str) -> Result<CommentId, PageProblem> {
    parse_number(text).ok_or(PageProblem::NotFound)
}

async fn find(visitor: &May<CommentsModerate>, id: CommentId) -> Result<Comment, PageProblem> {
    // As a stranger would: what is said below a draft is its author's alone.
    let finding = move |accounts: &Accounts| find_comment(&accounts.database, None, id);
    Ok(visitor.shell.database(finding).await?.map_err(Undone::Failed)?)
}

fn show(
    visitor: &May<CommentsModerate>,
    comment: &Comment,
    fields: &Fields,
    faults: Faults,
    status: StatusCode,
) -> Result<HttpResponse, PageProblem> {
    let is_conflict = status == StatusCode::CONFLICT;
    // After a conflict the next attempt is one against what is shown below the form.
    let sent = parse_number(fields.text("version")).filter(|_| !is_conflict);
    let (layout, frame) = around(visitor, ENGLISH.admin.comments.edit_title);
    let page = CommentPage {
        layout,
        frame,
        faults,
        id: comment.id.get(),
        author: called(comment.author.as_ref()),
        post: comment.post_title.to_string(),
        slug: comment.post_slug.to_string(),
        content: fields.text("content").to_owned(),
        version: sent.unwrap_or(comment.version),
        stored: is_conflict.then(|| comment.content.as_str().to_owned()),
    };
    visitor.show(status, &page)
}
