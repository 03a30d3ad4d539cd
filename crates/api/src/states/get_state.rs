//! One guide.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, get};
use vestibule_auth::accounts::Accounts;
use vestibule_content::find_state;
use vestibule_http::Shell;

use super::parse_path;
use super::state_view::StateView;
use crate::caller::Anyone;
use crate::conditional::{fresh, version_tag};
use crate::documents::responses::{Common, WithName, WithoutQuery};
use crate::lists::OneOf;
use crate::problem::Problem;
use crate::query::NoQuery;

/// A state or union territory
#[utoipa::path(
    tag = "states",
    operation_id = "get_state",
    params(("state" = String, Path, description = "Its code in upper or lower case, or its name in addresses", example = "kerala")),
    responses(
        (status = 200, description = "The guide; `ETag` names its version", body = OneOf<StateView>),
        (status = 304, description = "It is what the caller has already (`If-None-Match`)"),
        WithName,
        WithoutQuery,
        Common,
    ),
)]
#[get("/{state}")]
pub(crate) async fn get_state(
    _: Anyone,
    shell: Data<Shell>,
    request: HttpRequest,
    state: Path<String>,
    query: NoQuery,
) -> Result<HttpResponse, Problem> {
    query.check()?;
    let state = parse_path(&state)?;
    let guide = shell.database(move |accounts: &Accounts| find_state(&accounts.database, &state)).await??;
    fresh(&request, &version_tag(guide.version), &OneOf::new(StateView::from(guide)))
}
