//! Removing a comment, after a question.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Path;
use askama::Template;
use vestibule_content::ContentError;
use vestibule_domain::id::CommentId;
use vestibule_domain::post::PostRef;
use vestibule_persistence::comments::Comment;

use super::edit_comment::find;
use super::place;
use super::rights::Rights;
use crate::attempt;
use crate::entry::SignedIn;
use crate::fields::Faults;
use crate::form::Form;
use crate::page::Layout;
use crate::problem::PageProblem;
use crate::texts::{ENGLISH, Notice};

#[derive(Template)]
#[template(path = "blog/delete_comment.html")]
struct DeleteCommentPage {
    layout: Layout,
    slug: String,
    title: String,
    id: i64,
    text: String,
    csrf: String,
    version: i64,
    faults: Faults,
}

/// Asks.
pub(super) async fn ask(
    signed_in: SignedIn,
    path: Path<(String, String)>,
) -> Result<HttpResponse, PageProblem> {
    let (post, id) = place::named_comment(path.into_inner())?;
    show(&signed_in, &post, id, StatusCode::OK, Faults::default()).await
}

/// Removes it, where it is what was looked at.
pub(super) async fn delete_comment(
    signed_in: SignedIn,
    path: Path<(String, String)>,
    form: Form,
) -> Result<HttpResponse, PageProblem> {
    let (post, id) = place::named_comment(path.into_inner())?;
    let version = attempt::version(&form.read(&signed_in).await?)?;
    let comment = find_to_delete(&signed_in, &post, id).await?;
    let (now, client, caller) = (signed_in.shell.now(), signed_in.client(), signed_in.caller.clone());
    let deleting = signed_in.writing(move |database| {
        vestibule_content::delete_comment(database, now, &caller, id, Some(version), &client)
    });
    match deleting.await? {
        Ok(()) => Ok(signed_in.lead_to_saying(&format!("/blog/{}", comment.post_slug), Notice::Deleted)),
        Err(ContentError::Stale) => {
            let mut faults = Faults::default();
            faults.note_whole(ENGLISH.blog.deletion.comment_changed);
            show(&signed_in, &post, id, StatusCode::CONFLICT, faults).await
        }
        Err(error) => Err(error.into()),
    }
}

/// The comment about that post, where the signed-in person may remove it.
async fn find_to_delete(signed_in: &SignedIn, post: &PostRef, id: CommentId) -> Result<Comment, PageProblem> {
    let comment = find(signed_in, post, id).await?;
    let rights = Rights::to_comment(Some(&signed_in.caller), &comment);
    if rights.may_delete { Ok(comment) } else { Err(PageProblem::Forbidden) }
}

async fn show(
    signed_in: &SignedIn,
    post: &PostRef,
    id: CommentId,
    status: StatusCode,
    faults: Faults,
) -> Result<HttpResponse, PageProblem> {
    let comment = find_to_delete(signed_in, post, id).await?;
    let page = DeleteCommentPage {
        layout: signed_in.layout(ENGLISH.blog.deletion.comment),
        slug: comment.post_slug.to_string(),
        title: comment.post_title.to_string(),
        id: id.get(),
        text: comment.content.as_str().to_owned(),
        csrf: signed_in.csrf(),
        version: comment.version,
        faults,
    };
    signed_in.show(status, &page)
}
