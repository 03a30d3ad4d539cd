//! Where one is signed in: `/api/auth/sessions`.

mod list_sessions;
mod revoke_session;

use utoipa_actix_web::service_config::ServiceConfig;

pub(crate) use list_sessions::SessionView;

/// The routes.
pub(crate) fn routes(config: &mut ServiceConfig<'_>) {
    config.service(list_sessions::list_sessions).service(revoke_session::revoke_session);
}
