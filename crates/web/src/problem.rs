//! What goes wrong on a page, and how that looks.

use std::fmt;
use std::time::Duration;

use actix_web::cookie::Cookie;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpResponse, ResponseError};
use askama::Template;
use vestibule_auth::limits::TooMany;
use vestibule_content::ContentError;
use vestibule_domain::causes;
use vestibule_http::{Asked, Fault, Refusal, Undone};
use vestibule_persistence::StoreError;

use crate::texts::{ENGLISH, ErrorTexts, Texts};
use crate::written::{Passage, Written};

/// Why a page is not shown.
#[derive(Debug)]
pub(crate) enum PageProblem {
    /// Strangers sign in first, and then go back to where they wanted to be.
    SignInFirst {
        /// Where they wanted to be.
        back: Option<String>,
        /// Their cookie that opens nothing any more, to be forgotten.
        stale: Option<Box<Cookie<'static>>>,
    },
    /// The session ended before a form was sent, whose texts the page hands back.
    SignedOut {
        /// Their cookie that opens nothing any more, to be forgotten.
        stale: Option<Box<Cookie<'static>>>,
    },
    /// Known, but refused.
    Forbidden,
    /// There is no such page, or none for this visitor.
    NotFound,
    /// The form was not made for this visitor.
    NotOurForm,
    /// What was sent is no form of ours.
    UnsupportedMediaType,
    /// What was sent makes no sense.
    BadRequest,
    /// Somebody else changed it first.
    Conflict,
    /// Too often.
    TooMany(Duration),
    /// The house refused it.
    Refused(Refusal),
    /// Something the house depends on is away.
    Unavailable(Box<dyn std::error::Error + Send + Sync>),
    /// A fault of ours; the log has it.
    Internal(Box<dyn std::error::Error + Send + Sync>),
}

impl PageProblem {
    /// A fault of ours.
    pub(crate) fn internal(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Internal(cause.into())
    }

    /// The same where there is no error to blame.
    pub(crate) fn broken(what: &'static str) -> Self {
        Self::Internal(what.into())
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::SignInFirst { .. } => StatusCode::SEE_OTHER,
            Self::SignedOut { .. } | Self::Forbidden | Self::NotOurForm => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::BadRequest => StatusCode::BAD_REQUEST,
            Self::Conflict => StatusCode::CONFLICT,
            Self::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::Refused(refusal) => refusal.status(),
            Self::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::TooMany(delay) => Some(*delay),
            Self::Refused(refusal) => refusal.retry_after(),
            Self::Unavailable(_) => Some(Duration::from_secs(1)),
            _ => None,
        }
    }
}

impl fmt::Display for PageProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "answered with {}", self.status())
    }
}

/// What the front door puts into a page; leading to another is an answer already.
impl ResponseError for PageProblem {
    fn status_code(&self) -> StatusCode {
        self.status()
    }

    fn error_response(&self) -> HttpResponse {
        match self {
            Self::SignInFirst { back, stale } => lead_to_sign_in(back.as_deref(), stale.as_deref()),
            Self::SignedOut { stale: Some(cookie) } => {
                HttpResponse::build(self.status()).cookie((**cookie).clone()).finish()
            }
            _ => HttpResponse::new(self.status()),
        }
    }
}

impl From<StoreError> for PageProblem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable { .. } => Self::Unavailable(Box::new(error)),
            error => Self::internal(error),
        }
    }
}

impl From<Refusal> for PageProblem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Panicked(_) => Self::internal(refusal),
            refusal => Self::Refused(refusal),
        }
    }
}

impl From<TooMany> for PageProblem {
    fn from(hit: TooMany) -> Self {
        Self::TooMany(hit.retry_after)
    }
}

impl From<askama::Error> for PageProblem {
    fn from(error: askama::Error) -> Self {
        Self::internal(error)
    }
}

impl From<ContentError> for PageProblem {
    fn from(error: ContentError) -> Self {
        match error {
            ContentError::NotFound => Self::NotFound,
            ContentError::Forbidden => Self::Forbidden,
            ContentError::Stale | ContentError::SlugTaken | ContentError::KeyReused => Self::Conflict,
            ContentError::Store(error) => error.into(),
        }
    }
}

impl<E> From<Undone<E>> for PageProblem
where
    Self: From<E>,
{
    fn from(undone: Undone<E>) -> Self {
        match undone {
            Undone::Refused(refusal) => refusal.into(),
            Undone::Failed(error) => error.into(),
        }
    }
}

/// A page that says what went wrong and how to go on. It knows nobody: whatever failed may be what would tell who asks.
#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage<'a> {
    texts: &'static Texts,
    words: &'static ErrorTexts,
    status: u16,
    request_id: &'a str,
    /// Whether there is a way on by signing in once more.
    is_signed_out: bool,
    /// What was written and is not kept.
    written: Vec<Passage>,
    /// For whoever works on the site, where it is set up for that.
    details: Option<String>,
}

/// Puts a fault into a page, and tells the log what a 500 or 503 does not tell people.
#[must_use]
pub fn render(asked: &Asked<'_>, fault: &Fault<'_>) -> HttpResponse {
    show(asked, fault, None)
}

/// The same, and the page says what the log says: for whoever works on the site, and no stranger.
#[must_use]
pub fn render_with_details(asked: &Asked<'_>, fault: &Fault<'_>) -> HttpResponse {
    let details = match (of_ours(fault), fault) {
        (Some(PageProblem::Internal(cause) | PageProblem::Unavailable(cause)), _) => {
            Some(causes::in_one_line(&**cause))
        }
        (_, Fault::Failed(error)) => Some(error.to_string()),
        (_, Fault::Refused(refusal)) => Some(causes::in_one_line(refusal)),
        (_, Fault::Bare(_)) => None,
    };
    show(asked, fault, details)
}

fn of_ours<'a>(fault: &Fault<'a>) -> Option<&'a PageProblem> {
    match fault {
        Fault::Failed(error) => error.as_error::<PageProblem>(),
        _ => None,
    }
}

fn show(asked: &Asked<'_>, fault: &Fault<'_>, details: Option<String>) -> HttpResponse {
    let failed = of_ours(fault);
    let status = failed.map_or_else(|| fault.status(), PageProblem::status);
    if let Some(PageProblem::Internal(cause) | PageProblem::Unavailable(cause)) = failed {
        tell(asked, status, &**cause);
    }
    let words = match failed {
        Some(PageProblem::NotOurForm) => &ENGLISH.errors.not_our_form,
        Some(PageProblem::SignedOut { .. }) => &ENGLISH.errors.signed_out,
        _ => ENGLISH.errors.of(status),
    };
    let request_id = asked.request_id.as_str();
    let is_signed_out = matches!(failed, Some(PageProblem::SignedOut { .. }));
    let written = asked.request.map(Written::of).unwrap_or_default();
    let (texts, status_code) = (&ENGLISH, status.as_u16());
    let page = ErrorPage { texts, words, status: status_code, request_id, is_signed_out, written, details };
    let mut response = HttpResponse::build(status);
    response.insert_header((header::CONTENT_SECURITY_POLICY, crate::face::POLICY));
    if let Some(delay) = failed.and_then(PageProblem::retry_after) {
        // Whole seconds, rounded up: nobody is to come back too early.
        let seconds = delay.as_secs() + u64::from(delay.subsec_nanos() > 0);
        response.insert_header((header::RETRY_AFTER, HeaderValue::from(seconds.max(1))));
    }
    response
        .content_type("text/html; charset=utf-8")
        .body(page.render().unwrap_or_else(|_| status.to_string()))
}

fn lead_to_sign_in(back: Option<&str>, stale: Option<&Cookie<'static>>) -> HttpResponse {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    let target = match back {
        Some(back) if back != "/" => format!("/login?{}", query.append_pair("redirect", back).finish()),
        _ => "/login".to_owned(),
    };
    let mut response = HttpResponse::SeeOther();
    if let Some(cookie) = stale {
        response.cookie(cookie.clone());
    }
    response.insert_header((header::LOCATION, target)).finish()
}

fn tell(asked: &Asked<'_>, status: StatusCode, cause: &dyn std::error::Error) {
    let told = causes::in_one_line(cause);
    let request_id = asked.request_id.as_str();
    if status == StatusCode::INTERNAL_SERVER_ERROR {
        tracing::error!(target: "web", request_id, path = asked.path, error = told, "request failed");
    } else {
        tracing::warn!(target: "web", request_id, path = asked.path, error = told, "request could not be served");
    }
}
