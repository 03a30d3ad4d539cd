//! Making an account for somebody, who chooses the password by a link (S97).

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use vestibule_auth::accounts::Accounts;
use vestibule_auth::administration::{NewAccount, create_user as create};
use vestibule_domain::permission::Permission;
use vestibule_domain::role::RoleName;
use vestibule_domain::username::Username;
use vestibule_http::UsersWrite;

use super::{all_roles, path_of};
use crate::admin::boxes::{TickBox, of_roles, ticked_roles};
use crate::admin::menu::{Frame, around};
use crate::admin::refusal::note;
use crate::entry::May;
use crate::fields::{Faults, Fields};
use crate::form::Form;
use crate::page::Layout;
use crate::problem::PageProblem;
use crate::texts::{ENGLISH, Notice};

#[derive(Template)]
#[template(path = "admin/users/new.html")]
struct NewUserPage {
    layout: Layout,
    frame: Frame,
    faults: Faults,
    fields: Fields,
    /// Nothing for whoever may give no roles: then the account is a member's.
    boxes: Option<Vec<TickBox>>,
}

/// Shows the form.
pub(super) async fn show_new_user(visitor: May<UsersWrite>) -> Result<HttpResponse, PageProblem> {
    let member = RoleName::MEMBER.parse().into_iter().collect();
    show(&visitor, Fields::default(), member, Faults::default(), StatusCode::OK).await
}

/// Makes the account.
pub(super) async fn create_user(visitor: May<UsersWrite>, form: Form) -> Result<HttpResponse, PageProblem> {
    let fields = form.read(&visitor).await?;
    let roles = ticked_roles(&fields).ok_or(PageProblem::BadRequest)?;
    // The form of whoever may give roles says so: there, no box ticked means no role.
    let names_roles = !roles.is_empty() || fields.text("has_roles") == "yes";
    if names_roles && !matches!(&*roles, [role] if role.as_str() == RoleName::MEMBER) {
        visitor.must(Permission::RolesManage)?;
    }
    let mut faults = Faults::default();
    let new = parse(&mut faults, &fields, names_roles.then(|| roles.clone()));
    let Some(new) = new.filter(|_| faults.is_empty()) else {
        return show(&visitor, fields, roles, faults, StatusCode::UNPROCESSABLE_ENTITY).await;
    };
    let (now, client, caller) = (visitor.shell.now(), visitor.client(), visitor.caller.clone());
    let creating = move |accounts: &Accounts| create(accounts, now, &caller, &new, &client);
    match visitor.shell.database_write(creating).await? {
        Ok(user) if visitor.may(Permission::UsersRead) => {
            Ok(visitor.lead_to_saying(&path_of(user.id), Notice::UserAdded))
        }
        Ok(_) => Ok(visitor.lead_to_saying("/admin", Notice::UserAdded)),
        Err(error) => {
            let status = note(&mut faults, error)?;
            show(&visitor, fields, roles, faults, status).await
        }
    }
}

fn parse(faults: &mut Faults, fields: &Fields, roles: Option<Vec<RoleName>>) -> Option<NewAccount> {
    let username = fields.given("username").map(|name| faults.take("username", Username::choose(name)));
    let email = faults.take("email", fields.text("email").trim().parse());
    let full_name = fields.given("full_name").map(|name| faults.take("full_name", name.parse()));
    Some(NewAccount { username: username.flatten(), email: email?, full_name: full_name.flatten(), roles })
}

async fn show(
    visitor: &May<UsersWrite>,
    fields: Fields,
    ticked: Vec<RoleName>,
    faults: Faults,
    status: StatusCode,
) -> Result<HttpResponse, PageProblem> {
    let boxes = if visitor.may(Permission::RolesManage) {
        let roles = visitor.shell.database(|accounts| accounts.database.read(all_roles)).await??;
        Some(of_roles(&roles, &ticked))
    } else {
        None
    };
    let (layout, frame) = around(visitor, ENGLISH.admin.users.create_title);
    visitor.show(status, &NewUserPage { layout, frame, faults, fields, boxes })
}
