//! The lasting address of a comment, which leads to it among the others.

use actix_web::HttpResponse;
use actix_web::web::Path;
use vestibule_content::find_comment;
use vestibule_persistence::comments::Comment;

use super::place;
use crate::problem::PageProblem;
use crate::texts::Notice;
use crate::visitor::Visitor;

/// Leads to the comment.
pub(super) async fn show_comment(
    visitor: Visitor,
    path: Path<(String, String)>,
) -> Result<HttpResponse, PageProblem> {
    let (post, id) = place::named_comment(path.into_inner())?;
    let viewer = visitor.caller.clone();
    let comment = visitor.reading(move |database| find_comment(database, viewer.as_deref(), id)).await??;
    if !place::is_about(&comment, &post) {
        return Err(PageProblem::NotFound);
    }
    lead_to_comment(&visitor, comment, None).await
}

/// Leads to the page of the post on which the comment is, and there to the comment.
pub(super) async fn lead_to_comment(
    visitor: &Visitor,
    comment: Comment,
    notice: Option<Notice>,
) -> Result<HttpResponse, PageProblem> {
    let target = format!("/blog/{}", comment.post_slug);
    let anchor = format!("#comment-{}", comment.id);
    let (viewer, cursors) = (visitor.caller.clone(), visitor.face.cursors.clone());
    let finding = visitor
        .reading(move |database| place::query_of_comment(database, &cursors, viewer.as_deref(), &comment));
    let notice = notice.map(|notice| format!("{}={}", Notice::PARAMETER, notice.as_str()));
    let query = finding.await??.into_iter().chain(notice).collect::<Vec<_>>().join("&");
    let mark = if query.is_empty() { "" } else { "?" };
    Ok(visitor.lead_to(&format!("{target}{mark}{query}{anchor}")))
}
