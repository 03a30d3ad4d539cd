//! Removing a post, after a question.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Path;
use askama::Template;
use vestibule_content::{ContentError, find_post};
use vestibule_domain::post::{PostRef, PostStatus};

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
#[template(path = "blog/delete_post.html")]
struct DeletePostPage {
    layout: Layout,
    slug: String,
    what_goes: String,
    csrf: String,
    version: i64,
    faults: Faults,
}

/// Asks.
pub(super) async fn ask(signed_in: SignedIn, path: Path<String>) -> Result<HttpResponse, PageProblem> {
    show(&signed_in, place::named_post(&path)?, StatusCode::OK, Faults::default()).await
}

/// Removes it, where it is what was looked at.
pub(super) async fn delete_post(
    signed_in: SignedIn,
    path: Path<String>,
    form: Form,
) -> Result<HttpResponse, PageProblem> {
    let named = place::named_post(&path)?;
    let version = attempt::version(&form.read(&signed_in).await?)?;
    let (now, client) = (signed_in.shell.now(), signed_in.client());
    let (caller, post) = (signed_in.caller.clone(), named.clone());
    let deleting = signed_in.writing(move |database| {
        let was = find_post(database, Some(&caller), &post)?;
        vestibule_content::delete_post(database, now, &caller, &post, Some(version), &client)?;
        Ok(was.status())
    });
    match deleting.await? {
        Ok(PostStatus::Draft) => Ok(signed_in.lead_to_saying("/blog/drafts", Notice::Deleted)),
        Ok(PostStatus::Published) => Ok(signed_in.lead_to_saying("/blog", Notice::Deleted)),
        Err(ContentError::Stale) => {
            let mut faults = Faults::default();
            faults.note_whole(ENGLISH.blog.deletion.post_changed);
            show(&signed_in, named, StatusCode::CONFLICT, faults).await
        }
        Err(error) => Err(error.into()),
    }
}

async fn show(
    signed_in: &SignedIn,
    named: PostRef,
    status: StatusCode,
    faults: Faults,
) -> Result<HttpResponse, PageProblem> {
    let caller = signed_in.caller.clone();
    let post = signed_in.reading(move |database| find_post(database, Some(&caller), &named)).await??;
    if !Rights::to_post(Some(&signed_in.caller), &post).may_delete {
        return Err(PageProblem::Forbidden);
    }
    let texts = &ENGLISH.blog.deletion;
    let page = DeletePostPage {
        layout: signed_in.layout(texts.post),
        slug: post.slug.to_string(),
        what_goes: (texts.post_goes)(post.title.as_str(), post.comment_count),
        csrf: signed_in.csrf(),
        version: post.version,
        faults,
    };
    signed_in.show(status, &page)
}
