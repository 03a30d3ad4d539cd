//! Asking for a new password without the old one.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, post};
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;
use vestibule_auth::limits::LimitedAction;
use vestibule_auth::reset_password::request_reset;
use vestibule_domain::email::EmailAddress;
use vestibule_http::conduct::admit;
use vestibule_http::{Shell, client_info};

use crate::acknowledged::Acknowledged;
use crate::body::UnreadJson;
use crate::caller::Anyone;
use crate::documents::responses::{Common, WithBody, WithLimit};
use crate::fields::FieldFaults;
use crate::problem::Problem;

/// Who forgot a password.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ForgotPasswordBody {
    /// The account's address.
    #[schema(format = "email", max_length = 254, example = "john@example.org")]
    email: String,
}

/// Ask for a link to a new password
///
/// The answer is the same whether or not somebody has this address. If so, a mail brings a link that is good for an hour,
/// once; a newer one voids it.
#[utoipa::path(
    tag = "passwords",
    operation_id = "forgot_password",
    request_body = ForgotPasswordBody,
    responses(
        (status = 202, description = "If somebody has this address, a mail is on its way", body = Acknowledged),
        WithBody,
        WithLimit,
        Common,
    ),
)]
#[post("/password/forgot")]
pub(crate) async fn forgot_password(
    _: Anyone,
    shell: Data<Shell>,
    request: HttpRequest,
    body: UnreadJson<ForgotPasswordBody>,
) -> Result<HttpResponse, Problem> {
    admit(&shell, &request, LimitedAction::AskForMail).await?;
    let typed = parse(&body.read().await?)?;
    let (now, client) = (shell.now(), client_info(&request));
    shell.database_write(move |accounts| request_reset(accounts, now, &typed, &client)).await??;
    Ok(HttpResponse::Accepted().json(Acknowledged::OK))
}

fn parse(body: &ForgotPasswordBody) -> Result<EmailAddress, Problem> {
    let mut faults = FieldFaults::default();
    faults.take("email", body.email.parse()).ok_or_else(|| faults.into_problem())
}
