//! Saying what became of a message.

use actix_web::web::{Data, Json, Path};
use actix_web::{HttpRequest, patch};
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;
use vestibule_auth::accounts::Accounts;
use vestibule_content::mark_message;
use vestibule_http::{Shell, client_info};

use super::message_view::{MessageView, status_schema};
use super::{parse_path, parse_status};
use crate::body::UnreadJson;
use crate::caller::{Can, ContactRead};
use crate::documents::responses::{Common, WithBody, WithName, WithPermission};
use crate::fields::FieldFaults;
use crate::lists::OneOf;
use crate::problem::Problem;

/// What became of it.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UpdateMessageBody {
    /// `handled` where somebody dealt with it, `new` where somebody still has to.
    #[schema(schema_with = status_schema)]
    status: String,
}

/// Mark a message
///
/// As handled, or as new again. What is so already stays as it is.
#[utoipa::path(
    tag = "contact",
    operation_id = "update_message",
    security(("bearer" = [])),
    params(("id" = i64, Path, description = "The message", minimum = 1)),
    request_body = UpdateMessageBody,
    responses(
        (status = 200, description = "The message as it is now", body = OneOf<MessageView>),
        WithPermission,
        WithName,
        WithBody,
        Common,
    ),
)]
#[patch("/{id}")]
pub(crate) async fn update_message(
    may: Can<ContactRead>,
    shell: Data<Shell>,
    request: HttpRequest,
    id: Path<String>,
    body: UnreadJson<UpdateMessageBody>,
) -> Result<Json<OneOf<MessageView>>, Problem> {
    let (body, mut faults) = (body.read().await?, FieldFaults::default());
    let id = parse_path(&id)?;
    let Some(is_handled) = faults.take("status", parse_status(&body.status)) else {
        return Err(faults.into_problem());
    };
    let (now, client) = (shell.now(), client_info(&request));
    let marking = move |accounts: &Accounts| {
        mark_message(&accounts.database, now, &may.caller, id, is_handled, &client)
    };
    Ok(Json(OneOf::new(shell.database_write(marking).await??.into())))
}
