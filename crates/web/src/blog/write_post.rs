//! Where a new post is written.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use vestibule_auth::limits::TooMany;
use vestibule_content::{ContentError, PostDraft};
use vestibule_domain::post::PostStatus;
use vestibule_http::PostsWrite;

use super::post_form::{self, PostFormPage, Preview, TypedPost};
use crate::attempt;
use crate::entry::May;
use crate::form::Form;
use crate::problem::PageProblem;
use crate::texts::{ENGLISH, Notice};

/// Shows the empty form.
pub(super) async fn show_new_post(writer: May<PostsWrite>) -> Result<HttpResponse, PageProblem> {
    let typed = TypedPost::empty(writer.new_key());
    writer.show(StatusCode::OK, &PostFormPage::new_post(&writer, typed, None))
}

/// Keeps the post, or shows how it will look.
pub(super) async fn write_post(writer: May<PostsWrite>, form: Form) -> Result<HttpResponse, PageProblem> {
    let fields = form.read(&writer).await?;
    let (mut typed, key, status) =
        (TypedPost::of(&fields), attempt::key(&fields)?, post_form::status(&fields)?);
    if post_form::is_preview(&fields) {
        if let Some(hit) = writer.admit_preview(&writer.caller).await? {
            return show_too_many(&writer, typed, &hit);
        }
        let preview = Preview::make(&writer, &typed).await?;
        return writer.show(StatusCode::OK, &PostFormPage::new_post(&writer, typed, Some(preview)));
    }
    let Some(parsed) = typed.parse() else {
        let page = PostFormPage::new_post(&writer, typed, None);
        return writer.show(StatusCode::UNPROCESSABLE_ENTITY, &page);
    };
    if let Some(hit) = writer.admit_writing(&writer.caller).await? {
        return show_too_many(&writer, typed, &hit);
    }
    let status = status.unwrap_or(PostStatus::Draft);
    let draft = PostDraft { title: parsed.title, content: parsed.content, status };
    let (now, caller) = (writer.shell.now(), writer.caller.clone());
    let writing = writer
        .writing(move |database| vestibule_content::write_post(database, now, &caller, &draft, Some(&key)));
    match writing.await? {
        Ok(sent) => {
            let post = sent.into_inner();
            Ok(writer.lead_to_saying(&format!("/blog/{}", post.slug), notice(post.status())))
        }
        Err(ContentError::KeyReused) => {
            typed.key = writer.new_key();
            typed.faults.note_whole(ENGLISH.blog.form.sent_before);
            writer.show(StatusCode::UNPROCESSABLE_ENTITY, &PostFormPage::new_post(&writer, typed, None))
        }
        Err(error) => Err(error.into()),
    }
}

/// The words are kept in the form, for a while later.
fn show_too_many(
    writer: &May<PostsWrite>,
    mut typed: TypedPost,
    hit: &TooMany,
) -> Result<HttpResponse, PageProblem> {
    typed.faults.note_whole(ENGLISH.blog.form.too_many);
    let page = PostFormPage::new_post(writer, typed, None);
    Ok(attempt::sent_too_often(writer.show(StatusCode::TOO_MANY_REQUESTS, &page)?, hit))
}

/// What is said where a post was kept.
pub(super) fn notice(status: PostStatus) -> Notice {
    match status {
        PostStatus::Draft => Notice::DraftSaved,
        PostStatus::Published => Notice::PostPublished,
    }
}
