//! Where a request came from, as kept beside a session.

use actix_web::HttpRequest;
use actix_web::http::header::USER_AGENT;
use vestibule_domain::caller::ClientInfo;
use vestibule_http::client_address;

/// The address and the browser's word for itself.
pub(crate) fn client_info(request: &HttpRequest) -> ClientInfo {
    let user_agent = request.headers().get(USER_AGENT).and_then(|value| value.to_str().ok());
    ClientInfo::new(Some(client_address(request)), user_agent)
}
