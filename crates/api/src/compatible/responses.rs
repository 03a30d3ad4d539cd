//! The errors these operations have in common, for the document.

use utoipa::IntoResponses;

use crate::problem::DetailBody;

/// What every one of them may answer.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "documentation: the answers are given elsewhere")]
pub(crate) enum Common {
    /// The request cannot be understood
    #[response(status = 400)]
    BadRequest(DetailBody<'static>),
    /// There is a query parameter, or a field is wrong; `detail` says which and why
    #[response(status = 422)]
    Invalid(DetailBody<'static>),
    /// A fault of ours
    #[response(status = 500)]
    Internal(DetailBody<'static>),
    /// Too much to do, or the database is away; `Retry-After` says when to come back
    #[response(status = 503)]
    Unavailable(DetailBody<'static>),
}

/// What those may answer that read a body; they are the limited ones too.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "documentation: the answers are given elsewhere")]
pub(crate) enum WithBody {
    /// The body arrived too slowly
    #[response(status = 408)]
    TooSlow(DetailBody<'static>),
    /// The body is too large
    #[response(status = 413)]
    TooLarge(DetailBody<'static>),
    /// The body is of another media type, or compressed
    #[response(status = 415)]
    OtherMediaType(DetailBody<'static>),
    /// Too many attempts; `Retry-After` says when to come back
    #[response(status = 429)]
    TooMany(DetailBody<'static>),
}
