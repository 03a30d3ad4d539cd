//! Writing to those who run the site.

mod send_message;

use actix_web::web::{self, ServiceConfig};

/// Their routes.
pub(crate) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/contact").get(send_message::show_contact).post(send_message::send_message))
        .service(web::resource("/contact/sent").get(send_message::show_sent));
}
