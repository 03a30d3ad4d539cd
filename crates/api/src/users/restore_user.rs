//! Restoring a suspended account.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, post};
use vestibule_auth::administration::restore_user as restore;
use vestibule_http::{Shell, client_info};

use super::parse_id;
use crate::accounts::UserView;
use crate::caller::{Can, UsersWrite};
use crate::documents::responses::{Common, WithName, WithPermission, WithoutQuery};
use crate::face::Face;
use crate::lists::OneOf;
use crate::problem::Problem;
use crate::query::NoQuery;

/// Restore a suspended account
///
/// It may sign in again. What ended stays ended.
#[utoipa::path(
    tag = "users",
    operation_id = "restore_user",
    security(("bearer" = [])),
    params(("id" = i64, Path, description = "The account", minimum = 1)),
    responses(
        (status = 200, description = "The account as it is now", body = OneOf<UserView<'static>>),
        WithPermission,
        WithName,
        WithoutQuery,
        Common,
    ),
)]
#[post("/{id}/restore")]
pub(crate) async fn restore_user(
    may: Can<UsersWrite>,
    shell: Data<Shell>,
    face: Data<Face>,
    request: HttpRequest,
    id: Path<String>,
    query: NoQuery,
) -> Result<HttpResponse, Problem> {
    query.check()?;
    let user_id = parse_id(&id)?;
    let (now, client) = (shell.now(), client_info(&request));
    let changing = move |accounts: &_| restore(accounts, now, &may.caller, user_id, &client);
    let user = shell.database_write(changing).await??;
    Ok(HttpResponse::Ok().json(OneOf::new(UserView::new(&face, &user))))
}
