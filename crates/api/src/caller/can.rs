//! Who may do what, as a type in a handler's signature.

use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::http::header::{HeaderValue, WWW_AUTHENTICATE};
use actix_web::{FromRequest, HttpRequest, web};
use vestibule_domain::caller::Caller;
use vestibule_domain::permission::Permission;
use vestibule_http::{Needed, Shell, note_denied};

use super::SignedIn;
use crate::problem::{Code, Problem};

/// A signed-in person whose roles allow `P`. Everybody else is turned away, and the audit trail has it.
#[derive(Clone, Debug)]
pub(crate) struct Can<P> {
    pub(crate) caller: Arc<Caller>,
    _needed: PhantomData<P>,
}

impl<P> Can<P> {
    /// The same caller, where what the body asks for takes the permission `Q` besides. Everybody else is turned away as at
    /// the door.
    pub(crate) fn and<Q: Needed>(&self, request: &HttpRequest) -> Result<(), Problem> {
        if self.caller.may(Q::PERMISSION) {
            return Ok(());
        }
        Err(refuse(request, &self.caller, Q::PERMISSION))
    }
}

impl<P: Needed> FromRequest for Can<P> {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (checking, request) = (SignedIn::from_request(request, payload), request.clone());
        Box::pin(async move {
            let SignedIn(caller) = checking.await?;
            if caller.may(P::PERMISSION) {
                Ok(Self { caller, _needed: PhantomData })
            } else {
                Err(refuse(&request, &caller, P::PERMISSION))
            }
        })
    }
}

/// RFC 6750, 3.1: the token is good, and does not reach so far.
pub(crate) fn refuse(request: &HttpRequest, caller: &Caller, needed: Permission) -> Problem {
    if let Some(shell) = request.app_data::<web::Data<Shell>>() {
        note_denied(shell, request, caller, needed);
    }
    let challenge = format!(r#"Bearer realm="vestibule", error="insufficient_scope", scope="{needed}""#);
    match HeaderValue::from_str(&challenge) {
        Ok(challenge) => Problem::from(Code::Forbidden).with(WWW_AUTHENTICATE, challenge),
        Err(_) => Code::Forbidden.into(),
    }
}
