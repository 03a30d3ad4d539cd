//! Removing a message.

use actix_web::web::{Data, Json, Path};
use actix_web::{HttpRequest, delete};
use vestibule_auth::accounts::Accounts;
use vestibule_content::delete_message as remove;
use vestibule_http::{Shell, client_info};

use super::parse_path;
use crate::acknowledged::Acknowledged;
use crate::caller::{Can, ContactRead};
use crate::documents::responses::{Common, WithName, WithPermission, WithoutQuery};
use crate::problem::Problem;
use crate::query::NoQuery;

/// Delete a message
#[utoipa::path(
    tag = "contact",
    operation_id = "delete_message",
    security(("bearer" = [])),
    params(("id" = i64, Path, description = "The message", minimum = 1)),
    responses(
        (status = 200, description = "The message is gone", body = Acknowledged),
        WithPermission,
        WithName,
        WithoutQuery,
        Common,
    ),
)]
#[delete("/{id}")]
pub(crate) async fn delete_message(
    may: Can<ContactRead>,
    shell: Data<Shell>,
    request: HttpRequest,
    id: Path<String>,
    query: NoQuery,
) -> Result<Json<Acknowledged>, Problem> {
    query.check()?;
    let id = parse_path(&id)?;
    let (now, client) = (shell.now(), client_info(&request));
    let deleting = move |accounts: &Accounts| remove(&accounts.database, now, &may.caller, id, &client);
    shell.database_write(deleting).await??;
    Ok(Json(Acknowledged::OK))
}
