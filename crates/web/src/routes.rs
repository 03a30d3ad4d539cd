//! Every page, in one place.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{ALLOW, HeaderValue, LOCATION};
use actix_web::http::{Method, StatusCode, Uri};
use actix_web::middleware::{Next, from_fn};
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{Error, HttpResponse};

use crate::face::Face;
use crate::{account, admin, assets, blog, contact, redirect, site, states};

/// Everything this room serves, to be mounted on an application whose data holds the shell.
pub fn configure(config: &mut ServiceConfig, face: &Data<Face>) {
    let pages = web::scope("")
        .wrap(from_fn(tell_methods))
        .wrap(from_fn(lead_without_slash))
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

/// Leads from a page's address with a slash behind it to the page. Whether there is one, its resource says when it is asked for
/// its methods, by which no page is made.
async fn lead_without_slash(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    let Some(page) = without_slash(request.uri()).filter(|_| is_read) else {
        return Ok(next.call(request).await?.map_into_boxed_body());
    };
    request.match_info_mut().get_mut().update(&page);
    let head = request.head_mut();
    (head.method, head.uri) = (Method::OPTIONS, page.clone());
    let served = next.call(request).await?.map_into_boxed_body();
    let methods = served.headers().get(ALLOW).and_then(|methods| methods.to_str().ok());
    let is_page = methods.is_some_and(|methods| methods.split(", ").any(|method| method == "GET"));
    let answer = if is_page {
        HttpResponse::PermanentRedirect().insert_header((LOCATION, page.to_string())).finish()
    } else {
        HttpResponse::NotFound().finish()
    };
    Ok(served.into_response(answer))
}

/// The same path without the slash at its end, and its query, where people look at what is there: a path of this site (S31).
fn without_slash(address: &Uri) -> Option<Uri> {
    let path = redirect::wanted(address.path())?.strip_suffix('/')?;
    if path.is_empty() || !is_page(path) {
        return None;
    }
    let query = address.query().map(|query| format!("?{query}")).unwrap_or_default();
    format!("{path}{query}").parse().ok()
}

/// What programs ask for; there errors look as programs expect them, and a front end of somebody's own hides nothing. The two
/// readers of the document, and what pages load, are among it.
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

/// Whether people look at what is at `path`, so that a fault there is to be a page, and a front end may have another page there.
#[must_use]
pub fn is_page(path: &str) -> bool {
    let is_below =
        |place: &&str| path.strip_prefix(*place).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    !FOR_PROGRAMS.iter().any(is_below)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// S31: the address of a page with a slash behind it leads to that page, and to nothing else.
    #[test]
    fn a_slash_behind_a_page_is_left_out() {
        let led = |address: &str| without_slash(&address.parse().unwrap()).map(|page| page.to_string());
        for (address, page) in [
            ("/blog/", "/blog"),
            ("/blog/?page=2&x=/", "/blog?page=2&x=/"),
            ("/states/kerala/?", "/states/kerala?"),
            ("http://evil.example/blog/", "/blog"),
        ] {
            assert_eq!(led(address).as_deref(), Some(page), "{address}");
        }
        for address in [
            "/",
            "/?x=/",
            "/blog",
            "//",
            "//evil.example/",
            "///evil.example/",
            "/\\evil.example/",
            "/api/",
            "/docs/",
            "http://evil.example/",
            "http://evil.example//evil.example/",
        ] {
            assert_eq!(led(address), None, "{address}");
        }
    }

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
