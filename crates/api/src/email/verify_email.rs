//! Proving that an address is one's own, by the link of a mail.

use actix_web::web::{Data, Json};
use actix_web::{HttpRequest, post};
use vestibule_auth::limits::LimitedAction;
use vestibule_auth::verify_email::{VerifyEmailError, verify_email as verify};
use vestibule_http::conduct::admit;
use vestibule_http::{Shell, client_info};

use super::{LinkBody, invalid_link, parse_link};
use crate::acknowledged::Acknowledged;
use crate::body::UnreadJson;
use crate::caller::Anyone;
use crate::documents::responses::{Common, WithBody, WithLimit};
use crate::problem::Problem;

/// Prove your address by the link of a mail
///
/// Opening the link changes nothing by itself, since mail scanners do that too; this call does.
#[utoipa::path(
    tag = "email",
    operation_id = "verify_email",
    request_body = LinkBody,
    responses(
        (status = 200, description = "The address is proven", body = Acknowledged),
        WithBody,
        WithLimit,
        Common,
    ),
)]
#[post("/email/verify")]
pub(crate) async fn verify_email(
    _: Anyone,
    shell: Data<Shell>,
    request: HttpRequest,
    body: UnreadJson<LinkBody>,
) -> Result<Json<Acknowledged>, Problem> {
    admit(&shell, &request, LimitedAction::UseToken).await?;
    let token = parse_link(body.read().await?.token)?;
    let (now, client) = (shell.now(), client_info(&request));
    shell.database_write(move |accounts| verify(accounts, now, &token, &client)).await??;
    Ok(Json(Acknowledged::OK))
}

impl From<VerifyEmailError> for Problem {
    fn from(error: VerifyEmailError) -> Self {
        match error {
            VerifyEmailError::Token => invalid_link(),
            VerifyEmailError::Store(error) => error.into(),
        }
    }
}
