//! Who may enter, as a type in a handler's signature.

use std::future::Future;
use std::marker::PhantomData;
use std::ops::Deref;
use std::pin::Pin;
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::http::Method;
use actix_web::{FromRequest, HttpRequest};
use vestibule_domain::caller::Caller;
use vestibule_http::{Needed, note_denied};

use crate::form;
use crate::problem::PageProblem;
use crate::visitor::Visitor;
use crate::written::Written;

/// A signed-in person. Strangers are led to the page where they sign in, and from there back.
pub(crate) struct SignedIn {
    /// The person.
    pub(crate) caller: Arc<Caller>,
    visitor: Visitor,
}

impl FromRequest for SignedIn {
    type Error = PageProblem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, PageProblem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (visiting, request) = (Visitor::from_request(request, payload), request.clone());
        Box::pin(async move {
            let visitor = visiting.await?;
            if let Some(caller) = &visitor.caller {
                return Ok(Self { caller: Arc::clone(caller), visitor });
            }
            form::keep_written(&request).await;
            let stale = visitor.forgetting().map(Box::new);
            if Written::of(&request).is_empty() {
                Err(PageProblem::SignInFirst { back: way_back(&request), stale })
            } else {
                Err(PageProblem::SignedOut { stale })
            }
        })
    }
}

/// A form cannot be sent again by a link.
fn way_back(request: &HttpRequest) -> Option<String> {
    (request.method() == Method::GET)
        .then(|| request.uri().path_and_query().map(ToString::to_string))
        .flatten()
}

impl Deref for SignedIn {
    type Target = Visitor;

    fn deref(&self) -> &Visitor {
        &self.visitor
    }
}

/// A signed-in person whose roles allow `P`. Other members are turned away, and the audit trail has it.
pub(crate) struct May<P> {
    signed_in: SignedIn,
    _needed: PhantomData<P>,
}

impl<P: Needed> FromRequest for May<P> {
    type Error = PageProblem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, PageProblem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let entering = SignedIn::from_request(request, payload);
        Box::pin(async move {
            let signed_in = entering.await?;
            if let Err(refused) = signed_in.must(P::PERMISSION) {
                form::keep_written(&signed_in.request).await;
                return Err(refused);
            }
            Ok(Self { signed_in, _needed: PhantomData })
        })
    }
}

impl<P> Deref for May<P> {
    type Target = SignedIn;

    fn deref(&self) -> &SignedIn {
        &self.signed_in
    }
}

impl SignedIn {
    /// Turns away whoever may not do that besides; the audit trail has it.
    pub(crate) fn must(
        &self,
        permission: vestibule_domain::permission::Permission,
    ) -> Result<(), PageProblem> {
        if self.caller.may(permission) {
            return Ok(());
        }
        note_denied(&self.shell, &self.request, &self.caller, permission);
        Err(PageProblem::Forbidden)
    }
}
