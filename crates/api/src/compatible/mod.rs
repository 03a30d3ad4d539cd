//! For clients written against a FastAPI backend: `/auth`.
//!
//! The same use cases, limits and audit trail as below `/api/auth`, in the shapes those clients know: bare bodies, a JWT
//! for a token, and errors that are one `detail`. Like such a backend, and unlike the rest of this one, these calls
//! pass over what a body names beyond what is documented; nothing of it takes effect.

mod get_me;
mod login;
mod responses;
mod signup;
mod user_view;

use utoipa_actix_web::service_config::ServiceConfig;

/// The routes.
pub(crate) fn routes(config: &mut ServiceConfig<'_>) {
    config.service(signup::signup).service(login::compatible_login).service(get_me::get_me);
}
