//! Accounts: `/api/auth`.

mod login;
mod logout;
mod register;
mod user_view;

use utoipa_actix_web::service_config::ServiceConfig;

pub(crate) use user_view::{Instant, UserView};

/// The routes.
pub(crate) fn routes(config: &mut ServiceConfig<'_>) {
    config.service(register::register).service(login::login).service(logout::logout);
}
