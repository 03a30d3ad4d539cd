//! The errors operations have in common, for the document.

use utoipa::IntoResponses;

use crate::problem::ProblemBody;

/// What the front door answers before any handler is asked.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "documentation: the answers are given elsewhere")]
pub(crate) enum Protocol {
    /// The request cannot be understood
    #[response(status = 400)]
    BadRequest(ProblemBody<'static>),
    /// A fault of ours
    #[response(status = 500)]
    Internal(ProblemBody<'static>),
}

/// What every operation that asks the core may answer.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "documentation: the answers are given elsewhere")]
pub(crate) enum Common {
    /// The request cannot be understood
    #[response(status = 400)]
    BadRequest(ProblemBody<'static>),
    /// A fault of ours
    #[response(status = 500)]
    Internal(ProblemBody<'static>),
    /// Too much to do, or the database is away; `Retry-After` says when to come back
    #[response(status = 503)]
    Unavailable(ProblemBody<'static>),
}

/// What operations that read a body may answer.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "documentation: the answers are given elsewhere")]
pub(crate) enum WithBody {
    /// The body arrived too slowly
    #[response(status = 408)]
    TooSlow(ProblemBody<'static>),
    /// The body is too large
    #[response(status = 413)]
    TooLarge(ProblemBody<'static>),
    /// The body is of another media type, or compressed
    #[response(status = 415)]
    NotJson(ProblemBody<'static>),
    /// A field is wrong, or there is a query parameter; `fields` says which and why
    #[response(status = 422)]
    Invalid(ProblemBody<'static>),
}

/// What operations may answer that read no body and take no query either.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "documentation: the answers are given elsewhere")]
pub(crate) enum WithoutQuery {
    /// There is a query parameter, and none is taken; `fields` names it
    #[response(status = 422)]
    Invalid(ProblemBody<'static>),
}

/// What operations that need a token may answer.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "documentation: the answers are given elsewhere")]
pub(crate) enum WithToken {
    /// There is no token, or it is unknown, expired or ended
    #[response(status = 401)]
    Unauthorized(ProblemBody<'static>),
}

/// What operations may answer that need a permission.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "documentation: the answers are given elsewhere")]
pub(crate) enum WithPermission {
    /// There is no token, or it is unknown, expired or ended
    #[response(status = 401)]
    Unauthorized(ProblemBody<'static>),
    /// The caller's roles do not allow it
    #[response(status = 403)]
    Forbidden(ProblemBody<'static>),
}

/// What operations may answer that are limited.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "documentation: the answers are given elsewhere")]
pub(crate) enum WithLimit {
    /// Too many attempts; `Retry-After` says when to come back, `RateLimit-Policy` and `RateLimit` which limit it was
    #[response(status = 429)]
    TooMany(ProblemBody<'static>),
}

/// What operations may answer that take a query.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "documentation: the answers are given elsewhere")]
pub(crate) enum WithQuery {
    /// A query parameter is wrong, unknown or given twice; `fields` says which and why
    #[response(status = 422)]
    Invalid(ProblemBody<'static>),
}

/// What operations may answer that change somebody else's account or a role.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "documentation: the answers are given elsewhere")]
pub(crate) enum WithConflict {
    /// A name or an address is taken, it is the last admin, or it cannot be changed; `code` says which
    #[response(status = 409)]
    Conflict(ProblemBody<'static>),
}

/// What operations may answer that change what has a version.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "documentation: the answers are given elsewhere")]
pub(crate) enum WithVersion {
    /// It is not of the version in `If-Match` any more
    #[response(status = 412)]
    Stale(ProblemBody<'static>),
}

/// What operations may answer that name one thing in their path.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "documentation: the answers are given elsewhere")]
pub(crate) enum WithName {
    /// There is no such thing, or it is somebody else's
    #[response(status = 404)]
    NotFound(ProblemBody<'static>),
}
