//! Suspending somebody's account.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, post};
use vestibule_auth::administration::suspend_user as suspend;
use vestibule_http::{Shell, client_info};

use super::parse_id;
use crate::accounts::UserView;
use crate::caller::{Can, UsersWrite};
use crate::documents::responses::{Common, WithConflict, WithName, WithPermission, WithoutQuery};
use crate::face::Face;
use crate::lists::OneOf;
use crate::problem::Problem;
use crate::query::NoQuery;

/// Suspend somebody's account
///
/// Every session ends at once, and links that were mailed are void. Suspending it again changes nothing.
#[utoipa::path(
    tag = "users",
    operation_id = "suspend_user",
    security(("bearer" = [])),
    params(("id" = i64, Path, description = "The account", minimum = 1)),
    responses(
        (status = 200, description = "The account as it is now", body = OneOf<UserView<'static>>),
        WithPermission,
        WithName,
        WithoutQuery,
        WithConflict,
        Common,
    ),
)]
#[post("/{id}/suspend")]
pub(crate) async fn suspend_user(
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
    let changing = move |accounts: &_| suspend(accounts, now, &may.caller, user_id, &client);
    let user = shell.database_write(changing).await??;
    Ok(HttpResponse::Ok().json(OneOf::new(UserView::new(&face, &user))))
}
