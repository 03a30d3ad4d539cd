//! A bare JSON endpoint of actix-web.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use actix_web::{App, HttpResponse, HttpServer, web};
use serde::Serialize;

/// As the server's own: see `server/src/app.rs`.
pub(crate) const HEAD_TIMEOUT: Duration = Duration::from_secs(5);
pub(crate) const KEEP_ALIVE: Duration = Duration::from_secs(75);

/// An answer of a given length.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Answer {
    text: String,
}

impl Answer {
    /// `bytes` long as JSON, from 11 on.
    pub(crate) fn of_length(bytes: usize) -> Self {
        let frame = r#"{"text":""}"#.len();
        Self { text: "x".repeat(bytes.saturating_sub(frame)) }
    }
}

/// Serves `bytes` of JSON at every path, with `workers` workers, until the process is ended.
pub fn serve_json(address: SocketAddr, workers: usize, bytes: usize) -> io::Result<()> {
    let answer = web::Data::new(Answer::of_length(bytes));
    let answer_all = |answer: web::Data<Answer>| async move { HttpResponse::Ok().json(&**answer) };
    let make_app = move || App::new().app_data(answer.clone()).default_service(web::to(answer_all));
    let server = HttpServer::new(make_app).workers(workers);
    let server = server.client_request_timeout(HEAD_TIMEOUT).keep_alive(KEEP_ALIVE);
    actix_web::rt::System::new().block_on(server.bind(address)?.run())
}
