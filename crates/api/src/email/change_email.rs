//! Asking for another address.

use std::sync::Arc;

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, post};
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;
use vestibule_auth::change_email::finish_request;
use vestibule_auth::change_password::{ChangePasswordError, look_up_own};
use vestibule_auth::limits::LimitedAction;
use vestibule_auth::sign_in::ATTEMPTS;
use vestibule_domain::caller::{Caller, ClientInfo};
use vestibule_domain::email::EmailAddress;
use vestibule_domain::password::Password;
use vestibule_http::Shell;

use crate::acknowledged::Acknowledged;
use crate::body::UnreadJson;
use crate::caller::SignedIn;
use crate::client::client_info;
use crate::documents::responses::{Common, WithBody, WithLimit, WithToken};
use crate::fields::FieldFaults;
use crate::limits::admit;
use crate::passwords::check_own;
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
    ask(&shell, caller, new_email, password, client_info(&request)).await?;
    Ok(HttpResponse::Accepted().json(Acknowledged::OK))
}

fn parse(body: ChangeEmailBody) -> Result<(EmailAddress, Password), Problem> {
    let mut faults = FieldFaults::default();
    let new_email = faults.take("new_email", body.new_email.parse());
    let password = faults.take("password", Password::new(body.password.into_text()));
    new_email.zip(password).ok_or_else(|| faults.into_problem())
}

/// The three steps, each where it belongs, and again where the account changed in between.
async fn ask(
    shell: &Shell,
    caller: Arc<Caller>,
    new_email: EmailAddress,
    mut password: Password,
    client: ClientInfo,
) -> Result<(), Problem> {
    for _ in 0..ATTEMPTS {
        let (now, user_id, from) = (shell.now(), caller.user.id, client.clone());
        let looking = move |accounts: &_| look_up_own(accounts, now, user_id, &from);
        let found = shell.database(looking).await?.map_err(refused)?;
        let (credential, is_right);
        (credential, is_right, password) = check_own(shell, found, password).await?;
        let (now, who, to, from) = (shell.now(), Arc::clone(&caller), new_email.clone(), client.clone());
        let finishing =
            move |accounts: &_| finish_request(accounts, now, &who, &credential, is_right, &to, &from);
        match shell.database_write(finishing).await? {
            Err(ChangePasswordError::Stale) => {}
            outcome => return outcome.map_err(refused),
        }
    }
    Err(refused(ChangePasswordError::Stale))
}

/// Here the password has another field's name.
fn refused(error: ChangePasswordError) -> Problem {
    match error {
        ChangePasswordError::WrongPassword | ChangePasswordError::Stale => {
            Problem::from(Code::WrongPassword).at("password", Code::WrongPassword.sentence())
        }
        error => error.into(),
    }
}
