//! Signing up, in and out, and all that people do with their own account.

mod avatar;
mod change_email;
mod confirm_email;
mod delete_account;
mod export;
mod forgot_password;
mod links;
mod own;
mod password;
mod profile;
mod reset_password;
mod sessions;
mod sign_in;
mod sign_out;
mod sign_up;
mod verify_email;

use actix_web::web::{self, ServiceConfig};

pub use self::export::OwnData;

/// Their routes.
pub(crate) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/login").get(sign_in::show_sign_in).post(sign_in::sign_in_by_form))
        .service(web::resource("/signup").get(sign_up::show_sign_up).post(sign_up::sign_up))
        .service(web::resource("/signup/sent").get(sign_up::show_sent))
        .service(web::resource("/logout").post(sign_out::sign_out_by_form))
        .configure(own::routes);
}
