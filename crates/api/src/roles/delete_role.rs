//! Deleting a role.

use actix_web::web::{Data, Json, Path};
use actix_web::{HttpRequest, delete};
use vestibule_auth::administration::delete_role as remove;
use vestibule_http::{Shell, client_info};

use super::parse_path;
use crate::acknowledged::Acknowledged;
use crate::caller::{Can, RolesManage};
use crate::documents::responses::{Common, WithConflict, WithName, WithPermission, WithoutQuery};
use crate::problem::Problem;
use crate::query::NoQuery;

/// Delete a role
///
/// Nobody holds it any more. Built-in roles stay.
#[utoipa::path(
    tag = "roles",
    operation_id = "delete_role",
    security(("bearer" = [])),
    params(("name" = String, Path, description = "The role", pattern = "^[a-z][a-z0-9_-]*$")),
    responses(
        (status = 200, description = "The role is gone", body = Acknowledged),
        WithPermission,
        WithName,
        WithoutQuery,
        WithConflict,
        Common,
    ),
)]
#[delete("/{name}")]
pub(crate) async fn delete_role(
    may: Can<RolesManage>,
    shell: Data<Shell>,
    request: HttpRequest,
    name: Path<String>,
    query: NoQuery,
) -> Result<Json<Acknowledged>, Problem> {
    query.check()?;
    let name = parse_path(&name)?;
    let (now, client) = (shell.now(), client_info(&request));
    let deleting = move |accounts: &_| remove(accounts, now, &may.caller, &name, &client);
    shell.database_write(deleting).await??;
    Ok(Json(Acknowledged::OK))
}
