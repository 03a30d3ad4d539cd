//! Ending all of somebody's sessions.

use actix_web::web::{Data, Json, Path};
use actix_web::{HttpRequest, delete};
use vestibule_auth::administration::end_sessions;
use vestibule_http::{Shell, client_info};

use super::parse_id;
use crate::acknowledged::Acknowledged;
use crate::caller::{Can, UsersWrite};
use crate::documents::responses::{Common, WithName, WithPermission, WithoutQuery};
use crate::problem::Problem;
use crate::query::NoQuery;

/// End somebody's sessions
///
/// All of them: at once on the node that is asked, within a second on every other. The password stays.
#[utoipa::path(
    tag = "users",
    operation_id = "end_user_sessions",
    security(("bearer" = [])),
    params(("id" = i64, Path, description = "The account", minimum = 1)),
    responses(
        (status = 200, description = "The sessions have ended", body = Acknowledged),
        WithPermission,
        WithName,
        WithoutQuery,
        Common,
    ),
)]
#[delete("/{id}/sessions")]
pub(crate) async fn end_user_sessions(
    may: Can<UsersWrite>,
    shell: Data<Shell>,
    request: HttpRequest,
    id: Path<String>,
    query: NoQuery,
) -> Result<Json<Acknowledged>, Problem> {
    query.check()?;
    let user_id = parse_id(&id)?;
    let (now, client) = (shell.now(), client_info(&request));
    let ending = move |accounts: &_| end_sessions(accounts, now, &may.caller, user_id, &client);
    shell.database_write(ending).await??;
    Ok(Json(Acknowledged::OK))
}
