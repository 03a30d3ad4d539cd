//! Giving roles to somebody, and taking them away.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Path;
use askama::Template;
use vestibule_auth::accounts::Accounts;
use vestibule_auth::administration::{AdministerError, set_roles};
use vestibule_domain::id::UserId;
use vestibule_domain::role::RoleName;
use vestibule_http::RolesManage;
use vestibule_persistence::{StoreError, users};

use super::{all_roles, called, parse_path, path_of};
use crate::admin::boxes::{TickBox, of_roles, ticked_roles};
use crate::admin::menu::{Frame, around};
use crate::admin::refusal::note;
use crate::entry::May;
use crate::fields::Faults;
use crate::form::Form;
use crate::page::Layout;
use crate::problem::PageProblem;
use crate::texts::{ENGLISH, Notice};

#[derive(Template)]
#[template(path = "admin/users/roles.html")]
struct RolesPage {
    layout: Layout,
    frame: Frame,
    faults: Faults,
    id: UserId,
    name: String,
    boxes: Vec<TickBox>,
}

/// Shows the boxes.
pub(super) async fn show_roles_form(
    visitor: May<RolesManage>,
    id: Path<String>,
) -> Result<HttpResponse, PageProblem> {
    show(&visitor, parse_path(&id)?, None, Faults::default(), StatusCode::OK).await
}

/// Gives those that are ticked, and takes the others.
pub(super) async fn set_user_roles(
    visitor: May<RolesManage>,
    id: Path<String>,
    form: Form,
) -> Result<HttpResponse, PageProblem> {
    let fields = form.read(&visitor).await?;
    let user_id = parse_path(&id)?;
    let roles = ticked_roles(&fields).ok_or(PageProblem::BadRequest)?;
    let (now, client, caller, wanted) =
        (visitor.shell.now(), visitor.client(), visitor.caller.clone(), roles.clone());
    let setting = move |accounts: &Accounts| set_roles(accounts, now, &caller, user_id, &wanted, &client);
    match visitor.shell.database_write(setting).await? {
        Ok(_) => Ok(visitor.lead_to_saying(&path_of(user_id), Notice::Saved)),
        Err(AdministerError::Missing) => Err(PageProblem::NotFound),
        Err(error) => {
            let mut faults = Faults::default();
            let status = note(&mut faults, error)?;
            show(&visitor, user_id, Some(roles), faults, status).await
        }
    }
}

async fn show(
    visitor: &May<RolesManage>,
    user_id: UserId,
    ticked: Option<Vec<RoleName>>,
    faults: Faults,
    status: StatusCode,
) -> Result<HttpResponse, PageProblem> {
    let finding = move |accounts: &Accounts| {
        accounts.database.read(|conn| {
            let Some(user) = users::find(conn, user_id)? else { return Ok(None) };
            Ok::<_, StoreError>(Some((user, all_roles(conn)?)))
        })
    };
    let (user, roles) = visitor.shell.database(finding).await??.ok_or(PageProblem::NotFound)?;
    let name = called(&user);
    let boxes = of_roles(&roles, ticked.as_ref().unwrap_or(&user.roles));
    let (layout, frame) = around(visitor, (ENGLISH.admin.users.roles_title)(&name));
    visitor.show(status, &RolesPage { layout, frame, faults, id: user_id, name, boxes })
}
