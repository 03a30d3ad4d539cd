//! ReDoc: `/redoc`.

use std::sync::LazyLock;

use actix_web::http::header::{self, ContentType};
use actix_web::{HttpResponse, web};
use bytes::Bytes;

/// ReDoc sets styles from its script and searches in a worker made of a blob.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
    worker-src blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const PAGE: &str = r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Vestibule API</title>
<link rel="icon" href="data:,"><style>body { margin: 0 }</style>
</head>
<body><redoc spec-url="/openapi.json"></redoc><script src="/redoc/redoc.js"></script></body>
</html>
"#;

/// A picture the bundle would load from its maker's host, which the policy blocks and our readers' privacy forbids.
const PICTURE: &str = "https://cdn.redoc.ly/redoc/logo-mini.svg";

/// The bundle as aide carries it: it stands between the first script tag and the call that starts it.
static SCRIPT: LazyLock<Bytes> = LazyLock::new(|| {
    let page = aide::redoc::Redoc::new("").html();
    let script = page.split_once("<script>").and_then(|(_, rest)| rest.rsplit_once("Redoc.init("));
    Bytes::from(script.map_or("", |(script, _)| script).trim().replace(PICTURE, "data:,"))
});

/// The routes.
pub(crate) fn routes(config: &mut web::ServiceConfig) {
    config.route("/redoc", web::get().to(page)).route("/redoc/redoc.js", web::get().to(script));
}

async fn page() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header(ContentType::html())
        .insert_header((header::CONTENT_SECURITY_POLICY, POLICY))
        .body(PAGE)
}

async fn script() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/javascript; charset=utf-8"))
        .insert_header((header::CACHE_CONTROL, "public, max-age=86400"))
        .body(SCRIPT.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bundle_is_whole() {
        let script = std::str::from_utf8(&SCRIPT).unwrap();
        assert!(script.len() > 500_000, "{}", script.len());
        assert!(script.contains("redoc") && !script.contains("<script>\n"));
    }
}
