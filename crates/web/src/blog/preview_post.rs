//! How a post will look, for a script that shows it beside the form.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use super::post_form::{Preview, PreviewPiece, TypedPost};
use crate::entry::SignedIn;
use crate::form::Form;
use crate::problem::PageProblem;

/// Answers a piece of a page. Nothing is kept.
pub(super) async fn preview_post(signed_in: SignedIn, form: Form) -> Result<HttpResponse, PageProblem> {
    let fields = form.read(&signed_in).await?;
    if let Some(hit) = signed_in.admit_preview(&signed_in.caller).await? {
        return Err(hit.into());
    }
    let preview = Preview::make(&signed_in, &TypedPost::of(&fields)).await?;
    signed_in.show(StatusCode::OK, &PreviewPiece { preview })
}
