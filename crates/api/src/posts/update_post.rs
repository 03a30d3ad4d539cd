//! Changing a post.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, patch};
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;
use vestibule_auth::accounts::Accounts;
use vestibule_content::{PostEdit, edit_post, ensure_may_edit_post, find_post};
use vestibule_domain::permission::Permission;
use vestibule_http::{Shell, client_info, conduct};

use super::post_view::{PostView, show};
use super::{heard, parse_path, refused, status_schema};
use crate::body::{UnreadJson, given};
use crate::caller::SignedIn;
use crate::conditional::WantedVersions;
use crate::documents::responses::{Common, WithBody, WithLimit, WithName, WithPermission, WithVersion};
use crate::face::Face;
use crate::fields::FieldFaults;
use crate::lists::OneOf;
use crate::problem::Problem;

/// What is to change; an absent field stays.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "title": "Two days in Kerala", "status": "published" }))]
pub(crate) struct UpdatePostBody {
    /// What it is called. Its name in addresses stays.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, nullable = false, min_length = 1, max_length = 200)]
    title: Option<Option<String>>,
    /// What it says, in Markdown.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, nullable = false, min_length = 1, max_length = 65536)]
    content: Option<Option<String>>,
    /// Who can read it. A draft that is published has its date from then on, and one that goes back to being a draft loses it.
    #[serde(default, deserialize_with = "given")]
    #[schema(schema_with = status_schema, required = false)]
    status: Option<Option<String>>,
}

/// Change a post
///
/// Your own, where you may write posts, or with `posts.moderate` another person's published one, which the audit trail then has. With
/// `If-Match` it is only changed where it still is of that version, so that nobody's words are lost.
#[utoipa::path(
    tag = "posts",
    operation_id = "update_post",
    security(("bearer" = [])),
    params(
        ("post" = String, Path, description = "Its number, or its name in addresses", example = "a-day-in-kerala"),
        ("If-Match" = Option<String>, Header, description = "The `ETag` of the post that was read"),
    ),
    request_body = UpdatePostBody,
    responses(
        (status = 200, description = "The post as it is now; `ETag` names its version", body = OneOf<PostView>),
        WithPermission,
        WithName,
        WithVersion,
        WithBody,
        WithLimit,
        Common,
    ),
)]
#[patch("/{post}")]
pub(crate) async fn update_post(
    SignedIn(caller): SignedIn,
    shell: Data<Shell>,
    face: Data<Face>,
    request: HttpRequest,
    post: Path<String>,
    body: UnreadJson<UpdatePostBody>,
) -> Result<HttpResponse, Problem> {
    conduct::admit_writing(&shell, &request, &caller).await?;
    let post = parse_path(&post)?;
    let asked = async { Ok((WantedVersions::of(&request)?, parse(body.read().await?)?)) }.await;
    let (editor, named) = (caller.clone(), post.clone());
    let ensure_may = move |database: &_| ensure_may_edit_post(database, &editor, &named);
    let heard = heard(asked, &shell, &request, &caller, Permission::PostsModerate, ensure_may);
    let (wanted, edit) = heard.await?;
    let (now, client, editor) = (shell.now(), client_info(&request), caller.clone());
    let editing = move |accounts: &Accounts| {
        let database = &accounts.database;
        let version =
            wanted.settle(|| find_post(database, Some(&editor), &post).map(|found| found.version))?;
        edit_post(database, now, &editor, &post, &edit, version, &client)
    };
    let edited = shell.database_write(editing).await?;
    let post = edited.map_err(|error| refused(&request, &caller, Permission::PostsModerate, error))?;
    show(&shell, &face, StatusCode::OK, post).await
}

fn parse(body: UpdatePostBody) -> Result<PostEdit, Problem> {
    let mut faults = FieldFaults::default();
    for (name, is_null) in [
        ("title", body.title == Some(None)),
        ("content", body.content == Some(None)),
        ("status", body.status == Some(None)),
    ] {
        if is_null {
            faults.note(name, "This cannot be left empty.");
        }
    }
    let title = faults.take_change("title", body.title, |title| title.parse());
    let content = faults.take_change("content", body.content, |content| content.parse());
    let status = faults.take_change("status", body.status, |status| status.parse());
    faults.or(PostEdit { title: title.flatten(), content: content.flatten(), status: status.flatten() })
}
