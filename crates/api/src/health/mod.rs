//! Whether the server lives and can work: `/health`.

mod live;
mod ready;

use utoipa_actix_web::service_config::ServiceConfig;

/// The routes.
pub(crate) fn routes(config: &mut ServiceConfig<'_>) {
    config.service(live::health_live).service(ready::health_ready);
}
