//! One's own account: `/api/auth/profile`.

mod delete_avatar;
mod get_profile;
mod set_avatar;
mod update_profile;
mod upload;

use utoipa_actix_web::service_config::ServiceConfig;

/// The routes.
pub(crate) fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(get_profile::get_profile)
        .service(update_profile::update_profile)
        .service(set_avatar::set_avatar)
        .service(delete_avatar::delete_avatar);
}
