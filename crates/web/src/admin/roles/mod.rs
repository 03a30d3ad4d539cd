//! Roles: named sets of permissions.

mod act;
mod edit;
mod list;

use actix_web::web::{self, ServiceConfig};

/// Their routes.
pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/admin/roles").route(web::get().to(list::show_roles)))
        .service(
            web::resource("/admin/roles/new")
                .route(web::get().to(edit::show_new_role))
                .route(web::post().to(edit::create_role)),
        )
        .service(web::resource("/admin/roles/actions").route(web::post().to(act::act_on_roles)))
        .service(
            web::resource("/admin/roles/{name}/edit")
                .route(web::get().to(edit::show_role))
                .route(web::post().to(edit::edit_role)),
        );
}
