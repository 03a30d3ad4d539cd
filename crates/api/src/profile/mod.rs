//! One's own account: `/api/auth/profile`.

mod get_profile;
mod update_profile;

use utoipa_actix_web::service_config::ServiceConfig;

/// The routes.
pub(crate) fn routes(config: &mut ServiceConfig<'_>) {
    config.service(get_profile::get_profile).service(update_profile::update_profile);
}
