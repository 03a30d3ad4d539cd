//! A request's way through the door and out again.

use std::cell::RefCell;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::ServiceResponse;
use actix_web::http::StatusCode;
use actix_web::{Error, HttpRequest, HttpResponse, ResponseError};
use pin_project_lite::pin_project;

use super::Desk;
use super::answer::DoorBody;
use super::arrival::{Guest, Turned};
use crate::body::Watch;
use crate::panics::{Panic, catch};
use crate::refusal::{Fault, Refusal};

pin_project! {
    /// The future of one request.
    pub struct Passage<F> {
        desk: Rc<Desk>,
        guest: Guest,
        body: Option<Watch>,
        waited: bool,
        #[pin]
        stage: Stage<F>,
    }
}

pin_project! {
    #[project = StageProjection]
    pub(super) enum Stage<F> {
        Inside { #[pin] future: F },
        Turned { away: Option<(HttpRequest, Turned)> },
        Fell { panic: Option<Panic> },
    }
}

impl<F> Passage<F> {
    pub(super) fn new(desk: Rc<Desk>, guest: Guest, body: Option<Watch>, stage: Stage<F>) -> Self {
        let waited = body.is_none();
        Self { desk, guest, body, waited, stage }
    }
}

impl<F, B> Future for Passage<F>
where
    F: Future<Output = Result<ServiceResponse<B>, Error>>,
    B: MessageBody + 'static,
{
    type Output = Result<ServiceResponse<DoorBody>, Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        if !*this.waited {
            // One turn, in which actix takes in what has arrived of the body: an answer given without reading it
            // then need not close the connection.
            *this.waited = true;
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        let (desk, guest, body) = (&**this.desk, &*this.guest, this.body.as_ref());
        let failed = |fault: &Fault<'_>| {
            let response = desk.dress(guest, body, None, desk.render(guest, None, fault));
            Poll::Ready(Err(Spent(RefCell::new(Some(response))).into()))
        };
        match this.stage.project() {
            StageProjection::Inside { future } => match catch(|| future.poll(cx)) {
                Ok(Poll::Pending) => Poll::Pending,
                Ok(Poll::Ready(Ok(served))) => {
                    let (request, response) = served.into_parts();
                    let response = desk.in_form(guest, body, &request, response.map_into_boxed_body());
                    let response = desk.dress(guest, body, Some(&request), response);
                    Poll::Ready(Ok(ServiceResponse::new(request, response)))
                }
                Ok(Poll::Ready(Err(error))) => failed(&Fault::of(&error)),
                Err(panic) => failed(&Fault::Refused(&Refusal::Panicked(panic))),
            },
            StageProjection::Turned { away } => match away.take() {
                Some((request, turned)) => {
                    let response = desk.turn_away(guest, turned);
                    let response = desk.dress(guest, body, Some(&request), response);
                    Poll::Ready(Ok(ServiceResponse::new(request, response)))
                }
                None => Poll::Pending,
            },
            StageProjection::Fell { panic } => match panic.take() {
                Some(panic) => failed(&Fault::Refused(&Refusal::Panicked(panic))),
                None => Poll::Pending,
            },
        }
    }
}

/// Carries a finished answer where the request was lost with the handler, and actix takes only an error.
struct Spent(RefCell<Option<HttpResponse<DoorBody>>>);

impl fmt::Debug for Spent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Spent")
    }
}

impl fmt::Display for Spent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("answered")
    }
}

impl ResponseError for Spent {
    fn error_response(&self) -> HttpResponse<BoxBody> {
        let response = self.0.take().map(HttpResponse::map_into_boxed_body);
        response.unwrap_or_else(|| HttpResponse::new(StatusCode::INTERNAL_SERVER_ERROR))
    }
}
