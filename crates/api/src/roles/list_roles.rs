//! Seeing what roles there are.

use actix_web::get;
use actix_web::web::{Data, Json};
use serde::Deserialize;
use utoipa::IntoParams;
use vestibule_auth::accounts::Accounts;
use vestibule_domain::role::RoleName;
use vestibule_http::Shell;
use vestibule_persistence::roles;

use super::role_view::RoleView;
use crate::caller::{Can, RolesManage};
use crate::documents::responses::{Common, WithPermission, WithQuery};
use crate::face::Face;
use crate::fields::FieldFaults;
use crate::lists::{ListOf, Paging};
use crate::problem::Problem;
use crate::query::UnreadQuery;

/// Which page of the roles.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListRolesQuery {
    /// How many entries.
    #[param(value_type = Option<u8>, minimum = 1, maximum = 100, default = 20)]
    page_size: Option<String>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// The roles
///
/// By their names.
#[utoipa::path(
    tag = "roles",
    operation_id = "list_roles",
    security(("bearer" = [])),
    params(ListRolesQuery),
    responses(
        (status = 200, description = "The roles, built in and own", body = ListOf<RoleView>),
        WithPermission,
        WithQuery,
        Common,
    ),
)]
#[get("")]
pub(crate) async fn list_roles(
    _: Can<RolesManage>,
    shell: Data<Shell>,
    face: Data<Face>,
    query: UnreadQuery<ListRolesQuery>,
) -> Result<Json<ListOf<RoleView>>, Problem> {
    let (query, mut faults) = (query.read()?, FieldFaults::default());
    let (page_size, cursor) = (query.page_size.as_deref(), query.cursor.as_deref());
    let paging = Paging::<RoleName>::parse(&mut faults, "roles", &face.cursors, page_size, cursor);
    let Some(paging) = paging else { return Err(faults.into_problem()) };
    let (after, size) = (paging.before.clone(), paging.size);
    let listing =
        move |accounts: &Accounts| accounts.database.read(|conn| roles::list(conn, after.as_ref(), size));
    let page = shell.database(listing).await??;
    Ok(Json(paging.present(page, |role| role.name.clone(), RoleView::from)))
}
