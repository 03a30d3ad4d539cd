//! Posts, page by page.

use actix_web::get;
use actix_web::web::{Data, Json};
use serde::Deserialize;
use utoipa::IntoParams;
use vestibule_auth::accounts::Accounts;
use vestibule_content::list_posts as list;
use vestibule_domain::id::UserId;
use vestibule_http::Shell;
use vestibule_persistence::posts::{PostFilter, PostPosition};

use super::post_view::{PostView, show_page};
use super::status_schema;
use crate::caller::MaybeSignedIn;
use crate::documents::responses::{Common, WithQuery, WithToken};
use crate::face::Face;
use crate::fields::FieldFaults;
use crate::lists::{ListOf, Paging};
use crate::path_number::parse_number;
use crate::problem::Problem;
use crate::query::UnreadQuery;

/// Which posts; all conditions hold together.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListPostsQuery {
    /// What everybody can read, or your own drafts.
    #[param(schema_with = status_schema)]
    status: Option<String>,
    /// Written by this account.
    #[param(value_type = Option<i64>, minimum = 1)]
    author: Option<String>,
    /// How many entries.
    #[param(value_type = Option<u8>, minimum = 1, maximum = 100, default = 20)]
    page_size: Option<String>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Posts
///
/// Newest first: by when they were published, a draft by when it was begun. Without `status` these are the published ones and, for
/// whoever is signed in, their own drafts. Nobody sees a draft of somebody else, nor is it counted. A page ends early where its
/// posts are very long, with `next_cursor` as ever.
#[utoipa::path(
    tag = "posts",
    operation_id = "list_posts",
    security((), ("bearer" = [])),
    params(ListPostsQuery),
    responses(
        (status = 200, description = "The posts", body = ListOf<PostView>),
        WithToken,
        WithQuery,
        Common,
    ),
)]
#[get("")]
pub(crate) async fn list_posts(
    MaybeSignedIn(viewer): MaybeSignedIn,
    shell: Data<Shell>,
    face: Data<Face>,
    query: UnreadQuery<ListPostsQuery>,
) -> Result<Json<ListOf<PostView>>, Problem> {
    let (query, mut faults) = (query.read()?, FieldFaults::default());
    let (page_size, cursor) = (query.page_size.as_deref(), query.cursor.as_deref());
    let paging = Paging::<PostPosition>::parse(&mut faults, "posts", &face.cursors, page_size, cursor);
    let status = faults.take_given("status", query.status.as_deref().map(str::parse));
    let author = faults.take_given("author", query.author.as_deref().map(parse_author));
    let (Some(paging), Some(status), Some(author)) = (paging, status, author) else {
        return Err(faults.into_problem());
    };
    let (filter, after, size) = (PostFilter { status, author }, paging.before, paging.size);
    let listing =
        move |accounts: &Accounts| list(&accounts.database, viewer.as_deref(), &filter, after.as_ref(), size);
    let page = show_page(&shell, shell.database(listing).await??).await?;
    Ok(Json(paging.present(
        page,
        |(post, _)| PostPosition::of(post),
        |(post, html)| PostView::new(&face, &post, &html),
    )))
}

fn parse_author(text: &str) -> Result<UserId, &'static str> {
    let number = parse_number(text).and_then(|number| UserId::try_from(number).ok());
    number.ok_or("is no account's number")
}
