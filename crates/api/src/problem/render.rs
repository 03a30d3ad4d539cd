//! The one place that writes an error's body.

use std::borrow::Cow;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use vestibule_domain::causes;
use vestibule_http::{Asked, Fault, Refusal};

use super::{Code, DetailBody, Problem, ProblemBody};

/// There and below, errors look as clients of FastAPI expect them.
const COMPATIBLE: &str = "/auth";

/// Puts a fault into the API's form, and tells the log what a 500 or 503 does not tell the client.
#[must_use]
pub fn render(asked: &Asked<'_>, fault: &Fault<'_>) -> HttpResponse {
    match fault {
        Fault::Refused(refusal) => respond(asked, &Problem::from((*refusal).clone())),
        Fault::Failed(error) => match (error.as_error::<Problem>(), error.as_error::<Refusal>()) {
            (Some(problem), _) => respond(asked, problem),
            (None, Some(refusal)) => respond(asked, &Problem::from(refusal.clone())),
            (None, None) => respond(asked, &Problem::from(code_for(fault.status()))),
        },
        Fault::Bare(status) => respond(asked, &Problem::from(code_for(*status))),
    }
}

fn respond(asked: &Asked<'_>, problem: &Problem) -> HttpResponse {
    tell(asked, problem);
    let mut response = HttpResponse::build(problem.code.status());
    let mut response = if is_compatible(asked.path) {
        response.json(DetailBody::new(&detail(problem)))
    } else {
        response.json(ProblemBody {
            error: &problem.sentence,
            code: problem.code,
            request_id: asked.request_id.as_str(),
            fields: &problem.fields,
        })
    };
    problem.set_headers(response.headers_mut());
    response
}

fn is_compatible(path: &str) -> bool {
    path.strip_prefix(COMPATIBLE).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// All there is to say in one text: the sentence, and what is wrong with each field.
fn detail(problem: &Problem) -> Cow<'_, str> {
    if problem.fields.is_empty() {
        return Cow::Borrowed(&problem.sentence);
    }
    let fields = problem.fields.iter().map(|(name, faults)| format!("{name}: {}", faults.join(" ")));
    Cow::Owned(fields.collect::<Vec<_>>().join(" "))
}

fn tell(asked: &Asked<'_>, problem: &Problem) {
    let Some(cause) = &problem.cause else { return };
    let told = causes::in_one_line(&**cause);
    let request_id = asked.request_id.as_str();
    if problem.code.status() == StatusCode::INTERNAL_SERVER_ERROR {
        tracing::error!(target: "api", request_id, path = asked.path, error = told, "request failed");
    } else {
        tracing::warn!(target: "api", request_id, path = asked.path, error = told, "request could not be served");
    }
}

/// For what actix answers by itself.
fn code_for(status: StatusCode) -> Code {
    match status {
        StatusCode::NOT_FOUND => Code::NotFound,
        StatusCode::METHOD_NOT_ALLOWED => Code::MethodNotAllowed,
        StatusCode::PAYLOAD_TOO_LARGE => Code::BodyTooLarge,
        StatusCode::UNSUPPORTED_MEDIA_TYPE => Code::UnsupportedMediaType,
        StatusCode::REQUEST_TIMEOUT => Code::RequestTimeout,
        StatusCode::SERVICE_UNAVAILABLE => Code::Unavailable,
        StatusCode::FORBIDDEN => Code::Forbidden,
        StatusCode::TOO_MANY_REQUESTS => Code::TooManyRequests,
        status if status.is_server_error() => Code::Internal,
        _ => Code::BadRequest,
    }
}
