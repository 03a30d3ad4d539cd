//! Every page, in one place.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, HeaderValue};
use actix_web::middleware::{Next, from_fn};
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{Error, HttpResponse};

use crate::face::Face;
use crate::{account, admin, assets, blog, contact, site, states};

/// Everything this room serves, to be mounted on an application whose data holds the shell.
pub fn configure(config: &mut ServiceConfig, face: &Data<Face>) {
    let pages = web::scope("")
        .wrap(from_fn(tell_methods))
        .configure(site::routes)
        .configure(account::routes)
        .configure(blog::routes)
        .configure(states::routes)
        .configure(contact::routes)
        .configure(admin::routes)
        .configure(assets::routes);
    config.app_data(face.clone()).service(pages);
}

/// Says of a page that is there what may be done with it: the resource itself knows all but that HEAD goes where GET does, and
/// that asking for the methods is no mistake.
async fn tell_methods(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let is_asking = request.method() == Method::OPTIONS;
    let mut served = next.call(request).await?.map_into_boxed_body();
    let Some(methods) = methods(&served) else { return Ok(served) };
    if is_asking {
        return Ok(served.into_response(HttpResponse::NoContent().insert_header((ALLOW, methods)).finish()));
    }
    served.headers_mut().insert(ALLOW, methods);
    Ok(served)
}

/// What a resource that refused a method takes.
fn methods(served: &ServiceResponse) -> Option<HeaderValue> {
    if served.status() != StatusCode::METHOD_NOT_ALLOWED {
        return None;
    }
    let known = served.headers().get(ALLOW)?.to_str().ok()?;
    let mut methods: Vec<_> = known.split(',').map(str::trim).collect();
    if let Some(get) = methods.iter().position(|method| *method == "GET") {
        methods.insert(get + 1, "HEAD");
    }
    HeaderValue::from_str(&methods.join(", ")).ok()
}

/// What programs ask for; there errors look as programs expect them. The two readers of the document, and what pages load, are
/// among it.
const FOR_PROGRAMS: [&str; 10] = [
    "/api",
    "/auth",
    "/health",
    "/media",
    "/.well-known",
    "/openapi.json",
    "/metrics",
    "/docs",
    "/redoc",
    "/assets",
];

/// Whether people look at what is at `path`, so that a fault there is to be a page.
#[must_use]
pub fn is_page(path: &str) -> bool {
    let is_below =
        |place: &&str| path.strip_prefix(*place).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    !FOR_PROGRAMS.iter().any(is_below)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_get_pages_and_programs_do_not() {
        for path in [
            "/",
            "/login",
            "/nothing",
            "/apiary",
            "/authors",
            "/documents",
            "/blog/api",
            "/api%2fusers",
            "//api",
        ] {
            assert!(is_page(path), "{path}");
        }
        for path in
            ["/api", "/api/", "/api/nothing", "/auth/login", "/docs/", "/redoc", "/metrics", "/assets/x.css"]
        {
            assert!(!is_page(path), "{path}");
        }
    }
}
