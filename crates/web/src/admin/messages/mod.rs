//! The contact inbox.

mod act;
mod detail;
mod list;
mod reply;

use actix_web::web::{self, ServiceConfig};

/// Their routes.
pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/admin/contact").route(web::get().to(list::show_messages)))
        .service(web::resource("/admin/contact/actions").route(web::post().to(act::act_on_messages)))
        .service(web::resource("/admin/contact/{id}").route(web::get().to(detail::show_message)));
}
