//! Where the pages are that are about one's own account, and those that mails lead to.

use actix_web::web::{self, ServiceConfig};

use super::{
    avatar, change_email, confirm_email, delete_account, export, forgot_password, password, profile,
    reset_password, sessions, verify_email,
};

/// Their routes.
pub(super) fn routes(config: &mut ServiceConfig) {
    own(config);
    mailed(config);
}

fn own(config: &mut ServiceConfig) {
    config
        .service(web::resource("/profile").get(profile::show_profile).post(profile::save_profile))
        .service(web::resource("/profile/proof").post(profile::ask_for_proof))
        .service(web::resource("/profile/picture").post(avatar::set_picture))
        .service(web::resource("/profile/remove-picture").post(avatar::remove_picture))
        .service(
            web::resource("/profile/password").get(password::show_password).post(password::change_password),
        )
        .service(web::resource("/profile/sessions").get(sessions::show_sessions))
        .service(web::resource("/profile/sessions/end-others").post(sessions::end_others))
        .service(web::resource("/profile/sessions/end-all").post(sessions::end_all))
        .service(web::resource("/profile/sessions/{id}/end").post(sessions::end_session))
        .service(
            web::resource("/profile/email").get(change_email::show_email).post(change_email::change_email),
        )
        .service(web::resource("/profile/export").get(export::show_export).post(export::export_data))
        .service(
            web::resource("/profile/delete")
                .get(delete_account::show_delete)
                .post(delete_account::delete_account),
        );
}

fn mailed(config: &mut ServiceConfig) {
    config
        .service(
            web::resource("/forgot-password").get(forgot_password::show_forgot).post(forgot_password::ask),
        )
        .service(web::resource("/forgot-password/sent").get(forgot_password::show_sent))
        .service(
            web::resource("/reset-password")
                .get(reset_password::show_reset)
                .post(reset_password::reset_password),
        )
        .service(
            web::resource("/verify-email").get(verify_email::show_verify).post(verify_email::verify_email),
        )
        .service(
            web::resource("/confirm-email")
                .get(confirm_email::show_confirm)
                .post(confirm_email::confirm_email),
        );
}
