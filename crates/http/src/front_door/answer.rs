//! What is done to every answer on its way out.

use std::error::Error as StdError;
use std::pin::Pin;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};
use std::time::Duration;

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderValue};
use actix_web::http::{ConnectionType, StatusCode};
use actix_web::{HttpMessage, HttpRequest, HttpResponse};
use bytes::Bytes;
use vestibule_domain::id::UserId;

use super::Desk;
use super::arrival::{Guest, Turned};
use crate::body::Watch;
use crate::cors;
use crate::pulse::Busy;
use crate::refusal::{Fault, Refusal};
use crate::request_id::X_REQUEST_ID;
use crate::security_headers;
use crate::visit::Visit;

impl Desk {
    /// The answer to a request that does not go in.
    pub(super) fn turn_away(&self, guest: &Guest, turned: Turned) -> HttpResponse {
        match turned {
            Turned::Refused(refusal) => self.render(guest, None, &Fault::Refused(&refusal)),
            Turned::Preflight => cors::preflight(),
        }
    }

    /// A fault in the face's form.
    pub(super) fn render(
        &self,
        guest: &Guest,
        request: Option<&HttpRequest>,
        fault: &Fault<'_>,
    ) -> HttpResponse {
        let mut response = (self.rules.render)(&guest.asked(request), fault);
        if let Fault::Refused(refusal) = fault {
            refusal.set_headers(response.head_mut());
            if let Refusal::Panicked(panic) = refusal {
                let (request_id, path) = (&guest.request_id, guest.path());
                tracing::error!(%request_id, method = %guest.method, path, ?panic, "a handler panicked");
            }
        }
        response
    }

    /// A handler's answer, or the fault it is in the face's form, with the headers it had.
    pub(super) fn in_form(
        &self,
        guest: &Guest,
        body: Option<&Watch>,
        request: &HttpRequest,
        response: HttpResponse,
    ) -> HttpResponse {
        let status = response.status();
        if !status.is_client_error() && !status.is_server_error() {
            return response;
        }
        let cut_off = body.and_then(Watch::failure);
        let fault = match (&cut_off, response.error()) {
            (Some(refusal), _) => Fault::Refused(refusal),
            (None, Some(error)) => Fault::of(error),
            (None, None) if is_bare(&response) => Fault::Bare(status),
            (None, None) => return response,
        };
        let mut rendered = self.render(guest, Some(request), &fault);
        for (name, value) in response.headers() {
            if name != CONTENT_TYPE && name != CONTENT_LENGTH && !rendered.headers().contains_key(name) {
                rendered.headers_mut().append(name.clone(), value.clone());
            }
        }
        rendered
    }

    /// Adds what every answer carries, counts it and logs it.
    pub(super) fn dress(
        &self,
        guest: &Guest,
        body: Option<&Watch>,
        request: Option<&HttpRequest>,
        mut response: HttpResponse,
    ) -> HttpResponse<DoorBody> {
        let headers = response.headers_mut();
        security_headers::set(headers, guest.secure);
        headers.insert(X_REQUEST_ID.clone(), guest.request_id.header_value().clone());
        self.rules.origins.mark(guest.caller, headers);
        let spent = guest.since.elapsed();
        let pattern = request.and_then(HttpRequest::match_pattern);
        self.tally.count(pattern.as_deref(), &guest.method, response.status(), spent);
        if self.rules.access_log {
            log_access(guest, request, response.status(), spent);
        }
        if guest.is_head() {
            leave_out_body(&mut response);
        }
        if self.rules.stopping.load(Ordering::Relaxed) {
            response.head_mut().set_connection_type(ConnectionType::Close);
        }
        let (silent, unread, busy) = (guest.is_head(), body.cloned(), guest.busy.clone());
        response.map_body(|_, body| DoorBody { body, silent, _unread: unread, _busy: busy })
    }
}

impl<'a> Fault<'a> {
    /// The house's own refusals are known among the errors of actix.
    pub(super) fn of(error: &'a actix_web::Error) -> Self {
        error.as_error::<Refusal>().map_or(Self::Failed(error), Self::Refused)
    }
}

/// Whether nobody gave this answer a word.
fn is_bare(response: &HttpResponse) -> bool {
    let empty = matches!(response.body().size(), BodySize::None | BodySize::Sized(0));
    empty && !response.headers().contains_key(CONTENT_TYPE)
}

/// Leaves the length of a body that will not be sent, and nothing that actix would frame.
///
/// It omits the body of an answer to HEAD by itself, but it knows only the method of the last head it has read: with
/// the next request already there, the body would stand where the client looks for the next answer.
fn leave_out_body(response: &mut HttpResponse) {
    if let BodySize::Sized(length) = response.body().size() {
        response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(length));
    }
    response.head_mut().no_chunking(true);
}

/// One line a request: the path without its query, which may carry secrets. Anybody may write it, and the log escapes
/// what is not for terminals.
fn log_access(guest: &Guest, request: Option<&HttpRequest>, status: StatusCode, spent: Duration) {
    let milliseconds = f64::from(u32::try_from(spent.as_micros()).unwrap_or(u32::MAX)) / 1000.0;
    let user = request.and_then(|request| request.extensions().get::<Visit>().and_then(|visit| visit.user));
    tracing::info!(
        target: "access",
        method = %guest.method,
        path = guest.path(),
        status = status.as_u16(),
        ms = milliseconds,
        request_id = %guest.request_id,
        client = %guest.client,
        user = user.map(UserId::get),
    );
}

/// The body of an answer as it leaves the door: silent for HEAD, and holding on to an unread request body.
///
/// actix drains a chunked request body that nobody holds, for as long as its sender likes; one that is still held
/// when the answer ends makes it close the connection, within the server's disconnect timeout.
pub struct DoorBody {
    body: BoxBody,
    silent: bool,
    _unread: Option<Watch>,
    _busy: Option<Busy>,
}

impl MessageBody for DoorBody {
    type Error = Box<dyn StdError>;

    fn size(&self) -> BodySize {
        match self.body.size() {
            BodySize::Sized(_) if self.silent => BodySize::Stream,
            size => size,
        }
    }

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        if self.silent {
            return Poll::Ready(None);
        }
        Pin::new(&mut self.body).poll_next(cx)
    }
}
