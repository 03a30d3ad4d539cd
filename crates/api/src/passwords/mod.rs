//! Passwords, changed by who knows the old one and reset by who can read the account's mail: `/api/auth/password`.

mod change_password;
mod forgot_password;
mod reset_password;

use utoipa_actix_web::service_config::ServiceConfig;

pub(crate) use change_password::weak;

/// The routes.
pub(crate) fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(change_password::change_password)
        .service(forgot_password::forgot_password)
        .service(reset_password::reset_password);
}
