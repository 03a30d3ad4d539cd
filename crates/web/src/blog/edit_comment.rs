//! Where a comment is changed.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Path;
use askama::Template;
use vestibule_content::{ContentError, find_comment};
use vestibule_domain::comment::CommentContent;
use vestibule_domain::id::CommentId;
use vestibule_domain::post::PostRef;
use vestibule_persistence::comments::Comment;

use super::place;
use super::rights::Rights;
use super::show_comment::lead_to_comment;
use crate::attempt;
use crate::entry::SignedIn;
use crate::fields::Faults;
use crate::form::Form;
use crate::page::Layout;
use crate::problem::PageProblem;
use crate::texts::{ENGLISH, Notice};

#[derive(Template)]
#[template(path = "blog/edit_comment.html")]
struct EditCommentPage {
    layout: Layout,
    /// What it is about; nothing where it is gone.
    about: Option<About>,
    csrf: String,
    text: String,
    faults: Faults,
    /// What stands there now, where somebody changed it meanwhile.
    theirs: Option<String>,
}

struct About {
    slug: String,
    title: String,
    id: CommentId,
    version: i64,
}

impl About {
    fn of(comment: &Comment, version: i64) -> Self {
        Self {
            slug: comment.post_slug.to_string(),
            title: comment.post_title.to_string(),
            id: comment.id,
            version,
        }
    }
}

/// Shows the form with what stands there.
pub(super) async fn show_edit_comment(
    signed_in: SignedIn,
    path: Path<(String, String)>,
) -> Result<HttpResponse, PageProblem> {
    let (post, id) = place::named_comment(path.into_inner())?;
    let comment = find_to_edit(&signed_in, &post, id).await?;
    let (about, text) = (About::of(&comment, comment.version), comment.content.as_str().to_owned());
    show(&signed_in, StatusCode::OK, Some(about), text, Faults::default(), None)
}

/// Changes it and leads to it.
pub(super) async fn edit_comment(
    signed_in: SignedIn,
    path: Path<(String, String)>,
    form: Form,
) -> Result<HttpResponse, PageProblem> {
    let (post, id) = place::named_comment(path.into_inner())?;
    let fields = form.read(&signed_in).await?;
    let (version, text, mut faults) =
        (attempt::version(&fields)?, fields.text("content").to_owned(), Faults::default());
    let comment = match find_to_edit(&signed_in, &post, id).await {
        Err(PageProblem::NotFound) => return show_leftover(&signed_in, text),
        found => found?,
    };
    let Some(content) = faults.take("content", text.parse::<CommentContent>()) else {
        let about = About::of(&comment, version);
        return show(&signed_in, StatusCode::UNPROCESSABLE_ENTITY, Some(about), text, faults, None);
    };
    if let Some(hit) = signed_in.admit_writing(&signed_in.caller).await? {
        faults.note_whole(ENGLISH.blog.form.too_many);
        let about = About::of(&comment, version);
        let response = show(&signed_in, StatusCode::TOO_MANY_REQUESTS, Some(about), text, faults, None)?;
        return Ok(attempt::sent_too_often(response, &hit));
    }
    let (now, client, caller) = (signed_in.shell.now(), signed_in.client(), signed_in.caller.clone());
    let writing = signed_in.writing(move |database| {
        vestibule_content::edit_comment(database, now, &caller, id, &content, Some(version), &client)
    });
    match writing.await? {
        Ok(comment) => lead_to_comment(&signed_in, comment, Some(Notice::Saved)).await,
        Err(ContentError::Stale) => {
            let comment = find(&signed_in, &post, id).await?;
            faults.note_whole(ENGLISH.blog.comments.changed_meanwhile);
            let (about, theirs) = (About::of(&comment, comment.version), comment.content.as_str().to_owned());
            show(&signed_in, StatusCode::CONFLICT, Some(about), text, faults, Some(theirs))
        }
        Err(ContentError::NotFound) => show_leftover(&signed_in, text),
        Err(error) => Err(error.into()),
    }
}

/// The comment about that post.
pub(super) async fn find(
    signed_in: &SignedIn,
    post: &PostRef,
    id: CommentId,
) -> Result<Comment, PageProblem> {
    let caller = signed_in.caller.clone();
    let comment = signed_in.reading(move |database| find_comment(database, Some(&caller), id)).await??;
    if place::is_about(&comment, post) { Ok(comment) } else { Err(PageProblem::NotFound) }
}

/// The same, where the signed-in person may change it.
async fn find_to_edit(signed_in: &SignedIn, post: &PostRef, id: CommentId) -> Result<Comment, PageProblem> {
    let comment = find(signed_in, post, id).await?;
    let rights = Rights::to_comment(Some(&signed_in.caller), &comment);
    if rights.may_edit { Ok(comment) } else { Err(PageProblem::Forbidden) }
}

/// The comment went meanwhile, or never was: the text is handed back.
fn show_leftover(signed_in: &SignedIn, text: String) -> Result<HttpResponse, PageProblem> {
    let mut faults = Faults::default();
    faults.note_whole(ENGLISH.blog.comments.gone);
    show(signed_in, StatusCode::NOT_FOUND, None, text, faults, None)
}

fn show(
    signed_in: &SignedIn,
    status: StatusCode,
    about: Option<About>,
    text: String,
    faults: Faults,
    theirs: Option<String>,
) -> Result<HttpResponse, PageProblem> {
    let layout = signed_in.layout(ENGLISH.blog.comments.edit_title);
    let page = EditCommentPage { layout, about, csrf: signed_in.csrf(), text, faults, theirs };
    signed_in.show(status, &page)
}
