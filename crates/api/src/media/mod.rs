//! Files people may see: `/media`.

mod conditions;
mod get_avatar;

use utoipa_actix_web::service_config::ServiceConfig;

/// The routes.
pub(crate) fn routes(config: &mut ServiceConfig<'_>) {
    config.service(get_avatar::get_avatar);
}
