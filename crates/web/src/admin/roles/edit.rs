//! Making a role, and changing one.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Path;
use askama::Template;
use vestibule_auth::accounts::Accounts;
use vestibule_auth::administration::{AdministerError, create_role as create, update_role as update};
use vestibule_domain::permission::PermissionSet;
use vestibule_domain::role::{Role, RoleName};
use vestibule_http::RolesManage;
use vestibule_persistence::roles::{self, RoleChange};

use crate::admin::boxes::{TickBox, of_permissions, ticked_permissions};
use crate::admin::menu::{Frame, around};
use crate::admin::refusal::note;
use crate::entry::May;
use crate::fields::{Faults, Fields};
use crate::form::Form;
use crate::page::Layout;
use crate::problem::PageProblem;
use crate::texts::{ENGLISH, Notice};

const LIST: &str = "/admin/roles";

#[derive(Template)]
#[template(path = "admin/roles/edit.html")]
struct RolePage {
    layout: Layout,
    frame: Frame,
    faults: Faults,
    /// Where the form goes.
    path: String,
    role: String,
    description: String,
    boxes: Vec<TickBox>,
}

/// Shows an empty form.
pub(super) async fn show_new_role(visitor: May<RolesManage>) -> Result<HttpResponse, PageProblem> {
    let fields = Fields::default();
    show(&visitor, None, &fields, PermissionSet::default(), Faults::default(), StatusCode::OK)
}

/// Makes a role.
pub(super) async fn create_role(visitor: May<RolesManage>, form: Form) -> Result<HttpResponse, PageProblem> {
    let fields = form.read(&visitor).await?;
    let (mut faults, permissions) =
        (Faults::default(), ticked_permissions(&fields).ok_or(PageProblem::BadRequest)?);
    let name = parse_name(&mut faults, &fields);
    let description = faults.take("description", fields.text("description").trim().parse());
    let Some((name, description)) = name.zip(description) else {
        return show(&visitor, None, &fields, permissions, faults, StatusCode::UNPROCESSABLE_ENTITY);
    };
    let role = Role { name, description, permissions, is_built_in: false };
    let (now, client, caller) = (visitor.shell.now(), visitor.client(), visitor.caller.clone());
    let creating = move |accounts: &Accounts| create(accounts, now, &caller, &role, &client);
    match visitor.shell.database_write(creating).await? {
        Ok(()) => Ok(visitor.lead_to_saying(LIST, Notice::Saved)),
        Err(error) => {
            let status = note(&mut faults, error)?;
            show(&visitor, None, &fields, permissions, faults, status)
        }
    }
}

/// Shows a role to be changed.
pub(super) async fn show_role(
    visitor: May<RolesManage>,
    name: Path<String>,
) -> Result<HttpResponse, PageProblem> {
    let name = parse_path(&name)?;
    let finding = {
        let name = name.clone();
        move |accounts: &Accounts| accounts.database.read(|conn| roles::find(conn, &name))
    };
    let role = visitor.shell.database(finding).await??.ok_or(PageProblem::NotFound)?;
    let mut faults = Faults::default();
    if role.is_built_in {
        faults.note_whole(ENGLISH.admin.refusals.built_in);
    }
    let mut fields = Fields::default();
    fields.push("name".to_owned(), role.name.to_string());
    fields.push("description".to_owned(), role.description.as_str().to_owned());
    show(&visitor, Some(&name), &fields, role.permissions, faults, StatusCode::OK)
}

/// Changes it.
pub(super) async fn edit_role(
    visitor: May<RolesManage>,
    name: Path<String>,
    form: Form,
) -> Result<HttpResponse, PageProblem> {
    let fields = form.read(&visitor).await?;
    let old = parse_path(&name)?;
    let (mut faults, permissions) =
        (Faults::default(), ticked_permissions(&fields).ok_or(PageProblem::BadRequest)?);
    let name = parse_name(&mut faults, &fields);
    let description = faults.take("description", fields.text("description").trim().parse());
    if !faults.is_empty() {
        return show(&visitor, Some(&old), &fields, permissions, faults, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let change = RoleChange { name, description, permissions: Some(permissions) };
    let (now, client, caller, which) =
        (visitor.shell.now(), visitor.client(), visitor.caller.clone(), old.clone());
    let updating = move |accounts: &Accounts| update(accounts, now, &caller, &which, &change, &client);
    match visitor.shell.database_write(updating).await? {
        Ok(_) => Ok(visitor.lead_to_saying(LIST, Notice::Saved)),
        Err(AdministerError::Missing) => Err(PageProblem::NotFound),
        Err(error) => {
            let status = note(&mut faults, error)?;
            show(&visitor, Some(&old), &fields, permissions, faults, status)
        }
    }
}

fn parse_name(faults: &mut Faults, fields: &Fields) -> Option<RoleName> {
    let name = fields.text("name").trim().parse().ok();
    if name.is_none() {
        faults.note("name", ENGLISH.admin.roles.bad_name);
    }
    name
}

/// The role a path names.
fn parse_path(name: &str) -> Result<RoleName, PageProblem> {
    name.parse().map_err(|_| PageProblem::NotFound)
}

fn show(
    visitor: &May<RolesManage>,
    old: Option<&RoleName>,
    fields: &Fields,
    ticked: PermissionSet,
    faults: Faults,
    status: StatusCode,
) -> Result<HttpResponse, PageProblem> {
    let words = &ENGLISH.admin.roles;
    let title = old.map_or_else(|| words.create_title.to_owned(), |name| (words.edit_title)(name.as_str()));
    let (layout, frame) = around(visitor, title);
    let page = RolePage {
        layout,
        frame,
        faults,
        path: old.map_or_else(|| format!("{LIST}/new"), |name| format!("{LIST}/{name}/edit")),
        role: fields.text("name").to_owned(),
        description: fields.text("description").to_owned(),
        boxes: of_permissions(visitor.caller.user.permissions, ticked),
    };
    visitor.show(status, &page)
}
