//! Removing a post.

use actix_web::web::{Data, Json, Path};
use actix_web::{HttpRequest, delete};
use vestibule_auth::accounts::Accounts;
use vestibule_content::{delete_post as remove, find_post};
use vestibule_domain::permission::Permission;
use vestibule_http::{Shell, client_info};

use super::{parse_path, refused};
use crate::acknowledged::Acknowledged;
use crate::caller::SignedIn;
use crate::conditional::WantedVersions;
use crate::documents::responses::{Common, WithName, WithPermission, WithVersion, WithoutQuery};
use crate::problem::Problem;
use crate::query::NoQuery;

/// Remove a post
///
/// And all that was said about it: your own, or with `posts.moderate` another person's published one. It cannot be taken back.
#[utoipa::path(
    tag = "posts",
    operation_id = "delete_post",
    security(("bearer" = [])),
    params(
        ("post" = String, Path, description = "Its number, or its name in addresses", example = "a-day-in-kerala"),
        ("If-Match" = Option<String>, Header, description = "The `ETag` of the post that was read"),
    ),
    responses(
        (status = 200, description = "The post is gone", body = Acknowledged),
        WithPermission,
        WithName,
        WithVersion,
        WithoutQuery,
        Common,
    ),
)]
#[delete("/{post}")]
pub(crate) async fn delete_post(
    SignedIn(caller): SignedIn,
    shell: Data<Shell>,
    request: HttpRequest,
    post: Path<String>,
    query: NoQuery,
) -> Result<Json<Acknowledged>, Problem> {
    query.check()?;
    let (wanted, post) = (WantedVersions::of(&request)?, parse_path(&post)?);
    let (now, client, eyes) = (shell.now(), client_info(&request), caller.clone());
    let removing = move |accounts: &Accounts| {
        let database = &accounts.database;
        let version = wanted.settle(|| find_post(database, Some(&eyes), &post).map(|found| found.version))?;
        remove(database, now, &eyes, &post, version, &client)
    };
    let removed = shell.database_write(removing).await?;
    removed.map_err(|error| refused(&request, &caller, Permission::PostsModerate, error))?;
    Ok(Json(Acknowledged::OK))
}
