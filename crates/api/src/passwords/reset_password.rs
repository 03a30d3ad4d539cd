//! Choosing a new password by the link of a mail.

use actix_web::web::{Data, Json};
use actix_web::{HttpRequest, post};
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;
use vestibule_auth::limits::LimitedAction;
use vestibule_auth::reset_password::ResetPasswordError;
use vestibule_domain::password::Password;
use vestibule_domain::token::MailToken;
use vestibule_http::conduct::{self, admit};
use vestibule_http::{Shell, client_info};

use super::weak;
use crate::acknowledged::Acknowledged;
use crate::body::UnreadJson;
use crate::caller::Anyone;
use crate::documents::responses::{Common, WithBody, WithLimit};
use crate::email::{invalid_link, parse_link};
use crate::fields::FieldFaults;
use crate::problem::Problem;
use crate::secret::PostedSecret;

/// The token of the link, and what the password is to be.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ResetPasswordBody {
    /// What stands behind `token=` in the link.
    #[schema(value_type = String, format = Password, max_length = 1024)]
    #[validate(length(max = 1024, message = "This is too long."))]
    token: PostedSecret,
    /// 8 to 1024 bytes, not a common one, not only digits, not like the account's name or address.
    #[schema(value_type = String, format = Password, min_length = 8, max_length = 1024)]
    #[schema(example = "a quiet green harbour")]
    new_password: PostedSecret,
}

/// Choose a new password by the link of a mail
///
/// Ends every session of the account and voids every other link. It signs nobody in.
#[utoipa::path(
    tag = "passwords",
    operation_id = "reset_password",
    request_body = ResetPasswordBody,
    responses(
        (status = 200, description = "The password is the new one", body = Acknowledged),
        WithBody,
        WithLimit,
        Common,
    ),
)]
#[post("/password/reset")]
pub(crate) async fn reset_password(
    _: Anyone,
    shell: Data<Shell>,
    request: HttpRequest,
    body: UnreadJson<ResetPasswordBody>,
) -> Result<Json<Acknowledged>, Problem> {
    admit(&shell, &request, LimitedAction::UseToken).await?;
    let (token, new) = parse(body.read().await?)?;
    conduct::reset_password(&shell, token, new, client_info(&request)).await?;
    Ok(Json(Acknowledged::OK))
}

fn parse(body: ResetPasswordBody) -> Result<(MailToken, Password), Problem> {
    let mut faults = FieldFaults::default();
    let new = faults.take("new_password", Password::new(body.new_password.into_text()));
    let Some(new) = new else { return Err(faults.into_problem()) };
    Ok((parse_link(body.token)?, new))
}

impl From<ResetPasswordError> for Problem {
    fn from(error: ResetPasswordError) -> Self {
        match error {
            ResetPasswordError::Token => invalid_link(),
            ResetPasswordError::WeakPassword(faults) => weak("new_password", &faults),
            ResetPasswordError::Hasher(error) => Self::internal(error),
            ResetPasswordError::Store(error) => error.into(),
        }
    }
}
