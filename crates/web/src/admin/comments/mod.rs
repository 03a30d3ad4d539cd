//! Comments about published posts, for those who moderate.

mod act;
mod edit;
mod list;

use actix_web::web::{self, ServiceConfig};

/// Their routes.
pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/admin/comments").route(web::get().to(list::show_comments)))
        .service(web::resource("/admin/comments/actions").route(web::post().to(act::act_on_comments)))
        .service(
            web::resource("/admin/comments/{id}")
                .route(web::get().to(edit::show_comment))
                .route(web::post().to(edit::edit_comment)),
        );
}
