//! Giving roles to somebody, and taking them away.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, put};
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;
use vestibule_auth::administration::set_roles;
use vestibule_domain::role::RoleName;
use vestibule_http::{Shell, client_info};

use super::{parse_id, parse_roles};
use crate::accounts::UserView;
use crate::body::UnreadJson;
use crate::caller::{Can, RolesManage};
use crate::documents::responses::{Common, WithBody, WithConflict, WithName, WithPermission};
use crate::face::Face;
use crate::fields::FieldFaults;
use crate::lists::OneOf;
use crate::problem::Problem;

/// The roles somebody is to hold.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SetUserRolesBody {
    /// All of them; whatever is not named here is taken away.
    #[schema(example = json!(["member", "editor"]))]
    roles: Vec<String>,
}

/// Give somebody roles
///
/// These and no others. They hold for live sessions from the next request on. Nobody gives, or takes from, what allows more than
/// they may do themselves.
#[utoipa::path(
    tag = "users",
    operation_id = "set_user_roles",
    security(("bearer" = [])),
    params(("id" = i64, Path, description = "The account", minimum = 1)),
    request_body = SetUserRolesBody,
    responses(
        (status = 200, description = "The account as it is now", body = OneOf<UserView<'static>>),
        WithPermission,
        WithName,
        WithBody,
        WithConflict,
        Common,
    ),
)]
#[put("/{id}/roles")]
pub(crate) async fn set_user_roles(
    may: Can<RolesManage>,
    shell: Data<Shell>,
    face: Data<Face>,
    request: HttpRequest,
    id: Path<String>,
    body: UnreadJson<SetUserRolesBody>,
) -> Result<HttpResponse, Problem> {
    let body = body.read().await?;
    let user_id = parse_id(&id)?;
    let roles = parse(body)?;
    let (now, client) = (shell.now(), client_info(&request));
    let setting = move |accounts: &_| set_roles(accounts, now, &may.caller, user_id, &roles, None, &client);
    let user = shell.database_write(setting).await??;
    Ok(HttpResponse::Ok().json(OneOf::new(UserView::new(&face, &user))))
}

fn parse(body: SetUserRolesBody) -> Result<Vec<RoleName>, Problem> {
    let mut faults = FieldFaults::default();
    parse_roles(&mut faults, body.roles).ok_or_else(|| faults.into_problem())
}
