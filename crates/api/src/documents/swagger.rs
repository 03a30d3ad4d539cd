//! Swagger UI: `/docs`.

use actix_web::http::header;
use actix_web::middleware::DefaultHeaders;
use actix_web::{HttpResponse, web};
use utoipa_swagger_ui::{Config, SwaggerUi};

/// Swagger UI sets styles from its script; nothing else is allowed beyond our own files.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
    connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The routes. The files come out of the binary.
pub(crate) fn routes(config: &mut web::ServiceConfig) {
    // The full layout has a field for another document's address, and asks a validator elsewhere about ours.
    let shown = Config::from("/openapi.json").try_it_out_enabled(true).use_base_layout();
    let ui = SwaggerUi::new("/{_:.*}").config(shown);
    config.route(
        "/docs",
        web::get().to(async || {
            HttpResponse::PermanentRedirect().insert_header((header::LOCATION, "/docs/")).finish()
        }),
    );
    config.service(
        web::scope("/docs")
            .wrap(DefaultHeaders::new().add((header::CONTENT_SECURITY_POLICY, POLICY)))
            .service(ui),
    );
}
