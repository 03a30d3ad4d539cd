//! Signing in.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, post};
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::ToSchema;
use utoipa::openapi::schema::{Object, ObjectBuilder, SchemaType, Type};
use validator::Validate;
use vestibule_auth::limits::LimitedAction;
use vestibule_auth::sign_in::SignInError;
use vestibule_domain::password::Password;
use vestibule_domain::sign_in_name::SignInName;
use vestibule_domain::token::{TokenFormat, TokenGrant};
use vestibule_http::conduct::{admit, sign_in};
use vestibule_http::{Shell, client_info};

use super::SessionOpened;
use crate::body::UnreadJson;
use crate::caller::Anyone;
use crate::documents::responses::{Common, WithBody, WithLimit};
use crate::face::Face;
use crate::fields::FieldFaults;
use crate::problem::{Code, Problem, ProblemBody};
use crate::secret::PostedSecret;

/// Who signs in: `username` or `email`, one of the two.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "username": "john", "password": "a quiet green harbour" }))]
pub(crate) struct LoginBody {
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
    /// The form of the access token: `opaque` unless said otherwise.
    #[schema(schema_with = format_schema)]
    format: Option<String>,
}

fn format_schema() -> Object {
    let types = SchemaType::from_iter([Type::String, Type::Null]);
    let formats = [TokenFormat::Opaque, TokenFormat::Jwt].map(|format| json!(format.as_str()));
    let described = ObjectBuilder::new()
        .description(Some("The form of the access token: `opaque` unless said otherwise."));
    described.schema_type(types).enum_values(Some(formats.into_iter().chain([Value::Null]))).build()
}

/// Sign in
///
/// An unknown name and a wrong password get the same answer after the same time. By default a sign-in ends the
/// account's older session. The access token ends soon; `refresh_token` brings a new pair.
#[utoipa::path(
    tag = "accounts",
    operation_id = "login",
    request_body = LoginBody,
    responses(
        (status = 200, description = "A session was opened", body = SessionOpened<'static>),
        (status = 401, description = "The name or the password is wrong", body = ProblemBody<'static>),
        (status = 403, description = "The password is right, but the account is suspended or its address not proven", body = ProblemBody<'static>),
        WithBody,
        WithLimit,
        Common,
    ),
)]
#[post("/login")]
pub(crate) async fn login(
    _: Anyone,
    shell: Data<Shell>,
    face: Data<Face>,
    request: HttpRequest,
    body: UnreadJson<LoginBody>,
) -> Result<HttpResponse, Problem> {
    admit(&shell, &request, LimitedAction::SignIn).await?;
    let (name, password, format) = parse(body.read().await?)?;
    let signed_in = sign_in(&shell, name, password, TokenGrant::Pair(format), client_info(&request)).await?;
    Ok(SessionOpened::respond(&face, &signed_in))
}

fn parse(body: LoginBody) -> Result<(SignInName, Password, TokenFormat), Problem> {
    let mut faults = FieldFaults::default();
    let name = faults.take("username", one_name(body.username, body.email));
    let password = faults.take("password", Password::new(body.password.into_text()));
    let format = faults.take_given("format", body.format.map(|format| format.parse()));
    match (name, password, format) {
        (Some(name), Some(password), Some(format)) => faults.or((name, password, format.unwrap_or_default())),
        _ => Err(faults.into_problem()),
    }
}

/// Who it is, said by one of the two fields there are for it.
pub(crate) fn one_name(username: Option<String>, email: Option<String>) -> Result<SignInName, &'static str> {
    match (username, email) {
        (Some(name), None) | (None, Some(name)) => Ok(SignInName::of(&name)),
        (None, None) => Err("field is required, or `email` in its place"),
        (Some(_), Some(_)) => Err("field and `email` are both given, and only one is taken"),
    }
}

impl From<SignInError> for Problem {
    fn from(error: SignInError) -> Self {
        match error {
            SignInError::InvalidCredentials | SignInError::Stale => Code::InvalidCredentials.into(),
            SignInError::Suspended => Code::AccountSuspended.into(),
            SignInError::Unverified => Code::EmailUnverified.into(),
            SignInError::TooMany(hit) => hit.into(),
            SignInError::Keys(error) => error.into(),
            SignInError::Hasher(error) => Self::internal(error),
            SignInError::Store(error) => error.into(),
        }
    }
}
