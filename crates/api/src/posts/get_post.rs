//! One post.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpResponse, get};
use vestibule_auth::accounts::Accounts;
use vestibule_content::find_post;
use vestibule_http::Shell;

use super::parse_path;
use super::post_view::{PostView, show};
use crate::caller::MaybeSignedIn;
use crate::documents::responses::{Common, WithName, WithToken, WithoutQuery};
use crate::face::Face;
use crate::lists::OneOf;
use crate::problem::Problem;
use crate::query::NoQuery;

/// A post
///
/// A draft is there for its author alone.
#[utoipa::path(
    tag = "posts",
    operation_id = "get_post",
    security((), ("bearer" = [])),
    params(("post" = String, Path, description = "Its number, or its name in addresses", example = "a-day-in-kerala")),
    responses(
        (status = 200, description = "The post; `ETag` names its version, for `If-Match`", body = OneOf<PostView>),
        WithToken,
        WithName,
        WithoutQuery,
        Common,
    ),
)]
#[get("/{post}")]
pub(crate) async fn get_post(
    MaybeSignedIn(viewer): MaybeSignedIn,
    shell: Data<Shell>,
    face: Data<Face>,
    post: Path<String>,
    query: NoQuery,
) -> Result<HttpResponse, Problem> {
    query.check()?;
    let post = parse_path(&post)?;
    let finding = move |accounts: &Accounts| find_post(&accounts.database, viewer.as_deref(), &post);
    show(&shell, &face, StatusCode::OK, shell.database(finding).await??).await
}
