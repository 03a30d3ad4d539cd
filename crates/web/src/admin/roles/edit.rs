//! Making a role, and changing one.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Path;
use askama::Template;
use vestibule_auth::accounts::Accounts;
use vestibule_auth::administration::{AdministerError, Seen, create_role as create, update_role as update};
use vestibule_domain::permission::PermissionSet;
use vestibule_domain::role::{Role, RoleName};
use vestibule_http::RolesManage;
use vestibule_persistence::roles::{self, RoleChange};

use super::list::Row;
use crate::admin::boxes::{TickBox, of_permissions, ticked_permissions};
use crate::admin::menu::{Frame, around};
use crate::admin::refusal::note;
use crate::attempt::{self, AS_OF};
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
    /// What the form was made for; empty where that is a new role.
    as_of: String,
    role: String,
    description: String,
    boxes: Vec<TickBox>,
    /// The role as it is, where it was changed since the form was shown.
    stored: Option<Row>,
}

/// What stands in the form.
#[derive(Default)]
struct Typed {
    fields: Fields,
    ticked: PermissionSet,
    faults: Faults,
}

impl Typed {
    fn of(fields: Fields) -> Result<Self, PageProblem> {
        let ticked = ticked_permissions(&fields).ok_or(PageProblem::BadRequest)?;
        Ok(Self { fields, ticked, faults: Faults::default() })
    }

    fn of_role(role: &Role) -> Self {
        let mut fields = Fields::default();
        fields.push("name".to_owned(), role.name.to_string());
        fields.push("description".to_owned(), role.description.as_str().to_owned());
        fields.push(AS_OF.to_owned(), Seen::role(role).to_string());
        Self { fields, ticked: role.permissions, faults: Faults::default() }
    }

    /// The role it describes; what is wrong with it is noted.
    fn parse(&mut self) -> Option<Role> {
        let name: Option<RoleName> = self.fields.text("name").trim().parse().ok();
        if name.is_none() {
            self.faults.note("name", ENGLISH.admin.roles.bad_name);
        }
        let description = self.faults.take("description", self.fields.text("description").trim().parse());
        Some(Role { name: name?, description: description?, permissions: self.ticked, is_built_in: false })
    }
}

/// Shows an empty form.
pub(super) async fn show_new_role(visitor: May<RolesManage>) -> Result<HttpResponse, PageProblem> {
    show(&visitor, StatusCode::OK, None, Typed::default(), None)
}

/// Makes a role.
pub(super) async fn create_role(visitor: May<RolesManage>, form: Form) -> Result<HttpResponse, PageProblem> {
    let mut typed = Typed::of(form.read(&visitor).await?)?;
    let Some(role) = typed.parse() else {
        return show(&visitor, StatusCode::UNPROCESSABLE_ENTITY, None, typed, None);
    };
    let (now, client, caller) = (visitor.shell.now(), visitor.client(), visitor.caller.clone());
    let creating = move |accounts: &Accounts| create(accounts, now, &caller, &role, &client);
    match visitor.shell.database_write(creating).await? {
        Ok(()) => Ok(visitor.lead_to_saying(LIST, Notice::Saved)),
        Err(error) => {
            let status = note(&mut typed.faults, error)?;
            show(&visitor, status, None, typed, None)
        }
    }
}

/// Shows a role to be changed.
pub(super) async fn show_role(
    visitor: May<RolesManage>,
    name: Path<String>,
) -> Result<HttpResponse, PageProblem> {
    let role = find(&visitor, parse_path(&name)?).await?;
    let mut typed = Typed::of_role(&role);
    if role.is_built_in {
        typed.faults.note_whole(ENGLISH.admin.refusals.built_in);
    }
    show(&visitor, StatusCode::OK, Some(&role.name), typed, None)
}

/// Changes it, where nobody was faster.
pub(super) async fn edit_role(
    visitor: May<RolesManage>,
    name: Path<String>,
    form: Form,
) -> Result<HttpResponse, PageProblem> {
    let fields = form.read(&visitor).await?;
    let (old, seen) = (parse_path(&name)?, attempt::as_of(&fields)?);
    let mut typed = Typed::of(fields)?;
    let Some(Role { name, description, permissions, .. }) = typed.parse() else {
        return show(&visitor, StatusCode::UNPROCESSABLE_ENTITY, Some(&old), typed, None);
    };
    let change =
        RoleChange { name: Some(name), description: Some(description), permissions: Some(permissions) };
    let (now, client, caller, which) =
        (visitor.shell.now(), visitor.client(), visitor.caller.clone(), old.clone());
    let updating =
        move |accounts: &Accounts| update(accounts, now, &caller, &which, &change, Some(seen), &client);
    match visitor.shell.database_write(updating).await? {
        Ok(_) => Ok(visitor.lead_to_saying(LIST, Notice::Saved)),
        Err(AdministerError::Missing) => Err(PageProblem::NotFound),
        Err(AdministerError::Stale) => show_both(&visitor, old, typed).await,
        Err(error) => {
            let status = note(&mut typed.faults, error)?;
            show(&visitor, status, Some(&old), typed, None)
        }
    }
}

/// Somebody changed it meanwhile: what they made of it is shown below the form, and what is saved next takes its place.
async fn show_both(
    visitor: &May<RolesManage>,
    old: RoleName,
    mut typed: Typed,
) -> Result<HttpResponse, PageProblem> {
    let role = find(visitor, old).await?;
    typed.faults.note_whole(ENGLISH.admin.roles.changed_meanwhile);
    typed.fields.push(AS_OF.to_owned(), Seen::role(&role).to_string());
    let old = role.name.clone();
    show(visitor, StatusCode::CONFLICT, Some(&old), typed, Some(role.into()))
}

/// The role a path names.
fn parse_path(name: &str) -> Result<RoleName, PageProblem> {
    name.parse().map_err(|_| PageProblem::NotFound)
}

async fn find(visitor: &May<RolesManage>, name: RoleName) -> Result<Role, PageProblem> {
    let finding = move |accounts: &Accounts| accounts.database.read(|conn| roles::find(conn, &name));
    visitor.shell.database(finding).await??.ok_or(PageProblem::NotFound)
}

fn show(
    visitor: &May<RolesManage>,
    status: StatusCode,
    old: Option<&RoleName>,
    typed: Typed,
    stored: Option<Row>,
) -> Result<HttpResponse, PageProblem> {
    let words = &ENGLISH.admin.roles;
    let title = old.map_or_else(|| words.create_title.to_owned(), |name| (words.edit_title)(name.as_str()));
    let (layout, frame) = around(visitor, title);
    let Typed { fields, ticked, faults } = typed;
    let page = RolePage {
        layout,
        frame,
        faults,
        path: old.map_or_else(|| format!("{LIST}/new"), |name| format!("{LIST}/{name}/edit")),
        as_of: fields.text(AS_OF).to_owned(),
        role: fields.text("name").to_owned(),
        description: fields.text("description").to_owned(),
        boxes: of_permissions(visitor.caller.user.permissions, ticked),
        stored,
    };
    visitor.show(status, &page)
}
