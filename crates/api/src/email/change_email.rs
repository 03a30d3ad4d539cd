//! Asking for another address.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, post};
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;
use vestibule_auth::change_password::ChangePasswordError;
use vestibule_auth::limits::LimitedAction;
use vestibule_domain::email::EmailAddress;
use vestibule_domain::password::Password;
use vestibule_http::conduct::{self, admit};
use vestibule_http::{Shell, Undone, client_info};

use crate::acknowledged::Acknowledged;
use crate::body::UnreadJson;
use crate::caller::SignedIn;
use crate::documents::responses::{Common, WithBody, WithLimit, WithToken};
use crate::fields::FieldFaults;
use crate::problem::{Code, Problem};
use crate::secret::PostedSecret;

/// The new address, and the password.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChangeEmailBody {
    /// The address the account is to have.
    #[schema(format = "email", max_length = 254, example = "john@example.org")]
    new_email: String,
    /// The account's password.
    #[schema(value_type = String, format = Password, min_length = 1, max_length = 1024)]
    password: PostedSecret,
}

/// Ask for another address
///
/// A mail to the new address brings a link that makes the change; one to the old address tells of it and brings a way
/// back. Until then nothing changes. The answer is the same where somebody has the new address already.
#[utoipa::path(
    tag = "email",
    operation_id = "change_email",
    security(("bearer" = [])),
    request_body = ChangeEmailBody,
    responses(
        (status = 202, description = "The mails are on their way", body = Acknowledged),
        WithToken,
        WithBody,
        WithLimit,
        Common,
    ),
)]
#[post("/email/change")]
pub(crate) async fn change_email(
    SignedIn(caller): SignedIn,
    shell: Data<Shell>,
    request: HttpRequest,
    body: UnreadJson<ChangeEmailBody>,
) -> Result<HttpResponse, Problem> {
    admit(&shell, &request, LimitedAction::AskForMail).await?;
    let (new_email, password) = parse(body.read().await?)?;
    let asked = conduct::change_email(&shell, caller, new_email, password, client_info(&request)).await;
    asked.map_err(refused)?;
    Ok(HttpResponse::Accepted().json(Acknowledged::OK))
}

fn parse(body: ChangeEmailBody) -> Result<(EmailAddress, Password), Problem> {
    let mut faults = FieldFaults::default();
    let new_email = faults.take("new_email", body.new_email.parse());
    let password = faults.take("password", Password::new(body.password.into_text()));
    new_email.zip(password).ok_or_else(|| faults.into_problem())
}

/// Here the password has another field's name.
fn refused(undone: Undone<ChangePasswordError>) -> Problem {
    match undone {
        Undone::Failed(ChangePasswordError::WrongPassword | ChangePasswordError::Stale) => {
            Problem::from(Code::WrongPassword).at("password", Code::WrongPassword.sentence())
        }
        undone => undone.into(),
    }
}
