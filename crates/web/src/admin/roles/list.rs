//! Which roles there are, and what permissions mean.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use vestibule_domain::permission::Permission;
use vestibule_domain::role::Role;
use vestibule_http::RolesManage;

use crate::admin::menu::{Frame, around};
use crate::admin::users::all_roles;
use crate::entry::May;
use crate::page::Layout;
use crate::problem::PageProblem;
use crate::texts::ENGLISH;

/// A role as people read it.
pub(super) struct Row {
    pub(super) name: String,
    pub(super) description: String,
    pub(super) permissions: String,
    pub(super) is_built_in: bool,
}

#[derive(Template)]
#[template(path = "admin/roles/list.html")]
struct RolesPage {
    layout: Layout,
    frame: Frame,
    rows: Vec<Row>,
    explained: Vec<(&'static str, &'static str)>,
    may_see_holders: bool,
}

/// Shows them.
pub(super) async fn show_roles(visitor: May<RolesManage>) -> Result<HttpResponse, PageProblem> {
    let roles = visitor.shell.database(|accounts| accounts.database.read(all_roles)).await??;
    let words = &ENGLISH.admin.roles;
    let (layout, frame) = around(&visitor, words.title);
    let explained =
        Permission::ALL.iter().map(|permission| (permission.as_str(), (words.explain)(*permission)));
    let page = RolesPage {
        layout,
        frame,
        rows: roles.into_iter().map(Row::from).collect(),
        explained: explained.collect(),
        may_see_holders: visitor.may(Permission::UsersRead),
    };
    visitor.show(StatusCode::OK, &page)
}

impl From<Role> for Row {
    fn from(role: Role) -> Self {
        Self {
            name: role.name.to_string(),
            description: role.description.as_str().to_owned(),
            permissions: role.permissions.to_string().replace(' ', ", "),
            is_built_in: role.is_built_in,
        }
    }
}
