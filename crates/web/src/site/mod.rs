//! The first page and what is said about the site.

mod home;
mod privacy;

use actix_web::web::{self, ServiceConfig};

/// Their routes.
pub(crate) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/").get(home::show_home))
        .service(web::resource("/privacy").get(privacy::show_privacy));
}
