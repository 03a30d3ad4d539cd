//! A new password for whoever knows the old one.

use actix_web::web::{Data, Json};
use actix_web::{HttpRequest, post};
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;
use vestibule_auth::change_password::ChangePasswordError;
use vestibule_domain::password::Password;
use vestibule_domain::password::rules::WeakPassword;
use vestibule_http::{Shell, client_info, conduct};

use crate::acknowledged::Acknowledged;
use crate::body::UnreadJson;
use crate::caller::SignedIn;
use crate::documents::responses::{Common, WithBody, WithLimit, WithToken};
use crate::fields::FieldFaults;
use crate::problem::{Code, Fields, Problem};
use crate::secret::PostedSecret;

/// The old password and the new one.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChangePasswordBody {
    /// The password as it is.
    #[schema(value_type = String, format = Password, min_length = 1, max_length = 1024)]
    current_password: PostedSecret,
    /// 8 to 1024 bytes, not a common one, not only digits, not like the account's name or address.
    #[schema(value_type = String, format = Password, min_length = 8, max_length = 1024)]
    #[schema(example = "a quiet green harbour")]
    new_password: PostedSecret,
}

/// Change your password
///
/// Ends every other session of the account and voids every link that was mailed; a mail tells of it.
#[utoipa::path(
    tag = "passwords",
    operation_id = "change_password",
    security(("bearer" = [])),
    request_body = ChangePasswordBody,
    responses(
        (status = 200, description = "The password is the new one", body = Acknowledged),
        WithToken,
        WithBody,
        WithLimit,
        Common,
    ),
)]
#[post("/password/change")]
pub(crate) async fn change_password(
    SignedIn(caller): SignedIn,
    shell: Data<Shell>,
    request: HttpRequest,
    body: UnreadJson<ChangePasswordBody>,
) -> Result<Json<Acknowledged>, Problem> {
    let (current, new) = parse(body.read().await?)?;
    conduct::change_password(&shell, caller, current, new, client_info(&request)).await?;
    Ok(Json(Acknowledged::OK))
}

fn parse(body: ChangePasswordBody) -> Result<(Password, Password), Problem> {
    let mut faults = FieldFaults::default();
    let current = faults.take("current_password", Password::new(body.current_password.into_text()));
    let new = faults.take("new_password", Password::new(body.new_password.into_text()));
    current.zip(new).ok_or_else(|| faults.into_problem())
}

/// The field `name` holds a password that breaks these rules.
pub(crate) fn weak(name: &'static str, faults: &[WeakPassword]) -> Problem {
    let sentences = faults.iter().map(ToString::to_string).collect();
    Problem::invalid(Fields::from([(name.into(), sentences)]))
}

impl From<ChangePasswordError> for Problem {
    fn from(error: ChangePasswordError) -> Self {
        match error {
            // Whoever changed it in the meantime knew it; the one that was sent is no longer current.
            ChangePasswordError::WrongPassword | ChangePasswordError::Stale => {
                Self::from(Code::WrongPassword).at("current_password", Code::WrongPassword.sentence())
            }
            ChangePasswordError::WeakPassword(faults) => weak("new_password", &faults),
            ChangePasswordError::TooMany(hit) => hit.into(),
            ChangePasswordError::Hasher(error) => Self::internal(error),
            ChangePasswordError::Store(error) => error.into(),
        }
    }
}
