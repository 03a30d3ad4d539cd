//! A role.

use serde::Serialize;
use utoipa::ToSchema;
use vestibule_domain::permission::Permission;
use vestibule_domain::role::Role;

use crate::permissions::name_schema;

/// A named set of permissions.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Role)]
pub(crate) struct RoleView {
    /// Its name.
    #[schema(example = "guide", pattern = "^[a-z][a-z0-9_-]{0,63}$")]
    name: String,
    /// What it is for; may be empty.
    #[schema(example = "Writes the state guides", max_length = 200)]
    description: String,
    /// What it allows.
    #[schema(schema_with = names_schema)]
    permissions: Vec<&'static str>,
    /// Whether it came with the program, and stays as it is.
    built_in: bool,
}

pub(super) fn names_schema() -> utoipa::openapi::schema::Array {
    utoipa::openapi::schema::ArrayBuilder::new().items(name_schema()).build()
}

impl From<Role> for RoleView {
    fn from(role: Role) -> Self {
        Self {
            name: role.name.to_string(),
            description: role.description.as_str().to_owned(),
            permissions: role.permissions.iter().map(Permission::as_str).collect(),
            built_in: role.is_built_in,
        }
    }
}
