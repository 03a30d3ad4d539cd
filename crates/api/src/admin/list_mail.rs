//! Seeing what mail waits, and what was given up.

use actix_web::get;
use actix_web::web::{Data, Json};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa::openapi::schema::{Object, ObjectBuilder, Type};
use vestibule_auth::accounts::Accounts;
use vestibule_http::Shell;
use vestibule_persistence::outbox;

use super::mail_view::MailView;
use crate::caller::{Can, MailManage};
use crate::documents::responses::{Common, WithPermission, WithQuery};
use crate::face::Face;
use crate::fields::FieldFaults;
use crate::lists::{ListOf, Paging};
use crate::problem::Problem;
use crate::query::UnreadQuery;

/// Which mails.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListMailQuery {
    /// Only those that wait, or only those that were given up.
    #[param(schema_with = state_schema)]
    state: Option<String>,
    /// How many entries.
    #[param(value_type = Option<u8>, minimum = 1, maximum = 100, default = 20)]
    page_size: Option<String>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

pub(super) fn state_schema() -> Object {
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(["queued", "dead"])).build()
}

/// The mail queue
///
/// Mails that have left are not in it.
#[utoipa::path(
    tag = "admin",
    operation_id = "list_mail",
    security(("bearer" = [])),
    params(ListMailQuery),
    responses(
        (status = 200, description = "The mails that wait or were given up", body = ListOf<MailView>),
        WithPermission,
        WithQuery,
        Common,
    ),
)]
#[get("/mail")]
pub(crate) async fn list_mail(
    _: Can<MailManage>,
    shell: Data<Shell>,
    face: Data<Face>,
    query: UnreadQuery<ListMailQuery>,
) -> Result<Json<ListOf<MailView>>, Problem> {
    let (query, mut faults) = (query.read()?, FieldFaults::default());
    let (page_size, cursor) = (query.page_size.as_deref(), query.cursor.as_deref());
    let state = faults.take_given("state", query.state.as_deref().map(is_dead));
    let paging = Paging::parse(&mut faults, "mail", &face.cursors, page_size, cursor);
    let Some((dead, paging)) = state.zip(paging) else { return Err(faults.into_problem()) };
    let (before, size) = (paging.before, paging.size);
    let listing =
        move |accounts: &Accounts| accounts.database.read(|conn| outbox::list(conn, dead, before, size));
    let page = shell.database(listing).await??;
    Ok(Json(paging.present(page, |entry| entry.id, MailView::from)))
}

fn is_dead(state: &str) -> Result<bool, &'static str> {
    match state {
        "queued" => Ok(false),
        "dead" => Ok(true),
        _ => Err("must be `queued` or `dead`"),
    }
}
