//! What the front door found out about a request, for whoever serves it.

use std::net::{IpAddr, Ipv4Addr};

use actix_web::{HttpMessage, HttpRequest};
use vestibule_domain::id::UserId;

use crate::request_id::RequestId;

/// One entry among the request's extensions: each costs an allocation.
pub(crate) struct Visit {
    pub(crate) request_id: RequestId,
    pub(crate) client: IpAddr,
    pub(crate) https: bool,
    pub(crate) user: Option<UserId>,
}

/// What the request is called; nothing where it did not come through the front door.
#[must_use]
pub fn request_id(request: &HttpRequest) -> Option<RequestId> {
    request.extensions().get::<Visit>().map(|visit| visit.request_id.clone())
}

/// The address of whoever asks: the peer's, or what a trusted proxy says. `0.0.0.0` where there is none.
#[must_use]
pub fn client_address(request: &HttpRequest) -> IpAddr {
    let known = request.extensions().get::<Visit>().map(|visit| visit.client);
    let peer = || request.peer_addr().map_or(Ipv4Addr::UNSPECIFIED.into(), |peer| peer.ip().to_canonical());
    known.unwrap_or_else(peer)
}

/// Whether the client speaks TLS with us, or with a trusted proxy that says so.
#[must_use]
pub fn is_https(request: &HttpRequest) -> bool {
    let known = request.extensions().get::<Visit>().map(|visit| visit.https);
    known.unwrap_or_else(|| request.app_config().secure())
}

/// Notes whose request it is, for the access log.
pub fn note_user(request: &HttpRequest, user: UserId) {
    if let Some(visit) = request.extensions_mut().get_mut::<Visit>() {
        visit.user = Some(user);
    }
}
