//! Taking back what was said.

use actix_web::web::{Data, Json, Path};
use actix_web::{HttpRequest, delete};
use vestibule_auth::accounts::Accounts;
use vestibule_content::{delete_comment as remove, find_comment};
use vestibule_domain::permission::Permission;
use vestibule_http::{Shell, client_info};

use super::parse_path;
use crate::acknowledged::Acknowledged;
use crate::caller::SignedIn;
use crate::conditional::WantedVersions;
use crate::documents::responses::{Common, WithName, WithPermission, WithVersion, WithoutQuery};
use crate::posts::refused;
use crate::problem::Problem;
use crate::query::NoQuery;

/// Remove a comment
///
/// Your own, or with `comments.moderate` another person's. It cannot be taken back.
#[utoipa::path(
    tag = "posts",
    operation_id = "delete_comment",
    security(("bearer" = [])),
    params(
        ("id" = i64, Path, description = "The comment", minimum = 1),
        ("If-Match" = Option<String>, Header, description = "The `ETag` the comment came with when it was written or changed"),
    ),
    responses(
        (status = 200, description = "The comment is gone", body = Acknowledged),
        WithPermission,
        WithName,
        WithVersion,
        WithoutQuery,
        Common,
    ),
)]
#[delete("/{id}")]
pub(crate) async fn delete_comment(
    SignedIn(caller): SignedIn,
    shell: Data<Shell>,
    request: HttpRequest,
    id: Path<String>,
    query: NoQuery,
) -> Result<Json<Acknowledged>, Problem> {
    query.check()?;
    let (wanted, id) = (WantedVersions::of(&request)?, parse_path(&id)?);
    let (now, client, eyes) = (shell.now(), client_info(&request), caller.clone());
    let removing = move |accounts: &Accounts| {
        let database = &accounts.database;
        let version = wanted.settle(|| find_comment(database, Some(&eyes), id).map(|found| found.version))?;
        remove(database, now, &eyes, id, version, &client)
    };
    let removed = shell.database_write(removing).await?;
    removed.map_err(|error| refused(&request, &caller, Permission::CommentsModerate, error))?;
    Ok(Json(Acknowledged::OK))
}
