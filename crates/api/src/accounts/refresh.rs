//! From a refresh token to a new pair.

use actix_web::http::header::{HeaderValue, WWW_AUTHENTICATE};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, post};
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;
use vestibule_auth::limits::LimitedAction;
use vestibule_auth::refresh::{RefreshError, refresh as refresh_pair};
use vestibule_domain::token::RefreshToken;
use vestibule_http::conduct::admit;
use vestibule_http::{Shell, client_info};

use super::SessionOpened;
use crate::body::UnreadJson;
use crate::caller::Anyone;
use crate::documents::responses::{Common, WithBody, WithLimit};
use crate::face::Face;
use crate::problem::{Code, Problem, ProblemBody};
use crate::secret::PostedSecret;

/// The secret that keeps a session going.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RefreshBody {
    /// The `refresh_token` of the last sign-in or refresh.
    #[schema(value_type = String, format = Password, max_length = 1024)]
    #[validate(length(max = 1024, message = "This is too long."))]
    refresh_token: PostedSecret,
}

/// A new pair of tokens
///
/// Both tokens of the session are replaced, and the older access token ends. If the answer is lost, or two requests are in
/// flight together, the same refresh token may be sent again until its successor was used; sent again after that it
/// ends the session.
#[utoipa::path(
    tag = "accounts",
    operation_id = "refresh",
    request_body = RefreshBody,
    responses(
        (status = 200, description = "The session goes on by a new pair", body = SessionOpened<'static>),
        (status = 401, description = "The refresh token is unknown, replaced, expired or ended", body = ProblemBody<'static>),
        WithBody,
        WithLimit,
        Common,
    ),
)]
#[post("/refresh")]
pub(crate) async fn refresh(
    _: Anyone,
    shell: Data<Shell>,
    face: Data<Face>,
    request: HttpRequest,
    body: UnreadJson<RefreshBody>,
) -> Result<HttpResponse, Problem> {
    admit(&shell, &request, LimitedAction::Refresh).await?;
    let posted = body.read().await?.refresh_token.into_text();
    let token: RefreshToken = posted.parse().map_err(|_| refused())?;
    let (now, random, client) = (shell.now(), shell.random(), client_info(&request));
    let refreshing = move |accounts: &_| refresh_pair(accounts, now, &*random, &token, &client);
    let signed_in = shell.database_write(refreshing).await??;
    Ok(SessionOpened::respond(&face, &signed_in))
}

/// One answer for all: whoever holds a token that opens nothing learns no more.
fn refused() -> Problem {
    let challenge = HeaderValue::from_static(
        r#"Bearer realm="vestibule", error="invalid_token", error_description="The refresh token is unknown, expired or ended""#,
    );
    Problem::from(Code::InvalidToken)
        .saying("The refresh token is not valid any more.")
        .with(WWW_AUTHENTICATE, challenge)
}

impl From<RefreshError> for Problem {
    fn from(error: RefreshError) -> Self {
        match error {
            RefreshError::Unknown
            | RefreshError::Expired
            | RefreshError::Reused
            | RefreshError::Suspended
            | RefreshError::Unverified => refused(),
            RefreshError::Keys(error) => error.into(),
            RefreshError::Store(error) => error.into(),
        }
    }
}
