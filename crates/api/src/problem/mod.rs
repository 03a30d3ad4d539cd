//! Where HTTP errors are born: the one form every error of the API has.

mod code;
mod content;
mod render;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::{HttpResponse, ResponseError};
use serde::Serialize;
use utoipa::ToSchema;
use vestibule_auth::keys::KeyError;
use vestibule_http::{Refusal, Undone};
use vestibule_media::StoreFailure;
use vestibule_persistence::StoreError;

use crate::caller::challenge;

pub use code::Code;
pub use render::render;

/// Wrong values by field: each with one or more sentences.
pub(crate) type Fields = BTreeMap<Cow<'static, str>, Vec<String>>;

/// An error on its way to the client.
#[derive(Debug)]
pub struct Problem {
    code: Code,
    sentence: Cow<'static, str>,
    fields: Fields,
    headers: Vec<(HeaderName, HeaderValue)>,
    cause: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// An error as clients read it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem, example = json!({
    "error": "Some fields need another look.", "code": "invalid_fields",
    "request_id": "7c9b1f7ad3c64c0f8f6f3a1f9f3f7b52", "fields": { "password": ["This field is required."] },
}))]
pub(crate) struct ProblemBody<'a> {
    /// A sentence for people.
    #[schema(example = "Some fields need another look.")]
    error: &'a str,
    /// A word for programs.
    code: Code,
    /// What this request is called in the server's log.
    #[schema(example = "7c9b1f7ad3c64c0f8f6f3a1f9f3f7b52")]
    request_id: &'a str,
    /// Which fields are wrong, and why; only where fields are at fault.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[schema(value_type = std::collections::BTreeMap<String, Vec<String>>, required = false)]
    fields: &'a Fields,
}

/// The same below `/auth/`, as clients of FastAPI expect it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Detail)]
pub(crate) struct DetailBody<'a> {
    /// What is wrong, for people.
    #[schema(example = "The name or the password is wrong.")]
    detail: &'a str,
}

impl<'a> DetailBody<'a> {
    /// `detail` is all there is to say.
    pub(crate) fn new(detail: &'a str) -> Self {
        Self { detail }
    }
}

impl From<Code> for Problem {
    fn from(code: Code) -> Self {
        let headers = match code.status() {
            StatusCode::SERVICE_UNAVAILABLE => vec![(header::RETRY_AFTER, HeaderValue::from_static("1"))],
            // Every 401 names a scheme (RFC 9110, 15.5.2), that of a sign-in too.
            StatusCode::UNAUTHORIZED => {
                vec![(header::WWW_AUTHENTICATE, HeaderValue::from_static(r#"Bearer realm="vestibule""#))]
            }
            _ => Vec::new(),
        };
        Self { code, sentence: Cow::Borrowed(code.sentence()), fields: Fields::new(), headers, cause: None }
    }
}

impl Problem {
    /// Says `sentence` in the place of the code's own.
    #[must_use]
    pub fn saying(mut self, sentence: impl Into<Cow<'static, str>>) -> Self {
        self.sentence = sentence.into();
        self
    }

    /// These fields are wrong.
    #[must_use]
    pub fn invalid(fields: Fields) -> Self {
        Self { fields, ..Code::InvalidFields.into() }
    }

    /// The field `name` is wrong, for the reason `sentence` gives.
    #[must_use]
    pub fn invalid_field(name: impl Into<Cow<'static, str>>, sentence: impl Into<String>) -> Self {
        Self::invalid(Fields::from([(name.into(), vec![sentence.into()])]))
    }

    /// With the field `name` at fault, for the reason `sentence` gives.
    #[must_use]
    pub fn at(mut self, name: impl Into<Cow<'static, str>>, sentence: impl Into<String>) -> Self {
        self.fields.entry(name.into()).or_default().push(sentence.into());
        self
    }

    /// A fault of ours: the client learns nothing, the log everything.
    #[must_use]
    pub fn internal(cause: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self { cause: Some(Box::new(cause)), ..Code::Internal.into() }
    }

    /// With one header more.
    #[must_use]
    pub fn with(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// What went wrong.
    #[must_use]
    pub fn code(&self) -> Code {
        self.code
    }

    fn retry_after(self, delay: Duration) -> Self {
        let mut problem = self;
        problem.headers.retain(|(name, _)| *name != header::RETRY_AFTER);
        problem.with(header::RETRY_AFTER, HeaderValue::from(delay.as_secs().max(1)))
    }

    fn set_headers(&self, headers: &mut HeaderMap) {
        for (name, value) in &self.headers {
            headers.insert(name.clone(), value.clone());
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code.as_str())
    }
}

impl std::error::Error for Problem {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.cause.as_ref().map(|cause| &**cause as _)
    }
}

/// The body is written by [`render`], which knows the request's id.
impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.code.status()
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::new(self.code.status());
        self.set_headers(response.headers_mut());
        response
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(_) => Self { cause: Some(Box::new(error)), ..Code::Unavailable.into() },
            StoreError::OutcomeUnknown => {
                Self { cause: Some(Box::new(error)), ..Code::OutcomeUnknown.into() }
            }
            // The caller's own account is gone, deleted while they asked: their token opens nothing any more. What else is
            // not there is answered where it is looked for.
            StoreError::Missing => Self { cause: Some(Box::new(error)), ..challenge(Code::InvalidToken) },
            error => Self::internal(error),
        }
    }
}

impl From<StoreFailure> for Problem {
    fn from(error: StoreFailure) -> Self {
        match error {
            StoreFailure::Unavailable(_) => Self { cause: Some(Box::new(error)), ..Code::Unavailable.into() },
            error @ StoreFailure::Settings(_) => Self::internal(error),
        }
    }
}

impl From<KeyError> for Problem {
    fn from(error: KeyError) -> Self {
        match error {
            KeyError::Store(error) => error.into(),
            error => Self::internal(error),
        }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let code = match &refusal {
            Refusal::HostNotAllowed => Code::HostNotAllowed,
            Refusal::OriginNotAllowed => Code::OriginNotAllowed,
            Refusal::MethodNotAllowed => Code::MethodNotAllowed,
            Refusal::RepeatedHeader(_) => Code::BadRequest,
            Refusal::BodyTooLarge { .. } => Code::BodyTooLarge,
            Refusal::BodyTooSlow => Code::RequestTimeout,
            Refusal::BodyEncoded => Code::UnsupportedMediaType,
            Refusal::TooManyUploads { .. } => Code::TooManyRequests,
            Refusal::TooManyConnections | Refusal::Overloaded { .. } => Code::Overloaded,
            Refusal::OutcomeUnknown { .. } => Code::OutcomeUnknown,
            Refusal::Unavailable { .. } => Code::Unavailable,
            Refusal::Panicked(_) => return Self::internal(refusal),
        };
        let problem = Self::from(code);
        match (&refusal, refusal.retry_after()) {
            (Refusal::TooManyUploads { .. }, Some(delay)) => {
                problem.saying(sentence(&refusal.to_string())).retry_after(delay)
            }
            (_, Some(delay)) => problem.retry_after(delay),
            (Refusal::RepeatedHeader(_) | Refusal::BodyTooLarge { .. } | Refusal::BodyEncoded, None) => {
                problem.saying(sentence(&refusal.to_string()))
            }
            _ => problem,
        }
    }
}

impl<E> From<Undone<E>> for Problem
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

/// A fragment as a sentence.
pub(crate) fn sentence(fragment: &str) -> String {
    let mut letters = fragment.chars();
    let first = letters.next().map(|first| first.to_uppercase().collect::<String>()).unwrap_or_default();
    let end = if fragment.ends_with(['.', '?', '!']) { "" } else { "." };
    format!("{first}{}{end}", letters.as_str())
}
