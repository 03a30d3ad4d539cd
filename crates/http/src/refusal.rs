//! What the house itself refuses, before or beside any handler.

use std::time::Duration;

use actix_web::dev::ResponseHead;
use actix_web::http::header::{ACCEPT_ENCODING, ALLOW, HeaderName, HeaderValue, RETRY_AFTER};
use actix_web::http::{ConnectionType, Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse, ResponseError};
use thiserror::Error;

use crate::panics::Panic;
use crate::request_id::RequestId;
use crate::threads::Refused;

/// When to come back after an overload: queues are seconds long.
const SOON: Duration = Duration::from_secs(1);

/// Why a request is turned away by what all faces share.
///
/// Its text says what is wrong to whoever asked, and nothing of the inside. Handlers may return it too.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum Refusal {
    /// The host asked for is missing, malformed or not one of ours.
    #[error("this host is not served here")]
    HostNotAllowed,
    /// A preflight from an origin that is not listed.
    #[error("this origin may not call from a browser")]
    OriginNotAllowed,
    /// A method no resource has.
    #[error("the method is not allowed")]
    MethodNotAllowed,
    /// A header that must stand once stands more often, so that two readers may see two things.
    #[error("the header {0} is given more than once")]
    RepeatedHeader(&'static str),
    /// The body is longer than its route takes.
    #[error("the body is longer than {limit} bytes")]
    BodyTooLarge {
        /// The most bytes the route takes.
        limit: u64,
    },
    /// The body does not arrive.
    #[error("the body arrives too slowly")]
    BodyTooSlow,
    /// The body is compressed; its true size cannot be bounded before it is read.
    #[error("compressed bodies are not taken")]
    BodyEncoded,
    /// This client holds too many connections open.
    #[error("too many connections from this address")]
    TooManyConnections,
    /// This account uploads as much as one may at once. Nothing was done.
    #[error("two pictures of yours are on their way already, try again shortly")]
    TooManyUploads {
        /// When to come back.
        retry_after: Duration,
    },
    /// More work than the house can do now. Nothing was done.
    #[error("the server is busy, try again shortly")]
    Overloaded {
        /// When to come back.
        retry_after: Duration,
    },
    /// The work began and did not end in time: it may yet come true.
    #[error("the server did not finish in time, and the outcome is not known")]
    OutcomeUnknown {
        /// When to look again.
        retry_after: Duration,
    },
    /// Something the house depends on is away.
    #[error("the server cannot answer at the moment")]
    Unavailable {
        /// When to come back.
        retry_after: Duration,
    },
    /// A fault of ours; the log has it.
    #[error("something went wrong here")]
    Panicked(Panic),
}

impl Refusal {
    /// The status it is answered with.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self {
            Self::HostNotAllowed | Self::RepeatedHeader(_) => StatusCode::BAD_REQUEST,
            Self::OriginNotAllowed => StatusCode::FORBIDDEN,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::BodyTooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::BodyTooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::BodyEncoded => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooManyUploads { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Panicked(_) => StatusCode::INTERNAL_SERVER_ERROR,
            Self::TooManyConnections
            | Self::Overloaded { .. }
            | Self::OutcomeUnknown { .. }
            | Self::Unavailable { .. } => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// When to come back, where that may help.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::TooManyConnections => Some(SOON),
            Self::TooManyUploads { retry_after }
            | Self::Overloaded { retry_after }
            | Self::OutcomeUnknown { retry_after }
            | Self::Unavailable { retry_after } => Some(*retry_after),
            _ => None,
        }
    }

    /// Sets the headers that belong to this refusal however it looks.
    pub(crate) fn set_headers(&self, head: &mut ResponseHead) {
        if matches!(self, Self::BodyTooSlow | Self::TooManyConnections) {
            head.set_connection_type(ConnectionType::Close);
        }
        if let Some(delay) = self.retry_after() {
            // Whole seconds, and never zero: that would invite the next attempt at once.
            head.headers_mut().insert(RETRY_AFTER, HeaderValue::from(delay.as_secs().max(1)));
        }
        let fixed: Option<(HeaderName, &'static str)> = match self {
            Self::MethodNotAllowed => Some((ALLOW, "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS")),
            Self::BodyEncoded => Some((ACCEPT_ENCODING, "identity")),
            _ => None,
        };
        if let Some((name, value)) = fixed {
            head.headers_mut().insert(name, HeaderValue::from_static(value));
        }
    }
}

/// Only seen where no front door stands before the handler: the bare status.
impl ResponseError for Refusal {
    fn status_code(&self) -> StatusCode {
        self.status()
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::new(self.status());
        self.set_headers(response.head_mut());
        response
    }
}

impl From<Refused> for Refusal {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Full | Refused::Waited => Self::Overloaded { retry_after: SOON },
            Refused::Deadline => Self::OutcomeUnknown { retry_after: SOON },
            Refused::Closing => Self::Unavailable { retry_after: SOON },
            Refused::Panicked(panic) => Self::Panicked(panic),
        }
    }
}

/// What of a request decides how its refusal looks.
#[derive(Debug)]
pub struct Asked<'a> {
    /// How it asked; `HEAD` is still `HEAD` here.
    pub method: &'a Method,
    /// What it asked for, without the query.
    pub path: &'a str,
    /// What it is called.
    pub request_id: &'a RequestId,
    /// The request as the application left it; nothing where it did not go in, or was lost there.
    pub request: Option<&'a HttpRequest>,
}

/// What went wrong, to be put into a face's own form.
#[derive(Debug)]
pub enum Fault<'a> {
    /// The house refused it.
    Refused(&'a Refusal),
    /// A handler or extractor failed: with an error of the face, found by `as_error`, or with one of actix, which
    /// has a status and a text that is not for clients. Who renders a 500 also logs it; nobody else does.
    Failed(&'a actix_web::Error),
    /// A status of 400 or more without a word: actix found no route, for one.
    Bare(StatusCode),
}

impl Fault<'_> {
    /// The status it is answered with, unless a face knows better.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Refused(refusal) => refusal.status(),
            Self::Failed(error) => error.as_response_error().status_code(),
            Self::Bare(status) => *status,
        }
    }
}

/// Puts a fault into words. Headers are added to it afterwards, those of the security kind included.
pub type Render = fn(&Asked<'_>, &Fault<'_>) -> HttpResponse;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_job_tells_whether_it_may_have_happened() {
        assert_eq!(Refusal::from(Refused::Full), Refusal::Overloaded { retry_after: SOON });
        assert_eq!(Refusal::from(Refused::Waited), Refusal::Overloaded { retry_after: SOON });
        assert_eq!(Refusal::from(Refused::Deadline), Refusal::OutcomeUnknown { retry_after: SOON });
    }

    #[test]
    fn every_busy_answer_says_when_to_come_back() {
        let refusal = Refusal::Unavailable { retry_after: Duration::from_millis(10) };
        let response = refusal.error_response();
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(response.headers().get(RETRY_AFTER), Some(&HeaderValue::from_static("1")));
    }
}
