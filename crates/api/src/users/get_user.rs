//! Seeing somebody's account.

use actix_web::web::{Data, Path};
use actix_web::{HttpResponse, get};
use vestibule_auth::accounts::Accounts;
use vestibule_http::Shell;
use vestibule_persistence::users;

use super::parse_id;
use crate::accounts::UserView;
use crate::caller::{Can, UsersRead};
use crate::documents::responses::{Common, WithName, WithPermission, WithoutQuery};
use crate::face::Face;
use crate::lists::OneOf;
use crate::problem::{Code, Problem};
use crate::query::NoQuery;

/// One account
#[utoipa::path(
    tag = "users",
    operation_id = "get_user",
    security(("bearer" = [])),
    params(("id" = i64, Path, description = "The account", minimum = 1)),
    responses(
        (status = 200, description = "The account", body = OneOf<UserView<'static>>),
        WithPermission,
        WithName,
        WithoutQuery,
        Common,
    ),
)]
#[get("/{id}")]
pub(crate) async fn get_user(
    _: Can<UsersRead>,
    shell: Data<Shell>,
    face: Data<Face>,
    id: Path<String>,
    query: NoQuery,
) -> Result<HttpResponse, Problem> {
    query.check()?;
    let user_id = parse_id(&id)?;
    let finding = move |accounts: &Accounts| accounts.database.read(|conn| users::find(conn, user_id));
    let user = shell.database(finding).await??.ok_or(Code::NotFound)?;
    Ok(HttpResponse::Ok().json(OneOf::new(UserView::new(&face, &user))))
}
