//! What stands where everybody looks for it: `/.well-known`.

mod get_jwks;
mod security_txt;

use utoipa_actix_web::service_config::ServiceConfig;

/// The routes.
pub(crate) fn routes(config: &mut ServiceConfig<'_>) {
    config.service(get_jwks::get_jwks).service(security_txt::get_security_txt);
}
