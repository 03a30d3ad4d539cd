//! Where a request came from, as kept beside a session and in the audit trail.

use actix_web::HttpRequest;
use actix_web::http::header::USER_AGENT;
use vestibule_domain::caller::ClientInfo;

use crate::visit::{client_address, request_id};

/// The address, the browser's word for itself and what the request is called.
#[must_use]
pub fn client_info(request: &HttpRequest) -> ClientInfo {
    let user_agent = request.headers().get(USER_AGENT).and_then(|value| value.to_str().ok());
    let client = ClientInfo::new(Some(client_address(request)), user_agent);
    match request_id(request) {
        Some(id) => client.with_request_id(id.as_str()),
        None => client,
    }
}
