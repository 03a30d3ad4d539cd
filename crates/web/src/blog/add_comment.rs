//! Saying something about a post.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Path;
use vestibule_content::ContentError;
use vestibule_domain::comment::CommentContent;
use vestibule_domain::post::PostRef;
use vestibule_http::CommentsWrite;

use super::place;
use super::show_comment::lead_to_comment;
use super::show_post::{TypedComment, show_with};
use crate::attempt::{self, KEY};
use crate::entry::May;
use crate::fields::Faults;
use crate::form::Form;
use crate::problem::PageProblem;
use crate::texts::{ENGLISH, Notice};

/// Keeps the comment and leads to it.
pub(super) async fn add_comment(
    writer: May<CommentsWrite>,
    path: Path<String>,
    form: Form,
) -> Result<HttpResponse, PageProblem> {
    // Forms name posts by their names.
    let PostRef::Slug(slug) = place::named_post(&path)? else { return Err(PageProblem::NotFound) };
    let fields = form.read(&writer).await?;
    let (key, mut faults) = (attempt::key(&fields)?, Faults::default());
    let text = fields.text("content").to_owned();
    let typed = |key, faults| TypedComment { text: text.clone(), key, faults };
    let Some(content) = faults.take("content", text.parse::<CommentContent>()) else {
        let typed = typed(fields.text(KEY).to_owned(), faults);
        return show_with(&writer, StatusCode::UNPROCESSABLE_ENTITY, slug, typed).await;
    };
    if let Some(hit) = writer.admit_writing(&writer.caller).await? {
        faults.note_whole(ENGLISH.blog.form.too_many);
        let typed = typed(fields.text(KEY).to_owned(), faults);
        let response = show_with(&writer, StatusCode::TOO_MANY_REQUESTS, slug, typed).await?;
        return Ok(attempt::sent_too_often(response, &hit));
    }
    let (now, caller, post) = (writer.shell.now(), writer.caller.clone(), PostRef::Slug(slug.clone()));
    let writing = writer.writing(move |database| {
        vestibule_content::add_comment(database, now, &caller, &post, &content, Some(&key))
    });
    match writing.await? {
        Ok(sent) => lead_to_comment(&writer, sent.into_inner(), Some(Notice::CommentAdded)).await,
        Err(ContentError::KeyReused) => {
            faults.note_whole(ENGLISH.blog.comments.sent_before);
            let typed = typed(writer.new_key(), faults);
            show_with(&writer, StatusCode::UNPROCESSABLE_ENTITY, slug, typed).await
        }
        Err(error) => Err(error.into()),
    }
}
