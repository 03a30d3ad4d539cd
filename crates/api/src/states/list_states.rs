//! Finding guides.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get};
use serde::Deserialize;
use utoipa::IntoParams;
use vestibule_auth::accounts::Accounts;
use vestibule_content::{StateFilter, StatePosition, list_state_page};
use vestibule_domain::guide::GuideLine;
use vestibule_http::Shell;

use super::state_view::{StateView, kind_schema};
use crate::caller::Anyone;
use crate::conditional::fresh_by_digest;
use crate::documents::responses::{Common, WithQuery};
use crate::face::Face;
use crate::fields::FieldFaults;
use crate::lists::{ListOf, Paging};
use crate::problem::Problem;
use crate::query::UnreadQuery;

/// Which guides; all conditions hold together.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListStatesQuery {
    /// In whose code, name, capital, region, languages, summary or highlights this stands, in upper or lower case, with or without
    /// accents.
    #[param(min_length = 1, max_length = 100)]
    q: Option<String>,
    /// States or union territories.
    #[param(schema_with = kind_schema)]
    kind: Option<String>,
    /// In this part of the country, in upper or lower case.
    #[param(min_length = 1, max_length = 100, example = "South")]
    region: Option<String>,
    /// How many entries.
    #[param(value_type = Option<u8>, minimum = 1, maximum = 100, default = 20)]
    page_size: Option<String>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// The states and union territories
///
/// All thirty-six, by name.
#[utoipa::path(
    tag = "states",
    operation_id = "list_states",
    params(ListStatesQuery),
    responses(
        (status = 200, description = "The guides; `ETag` names this answer", body = ListOf<StateView>),
        (status = 304, description = "It is what the caller has already (`If-None-Match`)"),
        WithQuery,
        Common,
    ),
)]
#[get("")]
pub(crate) async fn list_states(
    _: Anyone,
    shell: Data<Shell>,
    face: Data<Face>,
    request: HttpRequest,
    query: UnreadQuery<ListStatesQuery>,
) -> Result<HttpResponse, Problem> {
    let (query, mut faults) = (query.read()?, FieldFaults::default());
    let (page_size, cursor) = (query.page_size.as_deref(), query.cursor.as_deref());
    let paging = Paging::<StatePosition>::parse(&mut faults, "states", &face.cursors, page_size, cursor);
    let filter = parse(&mut faults, &query);
    let Some((paging, filter)) = paging.zip(filter) else { return Err(faults.into_problem()) };
    let (after, size) = (paging.before.clone(), paging.size);
    let listing =
        move |accounts: &Accounts| list_state_page(&accounts.database, &filter, after.as_ref(), size);
    let page = shell.database(listing).await??;
    fresh_by_digest(&request, &paging.present(page, StatePosition::of, StateView::from))
}

fn parse(faults: &mut FieldFaults, query: &ListStatesQuery) -> Option<StateFilter> {
    let search = faults.take_given("q", query.q.as_deref().map(str::parse));
    let kind = faults.take_given("kind", query.kind.as_deref().map(str::parse));
    let region = faults.take_given("region", query.region.as_deref().map(str::parse::<GuideLine>));
    Some(StateFilter { search: search?, kind: kind?, region: region? })
}
