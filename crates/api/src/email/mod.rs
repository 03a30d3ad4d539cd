//! Addresses: proving that one's own is one's own, and changing it: `/api/auth/email`.

mod change_email;
mod confirm_email_change;
mod request_email_verification;
mod verify_email;

use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;
use validator::Validate;
use vestibule_domain::token::MailToken;

use crate::problem::{Code, Problem};
use crate::secret::PostedSecret;

/// The routes.
pub(crate) fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(request_email_verification::request_email_verification)
        .service(verify_email::verify_email)
        .service(change_email::change_email)
        .service(confirm_email_change::confirm_email_change);
}

/// The token of a link.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LinkBody {
    /// What stands behind `token=` in the link.
    #[schema(value_type = String, format = Password, max_length = 1024)]
    #[validate(length(max = 1024, message = "This is too long."))]
    token: PostedSecret,
}

/// The token in `posted`. What no mail can have brought opens no more than one that is spent, and is answered alike.
pub(crate) fn parse_link(posted: PostedSecret) -> Result<MailToken, Problem> {
    posted.into_text().parse().map_err(|_| invalid_link())
}

/// The token is unknown, spent, void or too old; which of these is not said.
pub(crate) fn invalid_link() -> Problem {
    Problem::from(Code::InvalidLink).at("token", Code::InvalidLink.sentence())
}
