//! Changing a role.

use actix_web::web::{Data, Json, Path};
use actix_web::{HttpRequest, patch};
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;
use vestibule_auth::administration::update_role as update;
use vestibule_http::{Shell, client_info};
use vestibule_persistence::roles::RoleChange;

use super::role_view::{RoleView, names_schema};
use super::{parse_name, parse_path, parse_permissions};
use crate::body::{UnreadJson, given};
use crate::caller::{Can, RolesManage};
use crate::documents::responses::{Common, WithBody, WithConflict, WithName, WithPermission};
use crate::fields::FieldFaults;
use crate::lists::OneOf;
use crate::problem::Problem;

/// An absent field stays as it is, `null` clears it.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "description": "Writes the state guides", "permissions": ["states.write"] }))]
pub(crate) struct UpdateRoleBody {
    /// Another name; whoever holds the role goes on holding it.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = String, required = false, min_length = 1, max_length = 64, pattern = "^[a-z][a-z0-9_-]*$")]
    name: Option<Option<String>>,
    /// What it is for, on one line.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, max_length = 200)]
    description: Option<Option<String>>,
    /// What it allows, in the place of what it allowed: nothing that whoever changes it may not do.
    #[serde(default, deserialize_with = "given")]
    #[schema(schema_with = names_schema, required = false)]
    permissions: Option<Option<Vec<String>>>,
}

/// Change a role
///
/// What it allows then holds for everybody who holds it, from their next request on. Built-in roles stay as they are.
#[utoipa::path(
    tag = "roles",
    operation_id = "update_role",
    security(("bearer" = [])),
    params(("name" = String, Path, description = "The role", pattern = "^[a-z][a-z0-9_-]*$")),
    request_body = UpdateRoleBody,
    responses(
        (status = 200, description = "The role as it is now", body = OneOf<RoleView>),
        WithPermission,
        WithName,
        WithBody,
        WithConflict,
        Common,
    ),
)]
#[patch("/{name}")]
pub(crate) async fn update_role(
    may: Can<RolesManage>,
    shell: Data<Shell>,
    request: HttpRequest,
    name: Path<String>,
    body: UnreadJson<UpdateRoleBody>,
) -> Result<Json<OneOf<RoleView>>, Problem> {
    let body = body.read().await?;
    let name = parse_path(&name)?;
    let change = parse(body)?;
    let (now, client) = (shell.now(), client_info(&request));
    let updating = move |accounts: &_| update(accounts, now, &may.caller, &name, &change, None, &client);
    Ok(Json(OneOf::new(shell.database_write(updating).await??.into())))
}

fn parse(body: UpdateRoleBody) -> Result<RoleChange, Problem> {
    let mut faults = FieldFaults::default();
    let name = faults.take_change("name", body.name, |name| parse_name(&name));
    let description = faults.take_change("description", body.description, |text| text.parse());
    let permissions = faults.take_change("permissions", body.permissions, |names| parse_permissions(&names));
    if name == Some(None) {
        faults.note("name", "This cannot be cleared.");
    }
    if permissions == Some(None) {
        faults.note("permissions", "This must be a list; an empty one allows nothing.");
    }
    let description = description.map(Option::unwrap_or_default);
    faults.or(RoleChange { name: name.flatten(), description, permissions: permissions.flatten() })
}
