//! Accounts: `/api/auth`.

mod delete_account;
mod export_data;
mod exported;
mod introspect;
mod login;
mod logout;
mod logout_all;
mod refresh;
mod register;
mod session_view;
mod user_view;

use utoipa_actix_web::service_config::ServiceConfig;

pub use export_data::export_own;
pub(crate) use login::one_name;
pub(crate) use session_view::SessionOpened;
pub(crate) use user_view::{Instant, UserView};

/// The routes.
pub(crate) fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(register::register)
        .service(login::login)
        .service(refresh::refresh)
        .service(logout::logout)
        .service(logout_all::logout_all)
        .service(introspect::introspect)
        .service(export_data::export_data)
        .service(delete_account::delete_account);
}
