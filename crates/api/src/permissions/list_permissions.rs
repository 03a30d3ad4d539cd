//! Seeing what can be allowed.

use actix_web::get;
use actix_web::web::{Data, Json};
use serde::{Deserialize, Serialize};
use utoipa::openapi::schema::{Object, ObjectBuilder, Type};
use utoipa::{IntoParams, ToSchema};
use vestibule_domain::page::{Page, PageSize, Total};
use vestibule_domain::permission::Permission;

use crate::caller::{Can, RolesManage};
use crate::documents::responses::{Common, WithPermission, WithQuery};
use crate::face::Face;
use crate::fields::FieldFaults;
use crate::lists::{ListOf, Paging};
use crate::problem::Problem;
use crate::query::UnreadQuery;

/// Which page of the permissions.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListPermissionsQuery {
    /// How many entries.
    #[param(value_type = Option<u8>, minimum = 1, maximum = 100, default = 20)]
    page_size: Option<String>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// One right.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Permission)]
pub(crate) struct PermissionView {
    /// Its name, as roles hold it.
    #[schema(schema_with = name_schema)]
    name: &'static str,
    /// What it allows, for people.
    #[schema(example = "See every account and the figures.")]
    description: &'static str,
}

/// The name of a permission.
pub(crate) fn name_schema() -> Object {
    let names = Permission::ALL.iter().map(|permission| permission.as_str());
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(names)).build()
}

/// What roles can allow
#[utoipa::path(
    tag = "roles",
    operation_id = "list_permissions",
    security(("bearer" = [])),
    params(ListPermissionsQuery),
    responses(
        (status = 200, description = "Every permission there is", body = ListOf<PermissionView>),
        WithPermission,
        WithQuery,
        Common,
    ),
)]
#[get("")]
pub(crate) async fn list_permissions(
    _: Can<RolesManage>,
    face: Data<Face>,
    query: UnreadQuery<ListPermissionsQuery>,
) -> Result<Json<ListOf<PermissionView>>, Problem> {
    let (query, mut faults) = (query.read()?, FieldFaults::default());
    let (page_size, cursor) = (query.page_size.as_deref(), query.cursor.as_deref());
    let Some(paging) = Paging::parse(&mut faults, "permissions", &face.cursors, page_size, cursor) else {
        return Err(faults.into_problem());
    };
    let page = page_of(paging.before, paging.size);
    Ok(Json(paging.present(page, |permission| *permission, PermissionView::from)))
}

/// In the order they are declared in, which puts together what belongs together.
fn page_of(after: Option<Permission>, size: PageSize) -> Page<Permission> {
    let rest: Vec<_> =
        Permission::ALL.iter().copied().filter(|one| after.is_none_or(|after| *one > after)).collect();
    let size = usize::from(size.get());
    let total = Total::counted(u64::try_from(Permission::ALL.len()).unwrap_or(u64::MAX));
    Page { has_more: rest.len() > size, entries: rest.into_iter().take(size).collect(), total }
}

impl From<Permission> for PermissionView {
    fn from(permission: Permission) -> Self {
        let description = match permission {
            Permission::UsersRead => "See every account and the figures.",
            Permission::UsersWrite => "Create, change, suspend and delete accounts.",
            Permission::RolesManage => "Make roles and give them to people.",
            Permission::AuditRead => "Read the audit trail.",
            Permission::MailManage => "See the mail queue and retry what failed.",
            Permission::PostsWrite => "Write posts of one's own.",
            Permission::PostsModerate => "Change and remove other people's posts.",
            Permission::CommentsWrite => "Write comments of one's own.",
            Permission::CommentsModerate => "Change and remove other people's comments.",
            Permission::ContactRead => "Read the contact inbox.",
            Permission::StatesWrite => "Edit the state guides.",
            Permission::TokensIntrospect => "Ask about other people's tokens.",
        };
        Self { name: permission.as_str(), description }
    }
}
