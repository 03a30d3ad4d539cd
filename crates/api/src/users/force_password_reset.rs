//! Having somebody choose a new password.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, post};
use vestibule_auth::administration::force_reset;
use vestibule_http::{Shell, client_info};

use super::parse_id;
use crate::acknowledged::Acknowledged;
use crate::caller::{Can, UsersWrite};
use crate::documents::responses::{Common, WithConflict, WithName, WithPermission, WithoutQuery};
use crate::problem::Problem;
use crate::query::NoQuery;

/// Have somebody choose a new password
///
/// The old one opens nothing any more, every session ends, and a mail brings a link to choose another. Who asks for it never
/// knows or sets one.
#[utoipa::path(
    tag = "users",
    operation_id = "force_password_reset",
    security(("bearer" = [])),
    params(("id" = i64, Path, description = "The account", minimum = 1)),
    responses(
        (status = 202, description = "The mail is on its way", body = Acknowledged),
        WithPermission,
        WithName,
        WithoutQuery,
        WithConflict,
        Common,
    ),
)]
#[post("/{id}/password-reset")]
pub(crate) async fn force_password_reset(
    may: Can<UsersWrite>,
    shell: Data<Shell>,
    request: HttpRequest,
    id: Path<String>,
    query: NoQuery,
) -> Result<HttpResponse, Problem> {
    query.check()?;
    let user_id = parse_id(&id)?;
    let (now, client) = (shell.now(), client_info(&request));
    let forcing = move |accounts: &_| force_reset(accounts, now, &may.caller, user_id, &client);
    shell.database_write(forcing).await??;
    Ok(HttpResponse::Accepted().json(Acknowledged::OK))
}
