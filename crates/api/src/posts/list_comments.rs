//! What was said about a post.

use actix_web::get;
use actix_web::web::{Data, Json, Path};
use serde::Deserialize;
use utoipa::IntoParams;
use vestibule_auth::accounts::Accounts;
use vestibule_content::list_comments as list;
use vestibule_domain::id::CommentId;
use vestibule_http::Shell;

use super::parse_path;
use crate::caller::MaybeSignedIn;
use crate::comments::CommentView;
use crate::documents::responses::{Common, WithName, WithQuery, WithToken};
use crate::face::Face;
use crate::fields::FieldFaults;
use crate::lists::{ListOf, Paging};
use crate::problem::Problem;
use crate::query::UnreadQuery;

/// Which comments.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListCommentsQuery {
    /// How many entries.
    #[param(value_type = Option<u8>, minimum = 1, maximum = 100, default = 20)]
    page_size: Option<String>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// What was said about a post
///
/// Oldest first, for whoever can read the post.
#[utoipa::path(
    tag = "posts",
    operation_id = "list_comments",
    security((), ("bearer" = [])),
    params(
        ("post" = String, Path, description = "Its number, or its name in addresses", example = "a-day-in-kerala"),
        ListCommentsQuery,
    ),
    responses(
        (status = 200, description = "The comments", body = ListOf<CommentView>),
        WithToken,
        WithName,
        WithQuery,
        Common,
    ),
)]
#[get("/{post}/comments")]
pub(crate) async fn list_comments(
    MaybeSignedIn(viewer): MaybeSignedIn,
    shell: Data<Shell>,
    face: Data<Face>,
    post: Path<String>,
    query: UnreadQuery<ListCommentsQuery>,
) -> Result<Json<ListOf<CommentView>>, Problem> {
    let (query, mut faults) = (query.read()?, FieldFaults::default());
    let (page_size, cursor) = (query.page_size.as_deref(), query.cursor.as_deref());
    let paging = Paging::<i64>::parse(&mut faults, "comments", &face.cursors, page_size, cursor);
    let Some(paging) = paging else { return Err(faults.into_problem()) };
    let (after, size) = (paging.before.map(parse_place).transpose()?, paging.size);
    let post = parse_path(&post)?;
    let listing = move |accounts: &Accounts| list(&accounts.database, viewer.as_deref(), &post, after, size);
    let page = shell.database(listing).await??.page;
    let show = |comment| CommentView::new(&face, &comment);
    Ok(Json(paging.present(page, |comment| comment.id.get(), show)))
}

fn parse_place(id: i64) -> Result<CommentId, Problem> {
    id.try_into().map_err(|_| Problem::invalid_field("cursor", "This is no cursor of this list."))
}
