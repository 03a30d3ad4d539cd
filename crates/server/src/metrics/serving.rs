//! Who gets to see the figures: on the main address whoever brings the token, and on an address of its own whoever gets
//! there.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::Server;
use actix_web::http::Method;
use actix_web::http::header::{ACCEPT, AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use subtle::ConstantTimeEq as _;
use vestibule_api::{Problem, nothing_here};

use super::Metrics;
use super::exposition::Form;
use crate::settings::Secret;
use crate::socket;
use crate::start_error::StartError;

/// Where they are.
const PATH: &str = "/metrics";

/// Whoever reads figures does so every few seconds.
const MOST_CONNECTIONS: usize = 64;

/// The figures and the token they are shown for.
#[derive(Clone)]
pub(crate) struct Desk {
    metrics: Arc<Metrics>,
    token: Option<Arc<Secret>>,
}

impl Desk {
    /// Shows `metrics` to whoever brings `token`.
    pub(crate) fn new(metrics: Metrics, token: Option<Secret>) -> Self {
        Self { metrics: Arc::new(metrics), token: token.map(Arc::new) }
    }

    /// Whether the request brings the token. Without one nobody has it.
    fn is_holder(&self, request: &HttpRequest) -> bool {
        let Some(token) = &self.token else { return false };
        let given = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let given = given.and_then(|value| value.split_once(' '));
        given.is_some_and(|(scheme, given)| {
            let is_same: bool = token.reveal().as_bytes().ct_eq(given.trim().as_bytes()).into();
            scheme.eq_ignore_ascii_case("Bearer") && is_same
        })
    }

    async fn show(&self, request: &HttpRequest) -> HttpResponse {
        let accept = request.headers().get(ACCEPT).and_then(|value| value.to_str().ok());
        let form = Form::wanted(accept.unwrap_or_default());
        let text = self.metrics.gather().await.write(form);
        HttpResponse::Ok()
            .insert_header((CONTENT_TYPE, form.media_type()))
            .insert_header((CACHE_CONTROL, "no-store"))
            .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
            .body(text)
    }
}

/// The figures on the main address, for whoever brings the token; where there is none, there is nothing here.
pub(crate) fn configure(config: &mut ServiceConfig, desk: &Data<Desk>) {
    if desk.token.is_some() {
        config.app_data(desk.clone()).route(PATH, web::to(show_holder));
    }
}

/// Others learn not even that there is something.
async fn show_holder(request: HttpRequest, desk: Data<Desk>) -> Result<HttpResponse, Problem> {
    if request.method() == Method::GET && desk.is_holder(&request) {
        return Ok(desk.show(&request).await);
    }
    nothing_here(request).await
}

/// Listens on `address` for whoever reads figures, with the token where there is one. Nothing else is there.
pub(crate) fn listen(address: SocketAddr, desk: Data<Desk>) -> Result<Server, StartError> {
    let listener = socket::bind("METRICS_BIND", address)?;
    let server =
        HttpServer::new(move || App::new().app_data(desk.clone()).default_service(web::to(show_caller)));
    let server = server
        .workers(1)
        .max_connections(MOST_CONNECTIONS)
        .client_request_timeout(Duration::from_secs(5))
        .disable_signals()
        .shutdown_timeout(1);
    Ok(server.listen(listener)?.run())
}

async fn show_caller(request: HttpRequest, desk: Data<Desk>) -> HttpResponse {
    let may_see = desk.token.is_none() || desk.is_holder(&request);
    // actix leaves the body of an answer to HEAD out by itself.
    let is_read = [Method::GET, Method::HEAD].contains(request.method());
    if request.path() == PATH && is_read && may_see {
        return desk.show(&request).await;
    }
    HttpResponse::NotFound().finish()
}
