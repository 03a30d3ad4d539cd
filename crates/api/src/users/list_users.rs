//! Finding accounts.

use actix_web::web::Data;
use actix_web::{HttpResponse, get};
use serde::Deserialize;
use utoipa::IntoParams;
use vestibule_auth::accounts::Accounts;
use vestibule_domain::page::Page;
use vestibule_domain::role::RoleName;
use vestibule_http::Shell;
use vestibule_persistence::user_list::{UserFilter, UserPosition, list};

use super::user_order::{self, NamedOrder};
use crate::accounts::UserView;
use crate::caller::{Can, UsersRead};
use crate::documents::responses::{Common, WithPermission, WithQuery};
use crate::face::Face;
use crate::fields::FieldFaults;
use crate::lists::{ListOf, Paging};
use crate::problem::Problem;
use crate::query::UnreadQuery;

/// Which accounts; all conditions hold together.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListUsersQuery {
    /// Whose username, address or name has this in it, in whatever case or Unicode form; of one or two characters, begins
    /// with it.
    #[param(min_length = 1, max_length = 100, example = "jo")]
    q: Option<String>,
    /// Who hold this role.
    #[param(min_length = 1, max_length = 64, pattern = "^[a-z][a-z0-9_-]*$", example = "editor")]
    role: Option<String>,
    /// Who may sign in, or who may not.
    #[param(value_type = Option<bool>)]
    is_active: Option<String>,
    /// In which order; accounts without such a value come last.
    #[param(schema_with = user_order::schema)]
    sort: Option<String>,
    /// How many entries.
    #[param(value_type = Option<u8>, minimum = 1, maximum = 100, default = 20)]
    page_size: Option<String>,
    /// The `next_cursor` of the page before, in the same order.
    cursor: Option<String>,
}

/// Accounts
///
/// Found by parts of their names, filtered, and sorted by one of a few columns; the newest first unless said otherwise. A page
/// costs the same wherever it lies.
#[utoipa::path(
    tag = "users",
    operation_id = "list_users",
    security(("bearer" = [])),
    params(ListUsersQuery),
    responses(
        (status = 200, description = "The accounts", body = ListOf<UserView<'static>>),
        WithPermission,
        WithQuery,
        Common,
    ),
)]
#[get("")]
pub(crate) async fn list_users(
    _: Can<UsersRead>,
    shell: Data<Shell>,
    face: Data<Face>,
    query: UnreadQuery<ListUsersQuery>,
) -> Result<HttpResponse, Problem> {
    let (query, mut faults) = (query.read()?, FieldFaults::default());
    let (page_size, cursor) = (query.page_size.as_deref(), query.cursor.as_deref());
    let filter = parse(&mut faults, &query);
    let sort = faults.take_given("sort", query.sort.as_deref().map(user_order::parse));
    // Where the order is no order its cursor cannot be judged, and is not complained of.
    let Some(NamedOrder { order, list: name }) = sort.map(Option::unwrap_or_default) else {
        return Err(faults.into_problem());
    };
    let paging = Paging::parse(&mut faults, name, &face.cursors, page_size, cursor);
    let Some((filter, paging)) = filter.zip(paging) else { return Err(faults.into_problem()) };
    let (after, size) = (paging.before.clone(), paging.size);
    let listing = move |accounts: &Accounts| {
        accounts.database.read(|conn| list(conn, &filter, order, after.as_ref(), size))
    };
    let page = shell.database(listing).await??;
    let shown = Page { entries: page.entries.iter().collect(), total: page.total, has_more: page.has_more };
    let position = |user: &&_| UserPosition::of(order.by, user);
    Ok(HttpResponse::Ok().json(paging.present(shown, position, |user| UserView::new(&face, user))))
}

fn parse(faults: &mut FieldFaults, query: &ListUsersQuery) -> Option<UserFilter> {
    let search = faults.take_given("q", query.q.as_deref().map(str::parse));
    let role = faults.take_given("role", query.role.as_deref().map(parse_role));
    let is_active = faults.take_given("is_active", query.is_active.as_deref().map(parse_bool));
    Some(UserFilter { search: search?, role: role?, is_active: is_active? })
}

fn parse_role(name: &str) -> Result<RoleName, &'static str> {
    name.parse().map_err(|_| "is no role's name")
}

fn parse_bool(text: &str) -> Result<bool, &'static str> {
    text.parse().map_err(|_| "must be `true` or `false`")
}
