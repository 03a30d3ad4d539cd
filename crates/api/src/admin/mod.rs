//! For those who run the installation: `/api/admin`.

mod get_stats;
mod list_audit;
mod list_mail;
mod mail_view;
mod retry_mail;

use utoipa_actix_web::service_config::ServiceConfig;

pub(crate) use list_audit::AuditView;

/// The routes.
pub(crate) fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(get_stats::get_stats)
        .service(list_audit::list_audit)
        .service(list_mail::list_mail)
        .service(retry_mail::retry_mail);
}
