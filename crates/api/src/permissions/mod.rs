//! What can be allowed at all: `/api/permissions`.

mod list_permissions;

use utoipa_actix_web::service_config::ServiceConfig;

pub(crate) use list_permissions::name_schema;

/// The routes.
pub(crate) fn routes(config: &mut ServiceConfig<'_>) {
    config.service(list_permissions::list_permissions);
}
