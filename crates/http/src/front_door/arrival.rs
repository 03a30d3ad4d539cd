//! What is asked of a request before any handler sees it.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Instant;

use actix_web::dev::ServiceRequest;
use actix_web::http::header::AUTHORIZATION;
use actix_web::http::{Method, Uri};
use actix_web::{HttpMessage, HttpRequest};

use super::Desk;
use crate::body::Watch;
use crate::connections::Seat;
use crate::cors::{Caller, is_preflight};
use crate::metrics::UnderWay;
use crate::pulse::{Busy, Pulse};
use crate::refusal::{Asked, Refusal};
use crate::request_id::RequestId;
use crate::visit::Visit;

/// What the door remembers of a request while it is inside: the request itself may not come back.
pub(super) struct Guest {
    pub(super) method: Method,
    uri: Uri,
    pub(super) request_id: RequestId,
    pub(super) client: IpAddr,
    pub(super) caller: Caller,
    /// Whether the answer tells browsers to stay with https.
    pub(super) secure: bool,
    /// When it came.
    pub(super) since: Instant,
    /// Counts it until it is answered.
    _under_way: UnderWay,
    /// Keeps its connection from being taken for an idle one.
    pub(super) busy: Option<Busy>,
}

impl Guest {
    pub(super) fn is_head(&self) -> bool {
        self.method == Method::HEAD
    }

    pub(super) fn path(&self) -> &str {
        self.uri.path()
    }

    pub(super) fn asked<'a>(&'a self, request: Option<&'a HttpRequest>) -> Asked<'a> {
        Asked { method: &self.method, path: self.uri.path(), request_id: &self.request_id, request }
    }
}

/// Why a request does not reach the application.
pub(super) enum Turned {
    Refused(Refusal),
    /// A listed origin's preflight, answered at the door.
    Preflight,
}

impl Desk {
    /// Names the request, puts a watch on its body and leaves a note for the handlers.
    pub(super) fn receive(&self, request: &mut ServiceRequest) -> (Guest, Option<Watch>) {
        let rules = &*self.rules;
        let headers = request.headers();
        let peer = request.peer_addr().map_or(Ipv4Addr::UNSPECIFIED.into(), |peer| peer.ip());
        let tls = request.app_config().secure();
        let guest = Guest {
            method: request.method().clone(),
            uri: request.uri().clone(),
            request_id: RequestId::incoming(headers).unwrap_or_else(|| self.ids.make()),
            client: rules.proxies.client(peer, headers),
            caller: rules.origins.caller(headers),
            secure: tls || rules.public_https,
            since: Instant::now(),
            _under_way: self.tally.traffic().enter(),
            busy: request.conn_data::<Arc<Pulse>>().map(Busy::new),
        };
        let visit = Visit {
            request_id: guest.request_id.clone(),
            client: guest.client,
            https: tls || rules.proxies.says_https(peer, headers),
            user: None,
        };
        request.extensions_mut().insert(visit);
        let body = rules.bodies.watch(guest.path(), request.parts_mut().1);
        (guest, body)
    }

    /// Whether the request may go in.
    pub(super) fn admit(
        &self,
        guest: &Guest,
        body: Option<&Watch>,
        request: &ServiceRequest,
    ) -> Result<(), Turned> {
        let headers = request.headers();
        if request.conn_data::<Seat>().is_some_and(|seat| seat.over) {
            return Err(Turned::Refused(Refusal::TooManyConnections));
        }
        if !guest.path().starts_with("/health/") && !self.rules.hosts.admit(&guest.uri, headers) {
            return Err(Turned::Refused(Refusal::HostNotAllowed));
        }
        if guest.method == Method::TRACE || guest.method == Method::CONNECT {
            return Err(Turned::Refused(Refusal::MethodNotAllowed));
        }
        if is_preflight(&guest.method, headers) {
            return Err(match guest.caller {
                Caller::Listed(_) => Turned::Preflight,
                Caller::Local | Caller::Unlisted => Turned::Refused(Refusal::OriginNotAllowed),
            });
        }
        if headers.get_all(AUTHORIZATION).nth(1).is_some() {
            return Err(Turned::Refused(Refusal::RepeatedHeader("Authorization")));
        }
        body.map_or(Ok(()), |body| body.check(headers)).map_err(Turned::Refused)
    }
}
