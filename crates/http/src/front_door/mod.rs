//! The one middleware around the whole application.
//!
//! One and not nine, because each would box a future and walk the headers again on every request. It names the
//! request, checks its host, origin and body, catches panics, puts every fault into the face's form and dresses
//! every answer with the headers it must carry. What the parser of actix refuses (400, 408, 431) never gets here.

mod answer;
mod arrival;
mod passage;

use std::future::{Ready, ready};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform, forward_ready};
use actix_web::http::Method;
use vestibule_domain::random::Random;

pub use self::answer::DoorBody;
use self::arrival::Guest;
use self::passage::{Passage, Stage};
use crate::allowed_hosts::AllowedHosts;
use crate::body::BodyLimits;
use crate::client_address::TrustedProxies;
use crate::cors::CorsOrigins;
use crate::metrics::{Tally, Traffic};
use crate::panics::catch;
use crate::refusal::Render;
use crate::request_id::RequestIds;

/// What the front door goes by.
#[derive(Clone)]
pub struct Rules {
    /// The names this server answers to; paths below `/health/` are exempt, since probes ask by address.
    pub hosts: AllowedHosts,
    /// Who is believed about who called.
    pub proxies: TrustedProxies,
    /// Who may call from a browser.
    pub origins: CorsOrigins,
    /// How long bodies may be and how fast they must come.
    pub bodies: BodyLimits,
    /// Whether the public address is https: then every answer asks browsers to stay with it.
    pub public_https: bool,
    /// Raised when the server is about to stop: from then on every answer ends its connection, so that clients go on
    /// elsewhere.
    pub stopping: Arc<AtomicBool>,
    /// Whether each request is logged, at `info`, target `access`.
    pub access_log: bool,
    /// How a fault looks.
    pub render: Render,
}

/// The middleware: wrap the whole application in it, last, so that nothing stands outside.
#[derive(Clone)]
pub struct FrontDoor {
    rules: Arc<Rules>,
    random: Arc<dyn Random>,
    traffic: Traffic,
}

impl FrontDoor {
    /// A door that goes by `rules`; `random` names its workers, so that no two requests share an id.
    #[must_use]
    pub fn new(rules: Arc<Rules>, random: Arc<dyn Random>) -> Self {
        Self { rules, random, traffic: Traffic::default() }
    }

    /// What goes through it, counted.
    #[must_use]
    pub fn traffic(&self) -> Traffic {
        self.traffic.clone()
    }
}

/// What one worker keeps at its door.
struct Desk {
    rules: Arc<Rules>,
    ids: RequestIds,
    tally: Tally,
}

/// The door of one worker, with the application behind it.
pub struct Doorkeeper<S> {
    inner: S,
    desk: Rc<Desk>,
}

impl<S, B> Transform<S, ServiceRequest> for FrontDoor
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<DoorBody>;
    type Error = Error;
    type Transform = Doorkeeper<S>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, inner: S) -> Self::Future {
        let ids = RequestIds::new(&*self.random);
        let desk = Desk { rules: Arc::clone(&self.rules), ids, tally: Tally::new(self.traffic.clone()) };
        ready(Ok(Doorkeeper { inner, desk: Rc::new(desk) }))
    }
}

impl<S, B> Service<ServiceRequest> for Doorkeeper<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<DoorBody>;
    type Error = Error;
    type Future = Passage<S::Future>;

    forward_ready!(inner);

    fn call(&self, mut request: ServiceRequest) -> Self::Future {
        let (guest, body) = self.desk.receive(&mut request);
        let stage = match self.desk.admit(&guest, body.as_ref(), &request) {
            Err(turned) => Stage::Turned { away: Some((request.into_parts().0, turned)) },
            Ok(()) => self.let_in(&guest, request),
        };
        Passage::new(Rc::clone(&self.desk), guest, body, stage)
    }
}

impl<S> Doorkeeper<S> {
    fn let_in(&self, guest: &Guest, mut request: ServiceRequest) -> Stage<S::Future>
    where
        S: Service<ServiceRequest>,
    {
        // HEAD is GET without the body (RFC 9110, 9.3.2); routes know only GET.
        if guest.is_head() {
            request.head_mut().method = Method::GET;
        }
        match catch(|| self.inner.call(request)) {
            Ok(future) => Stage::Inside { future },
            Err(panic) => Stage::Fell { panic: Some(panic) },
        }
    }
}
