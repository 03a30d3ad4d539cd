//! Giving roles to somebody, and taking them away.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Path;
use askama::Template;
use vestibule_auth::accounts::Accounts;
use vestibule_auth::administration::{AdministerError, Seen, set_roles};
use vestibule_domain::id::UserId;
use vestibule_domain::role::{Role, RoleName};
use vestibule_domain::user::User;
use vestibule_http::RolesManage;
use vestibule_persistence::{StoreError, users};

use super::{all_roles, called, parse_path, path_of};
use crate::admin::boxes::{TickBox, of_roles, ticked_roles};
use crate::admin::menu::{Frame, around};
use crate::admin::refusal::note;
use crate::attempt;
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
    /// What the form was made for.
    as_of: String,
    boxes: Vec<TickBox>,
    /// The roles as they are, where they were changed since the form was shown.
    now: Option<String>,
}

/// What was sent.
struct Sent {
    seen: Seen,
    ticked: Vec<RoleName>,
    faults: Faults,
}

/// Shows the boxes.
pub(super) async fn show_roles_form(
    visitor: May<RolesManage>,
    id: Path<String>,
) -> Result<HttpResponse, PageProblem> {
    let (user, roles) = find(&visitor, parse_path(&id)?).await?;
    let sent = Sent { seen: Seen::roles_of(&user), ticked: user.roles.clone(), faults: Faults::default() };
    show(&visitor, StatusCode::OK, &user, &roles, sent)
}

/// Gives those that are ticked, and takes the others, where nobody was faster.
pub(super) async fn set_user_roles(
    visitor: May<RolesManage>,
    id: Path<String>,
    form: Form,
) -> Result<HttpResponse, PageProblem> {
    let fields = form.read(&visitor).await?;
    let (user_id, seen) = (parse_path(&id)?, attempt::as_of(&fields)?);
    let ticked = ticked_roles(&fields).ok_or(PageProblem::BadRequest)?;
    let (now, client, caller, wanted) =
        (visitor.shell.now(), visitor.client(), visitor.caller.clone(), ticked.clone());
    let setting =
        move |accounts: &Accounts| set_roles(accounts, now, &caller, user_id, &wanted, Some(seen), &client);
    let error = match visitor.shell.database_write(setting).await? {
        Ok(_) => return Ok(visitor.lead_to_saying(&path_of(user_id), Notice::Saved)),
        Err(AdministerError::Missing) => return Err(PageProblem::NotFound),
        Err(error) => error,
    };
    let (user, roles) = find(&visitor, user_id).await?;
    let mut sent = Sent { seen, ticked, faults: Faults::default() };
    if matches!(error, AdministerError::Stale) {
        return show_both(&visitor, &user, &roles, sent);
    }
    let status = note(&mut sent.faults, error)?;
    show(&visitor, status, &user, &roles, sent)
}

/// The account, and every role there is.
async fn find(visitor: &May<RolesManage>, user_id: UserId) -> Result<(User, Vec<Role>), PageProblem> {
    let finding = move |accounts: &Accounts| {
        accounts.database.read(|conn| {
            let Some(user) = users::find(conn, user_id)? else { return Ok(None) };
            Ok::<_, StoreError>(Some((user, all_roles(conn)?)))
        })
    };
    visitor.shell.database(finding).await??.ok_or(PageProblem::NotFound)
}

/// Somebody changed them meanwhile: what they made of them is shown below the form, and what is saved next takes its place.
fn show_both(
    visitor: &May<RolesManage>,
    user: &User,
    roles: &[Role],
    mut sent: Sent,
) -> Result<HttpResponse, PageProblem> {
    sent.faults.note_whole(ENGLISH.admin.users.roles_changed_meanwhile);
    let held = user.roles.iter().map(RoleName::as_str).collect::<Vec<_>>().join(", ");
    let page = page(visitor, user, roles, Sent { seen: Seen::roles_of(user), ..sent });
    visitor.show(StatusCode::CONFLICT, &RolesPage { now: Some(held), ..page })
}

fn show(
    visitor: &May<RolesManage>,
    status: StatusCode,
    user: &User,
    roles: &[Role],
    sent: Sent,
) -> Result<HttpResponse, PageProblem> {
    visitor.show(status, &page(visitor, user, roles, sent))
}

fn page(visitor: &May<RolesManage>, user: &User, roles: &[Role], sent: Sent) -> RolesPage {
    let name = called(user);
    let (layout, frame) = around(visitor, (ENGLISH.admin.users.roles_title)(&name));
    RolesPage {
        layout,
        frame,
        faults: sent.faults,
        id: user.id,
        name,
        as_of: sent.seen.to_string(),
        boxes: of_roles(roles, &sent.ticked),
        now: None,
    }
}
