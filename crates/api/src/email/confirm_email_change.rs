//! Taking a new address for one's own, or the old one back, by the link of a mail.

use actix_web::web::{Data, Json};
use actix_web::{HttpRequest, post};
use vestibule_auth::change_email::{ChangeEmailError, confirm_change};
use vestibule_auth::limits::LimitedAction;
use vestibule_http::conduct::admit;
use vestibule_http::{Shell, client_info};

use super::{LinkBody, invalid_link, parse_link};
use crate::acknowledged::Acknowledged;
use crate::body::UnreadJson;
use crate::caller::Anyone;
use crate::documents::responses::{Common, WithBody, WithLimit};
use crate::problem::{Code, Problem, ProblemBody};

/// Confirm a change of address, or take it back, by the link of a mail
///
/// The link sent to the new address makes the change. The one sent to the old address voids it, or takes it back within
/// seven days and ends every session.
#[utoipa::path(
    tag = "email",
    operation_id = "confirm_email_change",
    request_body = LinkBody,
    responses(
        (status = 200, description = "It is as the link says", body = Acknowledged),
        (status = 409, description = "Somebody has the address by now", body = ProblemBody<'static>),
        WithBody,
        WithLimit,
        Common,
    ),
)]
#[post("/email/change/confirm")]
pub(crate) async fn confirm_email_change(
    _: Anyone,
    shell: Data<Shell>,
    request: HttpRequest,
    body: UnreadJson<LinkBody>,
) -> Result<Json<Acknowledged>, Problem> {
    admit(&shell, &request, LimitedAction::UseToken).await?;
    let token = parse_link(body.read().await?.token)?;
    let (now, client) = (shell.now(), client_info(&request));
    shell.database_write(move |accounts| confirm_change(accounts, now, &token, &client)).await??;
    Ok(Json(Acknowledged::OK))
}

impl From<ChangeEmailError> for Problem {
    fn from(error: ChangeEmailError) -> Self {
        match error {
            ChangeEmailError::Token => invalid_link(),
            ChangeEmailError::EmailTaken => Code::EmailTaken.into(),
            ChangeEmailError::Store(error) => error.into(),
        }
    }
}
