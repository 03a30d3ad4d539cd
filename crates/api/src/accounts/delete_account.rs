//! Leaving.

use actix_web::web::{Data, Json};
use actix_web::{HttpRequest, delete};
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;
use vestibule_auth::change_password::ChangePasswordError;
use vestibule_auth::delete_account::DeleteAccountError;
use vestibule_domain::password::Password;
use vestibule_http::{Shell, client_info, conduct};

use crate::acknowledged::Acknowledged;
use crate::body::UnreadJson;
use crate::caller::SignedIn;
use crate::documents::responses::{Common, WithBody, WithConflict, WithLimit, WithToken};
use crate::fields::FieldFaults;
use crate::problem::{Code, Problem};
use crate::secret::PostedSecret;

/// The password, so that a session alone deletes nothing.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DeleteAccountBody {
    /// The account's password.
    #[schema(value_type = String, format = Password, min_length = 1, max_length = 1024)]
    password: PostedSecret,
}

/// Delete your account
///
/// All that is personal goes with it, and every session ends; posts and comments stay, by nobody. It cannot be taken back. The
/// last admin makes somebody else admin first.
#[utoipa::path(
    tag = "own data",
    operation_id = "delete_account",
    security(("bearer" = [])),
    request_body = DeleteAccountBody,
    responses(
        (status = 200, description = "The account is gone", body = Acknowledged),
        WithToken,
        WithBody,
        WithConflict,
        WithLimit,
        Common,
    ),
)]
#[delete("/account")]
pub(crate) async fn delete_account(
    SignedIn(caller): SignedIn,
    shell: Data<Shell>,
    request: HttpRequest,
    body: UnreadJson<DeleteAccountBody>,
) -> Result<Json<Acknowledged>, Problem> {
    let password = parse(body.read().await?)?;
    conduct::delete_account(&shell, caller, password, client_info(&request)).await?;
    Ok(Json(Acknowledged::OK))
}

fn parse(body: DeleteAccountBody) -> Result<Password, Problem> {
    let mut faults = FieldFaults::default();
    let password = faults.take("password", Password::new(body.password.into_text()));
    password.ok_or_else(|| faults.into_problem())
}

impl From<DeleteAccountError> for Problem {
    fn from(error: DeleteAccountError) -> Self {
        match error {
            DeleteAccountError::LastAdmin => Code::LastAdmin.into(),
            // Here the password has another field's name.
            DeleteAccountError::Password(ChangePasswordError::WrongPassword | ChangePasswordError::Stale) => {
                Self::from(Code::WrongPassword).at("password", Code::WrongPassword.sentence())
            }
            DeleteAccountError::Password(error) => error.into(),
            DeleteAccountError::Store(error) => error.into(),
        }
    }
}
