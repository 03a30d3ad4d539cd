//! Where a post is changed.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Path;
use vestibule_auth::limits::TooMany;
use vestibule_content::{ContentError, PostEdit, find_post};
use vestibule_domain::post::{PostRef, PostStatus};
use vestibule_persistence::posts::Post;

use super::place;
use super::post_form::{self, ParsedPost, PostFormPage, Preview, Stage, Theirs, TypedPost};
use super::rights::Rights;
use super::write_post::notice;
use crate::attempt;
use crate::entry::SignedIn;
use crate::fields::Fields;
use crate::form::Form;
use crate::problem::PageProblem;
use crate::texts::{ENGLISH, Notice};

/// Shows the form with what stands there.
pub(super) async fn show_edit_post(
    signed_in: SignedIn,
    path: Path<String>,
) -> Result<HttpResponse, PageProblem> {
    let post = find(&signed_in, place::named_post(&path)?).await?;
    let page = page(&signed_in, &post, TypedPost::of_post(&post), post.version);
    signed_in.show(StatusCode::OK, &page)
}

/// Changes the post, or shows how it will look.
pub(super) async fn edit_post(
    signed_in: SignedIn,
    path: Path<String>,
    form: Form,
) -> Result<HttpResponse, PageProblem> {
    let named = place::named_post(&path)?;
    let fields = form.read(&signed_in).await?;
    let (mut typed, version, status) =
        (TypedPost::of(&fields), attempt::version(&fields)?, post_form::status(&fields)?);
    if post_form::is_preview(&fields) {
        return show_preview(&signed_in, named, &fields, version).await;
    }
    let Some(parsed) = typed.parse() else {
        let post = find(&signed_in, named).await?;
        let page = page(&signed_in, &post, typed, version);
        return signed_in.show(StatusCode::UNPROCESSABLE_ENTITY, &page);
    };
    if let Some(hit) = signed_in.admit_writing(&signed_in.caller).await? {
        return show_too_many(&signed_in, named, typed, version, &hit).await;
    }
    match change(&signed_in, &named, parsed, status, version).await? {
        Ok(post) => {
            let notice = status.map_or(Notice::Saved, notice);
            Ok(signed_in.lead_to_saying(&format!("/blog/{}", post.slug), notice))
        }
        Err(ContentError::Stale) => show_both(&signed_in, named, typed).await,
        Err(ContentError::NotFound) => show_leftover(&signed_in, typed),
        Err(error) => Err(error.into()),
    }
}

/// The post, where the signed-in person may change it.
async fn find(signed_in: &SignedIn, named: PostRef) -> Result<Post, PageProblem> {
    let caller = signed_in.caller.clone();
    let post = signed_in.reading(move |database| find_post(database, Some(&caller), &named)).await??;
    if Rights::to_post(Some(&signed_in.caller), &post).may_edit {
        Ok(post)
    } else {
        Err(PageProblem::Forbidden)
    }
}

async fn change(
    signed_in: &SignedIn,
    named: &PostRef,
    parsed: ParsedPost,
    status: Option<PostStatus>,
    version: i64,
) -> Result<Result<Post, ContentError>, PageProblem> {
    let edit = PostEdit { title: Some(parsed.title), content: Some(parsed.content), status };
    let (now, client) = (signed_in.shell.now(), signed_in.client());
    let (caller, named) = (signed_in.caller.clone(), named.clone());
    let change = move |database: &_| {
        vestibule_content::edit_post(database, now, &caller, &named, &edit, Some(version), &client)
    };
    signed_in.writing(change).await
}

async fn show_preview(
    signed_in: &SignedIn,
    named: PostRef,
    fields: &Fields,
    version: i64,
) -> Result<HttpResponse, PageProblem> {
    let typed = TypedPost::of(fields);
    if let Some(hit) = signed_in.admit_preview(&signed_in.caller).await? {
        return show_too_many(signed_in, named, typed, version, &hit).await;
    }
    let post = find(signed_in, named).await?;
    let preview = Preview::make(signed_in, &typed).await?;
    let page = page(signed_in, &post, typed, version);
    signed_in.show(StatusCode::OK, &PostFormPage { preview: Some(preview), ..page })
}

/// The words are kept in the form, for a while later.
async fn show_too_many(
    signed_in: &SignedIn,
    named: PostRef,
    mut typed: TypedPost,
    version: i64,
    hit: &TooMany,
) -> Result<HttpResponse, PageProblem> {
    typed.faults.note_whole(ENGLISH.blog.form.too_many);
    let post = find(signed_in, named).await?;
    let response = signed_in.show(StatusCode::TOO_MANY_REQUESTS, &page(signed_in, &post, typed, version))?;
    Ok(attempt::sent_too_often(response, hit))
}

/// Somebody changed it meanwhile: both texts are shown, and what is saved next takes the place of theirs.
async fn show_both(
    signed_in: &SignedIn,
    named: PostRef,
    mut typed: TypedPost,
) -> Result<HttpResponse, PageProblem> {
    let post = match find(signed_in, named).await {
        Err(PageProblem::NotFound) => return show_leftover(signed_in, typed),
        found => found?,
    };
    typed.faults.note_whole(ENGLISH.blog.form.changed_meanwhile);
    let page = page(signed_in, &post, typed, post.version);
    signed_in.show(StatusCode::CONFLICT, &PostFormPage { theirs: Some(Theirs::of(&post)), ..page })
}

/// The post went meanwhile, or never was: the text is handed back, to be kept as a new one.
fn show_leftover(signed_in: &SignedIn, mut typed: TypedPost) -> Result<HttpResponse, PageProblem> {
    typed.key = signed_in.new_key();
    typed.faults.note_whole(ENGLISH.blog.form.gone);
    signed_in.show(StatusCode::NOT_FOUND, &PostFormPage::new_post(signed_in, typed, None))
}

fn page(signed_in: &SignedIn, post: &Post, typed: TypedPost, version: i64) -> PostFormPage {
    let texts = &ENGLISH.blog.form;
    let stage = match post.status() {
        PostStatus::Draft => Stage::Draft,
        PostStatus::Published if post.is_by(signed_in.caller.user.id) => Stage::Published,
        PostStatus::Published => Stage::Others,
    };
    PostFormPage {
        layout: signed_in.layout((texts.edit_title)(post.title.as_str())),
        heading: (texts.edit_title)(post.title.as_str()),
        action: format!("/blog/{}/edit", post.slug),
        back: format!("/blog/{}", post.slug),
        csrf: signed_in.csrf(),
        version: Some(version),
        stage,
        typed,
        preview: None,
        theirs: None,
    }
}
