//! The inbox.

use actix_web::get;
use actix_web::web::{Data, Json};
use serde::Deserialize;
use utoipa::IntoParams;
use vestibule_auth::accounts::Accounts;
use vestibule_content::list_messages as list;
use vestibule_domain::id::ContactMessageId;
use vestibule_http::Shell;

use super::message_view::{MessageView, status_schema};
use super::parse_status;
use crate::caller::{Can, ContactRead};
use crate::documents::responses::{Common, WithPermission, WithQuery};
use crate::face::Face;
use crate::fields::FieldFaults;
use crate::lists::{ListOf, Paging};
use crate::problem::Problem;
use crate::query::UnreadQuery;

/// Which messages.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListMessagesQuery {
    /// Only those that somebody dealt with, or only the others.
    #[param(schema_with = status_schema)]
    status: Option<String>,
    /// How many entries.
    #[param(value_type = Option<u8>, minimum = 1, maximum = 100, default = 20)]
    page_size: Option<String>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// The inbox
///
/// What was written to those who run the site, newest first.
#[utoipa::path(
    tag = "contact",
    operation_id = "list_messages",
    security(("bearer" = [])),
    params(ListMessagesQuery),
    responses(
        (status = 200, description = "The messages", body = ListOf<MessageView>),
        WithPermission,
        WithQuery,
        Common,
    ),
)]
#[get("")]
pub(crate) async fn list_messages(
    _: Can<ContactRead>,
    shell: Data<Shell>,
    face: Data<Face>,
    query: UnreadQuery<ListMessagesQuery>,
) -> Result<Json<ListOf<MessageView>>, Problem> {
    let (query, mut faults) = (query.read()?, FieldFaults::default());
    let (page_size, cursor) = (query.page_size.as_deref(), query.cursor.as_deref());
    let paging = Paging::parse(&mut faults, "contact", &face.cursors, page_size, cursor);
    let status = faults.take_given("status", query.status.as_deref().map(parse_status));
    let Some((paging, is_handled)) = paging.zip(status) else { return Err(faults.into_problem()) };
    let (before, size) = (paging.before.map(parse_place).transpose()?, paging.size);
    let listing = move |accounts: &Accounts| list(&accounts.database, is_handled, before, size);
    let page = shell.database(listing).await??;
    Ok(Json(paging.present(page, |message| message.id.get(), MessageView::from)))
}

fn parse_place(id: i64) -> Result<ContactMessageId, Problem> {
    id.try_into().map_err(|_| Problem::invalid_field("cursor", "This is no cursor of this list."))
}
