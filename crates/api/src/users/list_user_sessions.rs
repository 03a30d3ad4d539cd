//! Seeing where somebody is signed in.

use actix_web::get;
use actix_web::web::{Data, Json, Path};
use serde::Deserialize;
use utoipa::IntoParams;
use vestibule_auth::accounts::Accounts;
use vestibule_http::Shell;
use vestibule_persistence::{StoreError, sessions, users};

use super::parse_id;
use crate::caller::{Can, UsersRead};
use crate::documents::responses::{Common, WithName, WithPermission, WithQuery};
use crate::face::Face;
use crate::fields::FieldFaults;
use crate::lists::{ListOf, Paging};
use crate::problem::{Code, Problem};
use crate::query::UnreadQuery;
use crate::sessions::SessionView;

/// Which page of somebody's sessions.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListUserSessionsQuery {
    /// How many entries.
    #[param(value_type = Option<u8>, minimum = 1, maximum = 100, default = 20)]
    page_size: Option<String>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Where somebody is signed in
///
/// The newest first. `current` is true of the session that asks, and of no other.
#[utoipa::path(
    tag = "users",
    operation_id = "list_user_sessions",
    security(("bearer" = [])),
    params(("id" = i64, Path, description = "The account", minimum = 1), ListUserSessionsQuery),
    responses(
        (status = 200, description = "The live sessions of the account", body = ListOf<SessionView>),
        WithPermission,
        WithName,
        WithQuery,
        Common,
    ),
)]
#[get("/{id}/sessions")]
pub(crate) async fn list_user_sessions(
    may: Can<UsersRead>,
    shell: Data<Shell>,
    face: Data<Face>,
    id: Path<String>,
    query: UnreadQuery<ListUserSessionsQuery>,
) -> Result<Json<ListOf<SessionView>>, Problem> {
    let user_id = parse_id(&id)?;
    let (query, mut faults) = (query.read()?, FieldFaults::default());
    let (page_size, cursor) = (query.page_size.as_deref(), query.cursor.as_deref());
    let list = format!("sessions of {user_id}");
    let Some(paging) = Paging::parse(&mut faults, list, &face.cursors, page_size, cursor) else {
        return Err(faults.into_problem());
    };
    let (now, before, size) = (shell.now(), paging.before, paging.size);
    let listing = move |accounts: &Accounts| {
        accounts.database.read(|conn| match users::find(conn, user_id)? {
            Some(_) => sessions::list_of_user(conn, now, user_id, before, size).map(Some),
            None => Ok::<_, StoreError>(None),
        })
    };
    let page = shell.database(listing).await??.ok_or(Code::NotFound)?;
    let current = may.caller.session_id;
    Ok(Json(paging.present(page, |entry| entry.id, |entry| SessionView::new(&entry, current))))
}
