//! Signing in, as clients of a FastAPI backend do it.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, post};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;
use vestibule_auth::limits::LimitedAction;
use vestibule_domain::password::Password;
use vestibule_domain::sign_in_name::SignInName;
use vestibule_domain::token::{TokenFormat, TokenGrant};
use vestibule_http::conduct::{admit, sign_in};
use vestibule_http::{Shell, client_info};

use super::responses::{Common, WithBody};
use crate::accounts::one_name;
use crate::body::UnreadJsonOrForm;
use crate::caller::Anyone;
use crate::fields::FieldFaults;
use crate::problem::{DetailBody, Problem};
use crate::secret::PostedSecret;

/// The one grant there is (RFC 6749, 4.3).
const GRANT: &str = "password";

/// Who signs in: `username` or `email`, one of the two. As a form it is the password form of OAuth 2, of which `scope`,
/// `client_id` and `client_secret` are passed over, like anything else.
#[derive(Deserialize, Validate, ToSchema)]
#[schema(as = CompatibleLoginBody, example = json!({ "username": "john", "password": "a quiet green harbour" }))]
pub(crate) struct LoginBody {
    /// `password`, where it is given.
    #[schema(pattern = "^password$", example = "password")]
    grant_type: Option<String>,
    /// A username **or** an e-mail address.
    #[schema(min_length = 1, max_length = 1024, example = "john")]
    username: Option<String>,
    /// The same, for forms that call it so.
    #[schema(min_length = 1, max_length = 1024)]
    email: Option<String>,
    /// The password.
    #[schema(value_type = String, format = Password, min_length = 1, max_length = 1024)]
    #[schema(example = "a quiet green harbour")]
    password: PostedSecret,
}

/// A token.
#[derive(Serialize, ToSchema)]
#[schema(as = CompatibleToken)]
pub(crate) struct TokenIssued<'a> {
    /// A JWT, to be sent as `Authorization: Bearer <token>`.
    access_token: &'a str,
    #[schema(example = "bearer")]
    token_type: &'static str,
}

/// Sign in
///
/// As `/api/auth/login` does it with `format` `jwt`, but no refresh token is handed out, and the session ends with the
/// token: whoever wants to go on without the password asks there.
#[utoipa::path(
    tag = "compatible",
    operation_id = "compatible_login",
    request_body(content(
        (LoginBody = "application/json"),
        (LoginBody = "application/x-www-form-urlencoded"),
    )),
    responses(
        (status = 200, description = "A session was opened", body = TokenIssued<'static>),
        (status = 401, description = "The name or the password is wrong", body = DetailBody<'static>),
        (status = 403, description = "The password is right, but the account is suspended or its address not proven", body = DetailBody<'static>),
        WithBody,
        Common,
    ),
)]
#[post("/login")]
pub(crate) async fn compatible_login(
    _: Anyone,
    shell: Data<Shell>,
    request: HttpRequest,
    body: UnreadJsonOrForm<LoginBody>,
) -> Result<HttpResponse, Problem> {
    admit(&shell, &request, LimitedAction::SignIn).await?;
    let (name, password) = parse(body.read().await?)?;
    let grant = TokenGrant::AccessAlone(TokenFormat::Jwt);
    let signed_in = sign_in(&shell, name, password, grant, client_info(&request)).await?;
    let token = signed_in.token.reveal();
    Ok(HttpResponse::Ok().json(TokenIssued { access_token: &token, token_type: "bearer" }))
}

fn parse(body: LoginBody) -> Result<(SignInName, Password), Problem> {
    let mut faults = FieldFaults::default();
    if body.grant_type.is_some_and(|kind| kind != GRANT) {
        faults.note("grant_type", format!("This must be `{GRANT}`."));
    }
    let name = faults.take("username", one_name(body.username, body.email));
    let password = faults.take("password", Password::new(body.password.into_text()));
    match name.zip(password) {
        Some(both) => faults.or(both),
        None => Err(faults.into_problem()),
    }
}
