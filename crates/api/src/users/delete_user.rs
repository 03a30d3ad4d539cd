//! Deleting somebody's account.

use actix_web::web::{Data, Json, Path};
use actix_web::{HttpRequest, delete};
use vestibule_http::{Shell, client_info, conduct};

use super::parse_id;
use crate::acknowledged::Acknowledged;
use crate::caller::{Can, UsersWrite};
use crate::documents::responses::{Common, WithConflict, WithName, WithPermission, WithoutQuery};
use crate::problem::Problem;
use crate::query::NoQuery;

/// Delete somebody's account
///
/// All that is personal goes with it; posts and comments stay, by nobody. It cannot be taken back, and the number is never given
/// again.
#[utoipa::path(
    tag = "users",
    operation_id = "delete_user",
    security(("bearer" = [])),
    params(("id" = i64, Path, description = "The account", minimum = 1)),
    responses(
        (status = 200, description = "The account is gone", body = Acknowledged),
        WithPermission,
        WithName,
        WithoutQuery,
        WithConflict,
        Common,
    ),
)]
#[delete("/{id}")]
pub(crate) async fn delete_user(
    may: Can<UsersWrite>,
    shell: Data<Shell>,
    request: HttpRequest,
    id: Path<String>,
    query: NoQuery,
) -> Result<Json<Acknowledged>, Problem> {
    query.check()?;
    let user_id = parse_id(&id)?;
    conduct::delete_user(&shell, may.caller, user_id, client_info(&request)).await?;
    Ok(Json(Acknowledged::OK))
}
