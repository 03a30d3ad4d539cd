//! A comment as clients see it, and as they send it.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::ETAG;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;
use vestibule_domain::comment::CommentContent;
use vestibule_persistence::comments::Comment;

use crate::accounts::Instant;
use crate::conditional::version_tag;
use crate::face::Face;
use crate::fields::FieldFaults;
use crate::lists::OneOf;
use crate::posts::AuthorView;
use crate::problem::Problem;

/// What is said.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "content": "Well said." }))]
pub(crate) struct CommentBody {
    /// What it says, as plain text.
    #[schema(min_length = 1, max_length = 10000)]
    content: String,
}

impl CommentBody {
    /// What it says.
    pub(crate) fn parse(&self) -> Result<CommentContent, Problem> {
        let mut faults = FieldFaults::default();
        faults.take("content", self.content.parse()).ok_or_else(|| faults.into_problem())
    }
}

/// A comment.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Comment)]
pub(crate) struct CommentView {
    /// Its number.
    #[schema(minimum = 1, example = 1)]
    id: i64,
    /// The number of the post it is about.
    #[schema(minimum = 1, example = 1)]
    post_id: i64,
    /// What it says: plain text, which whoever shows it has to escape.
    #[schema(example = "Well said.")]
    content: String,
    /// Who wrote it; `null` where the account is gone.
    #[schema(required)]
    author: Option<AuthorView>,
    /// When it was written.
    #[schema(format = DateTime)]
    created_at: Instant,
    /// When it last changed.
    #[schema(format = DateTime)]
    updated_at: Instant,
}

impl CommentView {
    /// `comment`, whose author's picture is where `face` is reached.
    pub(crate) fn new(face: &Face, comment: &Comment) -> Self {
        Self {
            id: comment.id.get(),
            post_id: comment.post_id.get(),
            content: comment.content.as_str().to_owned(),
            author: comment.author.as_ref().map(|author| AuthorView::new(face, author)),
            created_at: Instant(comment.created_at),
            updated_at: Instant(comment.updated_at),
        }
    }

    /// The answer of `status` that shows one comment, with its version as its tag.
    pub(crate) fn answer(face: &Face, status: StatusCode, comment: &Comment) -> HttpResponse {
        let tag = version_tag(comment.version);
        HttpResponse::build(status).insert_header((ETAG, tag)).json(OneOf::new(Self::new(face, comment)))
    }
}
