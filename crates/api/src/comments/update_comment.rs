//! Changing what was said.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, patch};
use vestibule_auth::accounts::Accounts;
use vestibule_content::{edit_comment, ensure_may_edit_comment, find_comment};
use vestibule_domain::permission::Permission;
use vestibule_http::{Shell, client_info, conduct};

use super::{CommentBody, CommentView, parse_path};
use crate::body::UnreadJson;
use crate::caller::SignedIn;
use crate::conditional::WantedVersions;
use crate::documents::responses::{Common, WithBody, WithLimit, WithName, WithPermission, WithVersion};
use crate::face::Face;
use crate::lists::OneOf;
use crate::posts::{heard, refused};
use crate::problem::Problem;

/// Change a comment
///
/// Your own, where you may write comments, or with `comments.moderate` another person's, which the audit trail then has. With
/// `If-Match` it is only changed where it still is of that version.
#[utoipa::path(
    tag = "posts",
    operation_id = "update_comment",
    security(("bearer" = [])),
    params(
        ("id" = i64, Path, description = "The comment", minimum = 1),
        ("If-Match" = Option<String>, Header, description = "The `ETag` the comment came with when it was written or changed"),
    ),
    request_body = CommentBody,
    responses(
        (status = 200, description = "The comment as it is now; `ETag` names its version", body = OneOf<CommentView>),
        WithPermission,
        WithName,
        WithVersion,
        WithBody,
        WithLimit,
        Common,
    ),
)]
#[patch("/{id}")]
pub(crate) async fn update_comment(
    SignedIn(caller): SignedIn,
    shell: Data<Shell>,
    face: Data<Face>,
    request: HttpRequest,
    id: Path<String>,
    body: UnreadJson<CommentBody>,
) -> Result<HttpResponse, Problem> {
    conduct::admit_writing(&shell, &request, &caller).await?;
    let id = parse_path(&id)?;
    let asked = async { Ok((WantedVersions::of(&request)?, body.read().await?.parse()?)) }.await;
    let editor = caller.clone();
    let ensure_may = move |database: &_| ensure_may_edit_comment(database, &editor, id);
    let heard = heard(asked, &shell, &request, &caller, Permission::CommentsModerate, ensure_may);
    let (wanted, content) = heard.await?;
    let (now, client, editor) = (shell.now(), client_info(&request), caller.clone());
    let editing = move |accounts: &Accounts| {
        let database = &accounts.database;
        let version =
            wanted.settle(|| find_comment(database, Some(&editor), id).map(|found| found.version))?;
        edit_comment(database, now, &editor, id, &content, version, &client)
    };
    let edited = shell.database_write(editing).await?;
    let comment = edited.map_err(|error| refused(&request, &caller, Permission::CommentsModerate, error))?;
    Ok(CommentView::answer(&face, StatusCode::OK, &comment))
}
