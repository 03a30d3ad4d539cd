//! Making a role.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, post};
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;
use vestibule_auth::administration::create_role as create;
use vestibule_domain::role::Role;
use vestibule_http::{Shell, client_info};

use super::role_view::{RoleView, names_schema};
use super::{parse_name, parse_permissions};
use crate::body::UnreadJson;
use crate::caller::{Can, RolesManage};
use crate::documents::responses::{Common, WithBody, WithConflict, WithPermission};
use crate::fields::FieldFaults;
use crate::lists::OneOf;
use crate::problem::Problem;

/// A role to be made.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "name": "guide", "description": "Writes the state guides", "permissions": ["states.write"] }))]
pub(crate) struct CreateRoleBody {
    /// Its name: 1 to 64 lower-case letters, digits, `-` and `_`, beginning with a letter.
    #[schema(min_length = 1, max_length = 64, pattern = "^[a-z][a-z0-9_-]*$")]
    name: String,
    /// What it is for, on one line.
    #[schema(max_length = 200)]
    description: Option<String>,
    /// What it allows: nothing its maker may not do.
    #[schema(schema_with = names_schema)]
    permissions: Vec<String>,
}

/// Make a role
#[utoipa::path(
    tag = "roles",
    operation_id = "create_role",
    security(("bearer" = [])),
    request_body = CreateRoleBody,
    responses(
        (status = 201, description = "The role was made", body = OneOf<RoleView>),
        WithPermission,
        WithBody,
        WithConflict,
        Common,
    ),
)]
#[post("")]
pub(crate) async fn create_role(
    may: Can<RolesManage>,
    shell: Data<Shell>,
    request: HttpRequest,
    body: UnreadJson<CreateRoleBody>,
) -> Result<HttpResponse, Problem> {
    let role = parse(body.read().await?)?;
    let (now, client) = (shell.now(), client_info(&request));
    let creating = move |accounts: &_| create(accounts, now, &may.caller, &role, &client).map(|()| role);
    let role = shell.database_write(creating).await??;
    Ok(HttpResponse::Created().json(OneOf::new(RoleView::from(role))))
}

fn parse(body: CreateRoleBody) -> Result<Role, Problem> {
    let mut faults = FieldFaults::default();
    let name = faults.take("name", parse_name(&body.name));
    let description = faults.take_given("description", body.description.map(|text| text.parse()));
    let permissions = faults.take("permissions", parse_permissions(&body.permissions));
    match (name, description, permissions) {
        (Some(name), Some(description), Some(permissions)) => {
            let description = description.unwrap_or_default();
            faults.or(Role { name, description, permissions, is_built_in: false })
        }
        _ => Err(faults.into_problem()),
    }
}
