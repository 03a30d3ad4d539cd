//! Writing a post.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, post};
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;
use vestibule_auth::accounts::Accounts;
use vestibule_content::{PostDraft, write_post};
use vestibule_domain::post::PostStatus;
use vestibule_http::{Shell, conduct};

use super::first_status_schema;
use super::post_view::{PostView, show};
use crate::body::UnreadJson;
use crate::caller::{Can, PostsWrite};
use crate::conditional::submission_key;
use crate::documents::responses::{Common, WithBody, WithLimit, WithPermission};
use crate::face::Face;
use crate::fields::FieldFaults;
use crate::lists::OneOf;
use crate::problem::Problem;

/// A post to be kept.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "title": "A day in Kerala", "content": "It *rained*.", "status": "published" }))]
pub(crate) struct CreatePostBody {
    /// What it is called, on one line. Its name in addresses is made of it.
    #[schema(min_length = 1, max_length = 200)]
    title: String,
    /// What it says, in Markdown: `CommonMark` with tables, strike-through, footnotes and addresses as they are. At most 64 KiB of
    /// UTF-8.
    #[schema(min_length = 1, max_length = 65536)]
    content: String,
    /// `draft` for your eyes alone, which is what it is where nothing is said, or `published` for everybody's.
    #[schema(schema_with = first_status_schema)]
    status: Option<String>,
}

/// Write a post
///
/// With an `Idempotency-Key` it is made once, however often it is sent within a day: the same key and body again answer the post
/// the first attempt made, as it is now.
#[utoipa::path(
    tag = "posts",
    operation_id = "create_post",
    security(("bearer" = [])),
    params(("Idempotency-Key" = Option<String>, Header, min_length = 1, max_length = 128, pattern = "^[!-~]+$", description = "What you call this attempt, such as a UUID: 1 to 128 \
        visible ASCII characters")),
    request_body = CreatePostBody,
    responses(
        (status = 201, description = "The post, made now or by an earlier attempt with the same key; `ETag` names its version",
            body = OneOf<PostView>),
        (status = 404, description = "The post of an earlier attempt with the same key was removed meanwhile",
            body = crate::problem::ProblemBody<'static>),
        WithPermission,
        WithBody,
        WithLimit,
        Common,
    ),
)]
#[post("")]
pub(crate) async fn create_post(
    may: Can<PostsWrite>,
    shell: Data<Shell>,
    face: Data<Face>,
    request: HttpRequest,
    body: UnreadJson<CreatePostBody>,
) -> Result<HttpResponse, Problem> {
    conduct::admit_writing(&shell, &request, &may.caller).await?;
    let key = submission_key(&request)?;
    let draft = parse(&body.read().await?)?;
    let now = shell.now();
    let writing =
        move |accounts: &Accounts| write_post(&accounts.database, now, &may.caller, &draft, key.as_ref());
    let post = shell.database_write(writing).await??.into_inner();
    show(&shell, &face, StatusCode::CREATED, post).await
}

fn parse(body: &CreatePostBody) -> Result<PostDraft, Problem> {
    let mut faults = FieldFaults::default();
    let title = faults.take("title", body.title.parse());
    let content = faults.take("content", body.content.parse());
    let status = faults.take_given("status", body.status.as_deref().map(str::parse));
    match (title, content, status) {
        (Some(title), Some(content), Some(status)) => {
            Ok(PostDraft { title, content, status: status.unwrap_or(PostStatus::Draft) })
        }
        _ => Err(faults.into_problem()),
    }
}
