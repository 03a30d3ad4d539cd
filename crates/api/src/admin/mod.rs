//! For those who run the installation: `/api/admin`.

mod list_audit;
mod list_mail;
mod mail_view;
mod retry_mail;

use utoipa_actix_web::service_config::ServiceConfig;

/// The routes.
pub(crate) fn routes(config: &mut ServiceConfig<'_>) {
    config.service(list_audit::list_audit).service(list_mail::list_mail).service(retry_mail::retry_mail);
}
