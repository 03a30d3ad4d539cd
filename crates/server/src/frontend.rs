//! A team's own static front end, served from the same origin as the API.

use std::path::Path;

use actix_files::Files;
use actix_web::guard::{self, GuardContext};
use actix_web::http::header;
use actix_web::middleware::DefaultHeaders;
use actix_web::web;
use vestibule_api::nothing_here;

/// A front end decides on its scripts and styles itself; nobody may frame it, and plug-ins stay out.
const POLICY: &str = "object-src 'none'; base-uri 'self'; frame-ancestors 'none'";

/// What is ours even where a front end has a file of that name.
const OURS: [&str; 7] = ["/api/", "/auth/", "/health/", "/docs/", "/redoc/", "/.well-known/", "/metrics/"];

/// Serves the files of `dir`, `index.html` for its folders, nothing hidden. Without `dir` nothing.
pub(crate) fn configure(config: &mut web::ServiceConfig, dir: Option<&Path>) {
    let Some(dir) = dir else { return };
    let files = Files::new("/", dir)
        .index_file("index.html")
        .redirect_to_slash_directory()
        .prefer_utf8(true)
        .default_handler(web::to(nothing_here));
    let headers = DefaultHeaders::new()
        .add((header::CONTENT_SECURITY_POLICY, POLICY))
        .add((header::CACHE_CONTROL, "no-cache"));
    // The guard stands before the headers: what is not theirs keeps the API's.
    config.service(web::scope("").guard(guard::fn_guard(is_theirs)).wrap(headers).service(files));
}

fn is_theirs(context: &GuardContext<'_>) -> bool {
    let head = context.head();
    // A folder's redirect must not lead to another host, as `//example.org/` would.
    let is_plain = !head.uri.path().starts_with("//") && !head.uri.path().contains("/.");
    let path = format!("{}/", head.uri.path());
    let is_ours = OURS.iter().any(|ours| path.starts_with(ours));
    head.method == actix_web::http::Method::GET && is_plain && !is_ours
}
