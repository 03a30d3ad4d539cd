//! Accounts: found, looked at, changed.

mod act;
mod create;
mod detail;
mod edit;
mod list;
mod set_roles;
mod sort;

use actix_web::web::{self, ServiceConfig};
use vestibule_domain::id::UserId;
use vestibule_domain::page::PageSize;
use vestibule_domain::role::Role;
use vestibule_domain::user::User;
use vestibule_persistence::dialect::DatabaseConnection;
use vestibule_persistence::{StoreError, roles};

use super::list::parse_number;
use crate::problem::PageProblem;

/// Their routes.
pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/admin/users").route(web::get().to(list::show_users)))
        .service(
            web::resource("/admin/users/new")
                .route(web::get().to(create::show_new_user))
                .route(web::post().to(create::create_user)),
        )
        .service(web::resource("/admin/users/actions").route(web::post().to(act::act_on_users)))
        .service(web::resource("/admin/users/{id}").route(web::get().to(detail::show_user)))
        .service(
            web::resource("/admin/users/{id}/edit")
                .route(web::get().to(edit::show_user_form))
                .route(web::post().to(edit::edit_user)),
        )
        .service(
            web::resource("/admin/users/{id}/roles")
                .route(web::get().to(set_roles::show_roles_form))
                .route(web::post().to(set_roles::set_user_roles)),
        );
}

/// The account a path names. What is no number is nobody's, like a number that nobody has.
fn parse_path(text: &str) -> Result<UserId, PageProblem> {
    parse_number(text).ok_or(PageProblem::NotFound)
}

/// Where the account is looked at.
pub(super) fn path_of(id: UserId) -> String {
    format!("/admin/users/{id}")
}

/// What somebody is called where there is room for one name: by the first they have.
pub(super) fn called(user: &User) -> String {
    let username = user.username.as_ref().map(ToString::to_string);
    let full_name = || user.full_name.as_ref().map(ToString::to_string);
    let email = || user.email.as_ref().map(ToString::to_string);
    username.or_else(full_name).or_else(email).unwrap_or_else(|| format!("#{}", user.id))
}

/// Every role there is, by name.
pub(super) fn all_roles(conn: &mut DatabaseConnection) -> Result<Vec<Role>, StoreError> {
    let size = PageSize::try_from(u64::from(PageSize::MAX)).unwrap_or_default();
    let mut all: Vec<Role> = Vec::new();
    loop {
        let after = all.last().map(|role| role.name.clone());
        let page = roles::list(conn, after.as_ref(), size)?;
        all.extend(page.entries);
        if !page.has_more {
            return Ok(all);
        }
    }
}
