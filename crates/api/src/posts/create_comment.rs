//! Saying something about a post.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, post};
use vestibule_auth::accounts::Accounts;
use vestibule_content::add_comment;
use vestibule_http::{Shell, conduct};

use super::parse_path;
use crate::body::UnreadJson;
use crate::caller::{Can, CommentsWrite};
use crate::comments::{CommentBody, CommentView};
use crate::conditional::submission_key;
use crate::documents::responses::{Common, WithBody, WithLimit, WithName, WithPermission};
use crate::face::Face;
use crate::lists::OneOf;
use crate::problem::Problem;

/// Say something about a post
///
/// With an `Idempotency-Key` it is said once, however often it is sent within a day: the same key and body again answer the comment
/// the first attempt made, as it is now.
#[utoipa::path(
    tag = "posts",
    operation_id = "create_comment",
    security(("bearer" = [])),
    params(
        ("post" = String, Path, description = "Its number, or its name in addresses", example = "a-day-in-kerala"),
        ("Idempotency-Key" = Option<String>, Header, min_length = 1, max_length = 128, pattern = "^[!-~]+$", description = "What you call this attempt, such as a UUID: 1 to 128 \
            visible ASCII characters"),
    ),
    request_body = CommentBody,
    responses(
        (status = 201, description = "The comment, made now or by an earlier attempt with the same key; `ETag` names its version",
            body = OneOf<CommentView>),
        WithPermission,
        WithName,
        WithBody,
        WithLimit,
        Common,
    ),
)]
#[post("/{post}/comments")]
pub(crate) async fn create_comment(
    may: Can<CommentsWrite>,
    shell: Data<Shell>,
    face: Data<Face>,
    request: HttpRequest,
    post: Path<String>,
    body: UnreadJson<CommentBody>,
) -> Result<HttpResponse, Problem> {
    conduct::admit_writing(&shell, &request, &may.caller).await?;
    let key = submission_key(&request)?;
    let content = body.read().await?.parse()?;
    let (now, post) = (shell.now(), parse_path(&post)?);
    let adding = move |accounts: &Accounts| {
        add_comment(&accounts.database, now, &may.caller, &post, &content, key.as_ref())
    };
    let comment = shell.database_write(adding).await??.into_inner();
    Ok(CommentView::answer(&face, StatusCode::CREATED, &comment))
}
