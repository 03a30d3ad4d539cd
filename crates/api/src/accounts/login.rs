//! Signing in.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, post};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;
use utoipa::openapi::schema::{Object, ObjectBuilder, SchemaType, Type};
use validator::Validate;
use vestibule_auth::sign_in::{ATTEMPTS, SignInError, SignedIn, check, finish, look_up};
use vestibule_domain::caller::ClientInfo;
use vestibule_domain::password::Password;
use vestibule_domain::sign_in_name::SignInName;
use vestibule_http::Shell;

use super::{Instant, UserView};
use crate::body::UnreadJson;
use crate::caller::Anyone;
use crate::client::client_info;
use crate::documents::responses::{Common, WithBody};
use crate::fields::FieldFaults;
use crate::problem::{Code, Problem, ProblemBody};
use crate::secret::PostedSecret;

/// The one form of access token there is so far.
const OPAQUE: &str = "opaque";

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
    /// The form of the access token.
    #[schema(schema_with = format_schema)]
    format: Option<String>,
}

fn format_schema() -> Object {
    let types = SchemaType::from_iter([Type::String, Type::Null]);
    let described = ObjectBuilder::new().description(Some("The form of the access token."));
    described.schema_type(types).enum_values(Some([json!(OPAQUE), Value::Null])).build()
}

/// A session.
#[derive(Serialize, ToSchema)]
pub(crate) struct SessionOpened<'a> {
    /// To be sent as `Authorization: Bearer <token>`; 64 lower-case hexadecimal characters, shown this once.
    #[schema(min_length = 64, max_length = 64, pattern = "^[0-9a-f]{64}$")]
    access_token: &'a str,
    #[schema(example = "Bearer")]
    token_type: &'static str,
    /// When the token ends by itself.
    #[schema(format = DateTime)]
    expires_at: Instant,
    user: UserView<'a>,
}

/// Sign in
///
/// An unknown name and a wrong password get the same answer after the same time. By default a sign-in ends the
/// account's older session.
#[utoipa::path(
    tag = "accounts",
    operation_id = "login",
    request_body = LoginBody,
    responses(
        (status = 200, description = "A session was opened", body = SessionOpened<'static>),
        (status = 401, description = "The name or the password is wrong", body = ProblemBody<'static>),
        (status = 403, description = "The password is right, but the account is suspended", body = ProblemBody<'static>),
        WithBody,
        Common,
    ),
)]
#[post("/login")]
pub(crate) async fn login(
    _: Anyone,
    shell: Data<Shell>,
    request: HttpRequest,
    body: UnreadJson<LoginBody>,
) -> Result<HttpResponse, Problem> {
    let (name, password) = parse(body.read().await?)?;
    let signed_in = sign_in(&shell, name, password, client_info(&request)).await?;
    Ok(HttpResponse::Ok().json(SessionOpened {
        access_token: &signed_in.token.reveal(),
        token_type: "Bearer",
        expires_at: Instant(signed_in.expires_at),
        user: UserView::new(&signed_in.user, shell.now()),
    }))
}

fn parse(body: LoginBody) -> Result<(SignInName, Password), Problem> {
    let mut faults = FieldFaults::default();
    let name = match (body.username, body.email) {
        (Some(name), None) | (None, Some(name)) => Ok(SignInName::of(&name)),
        (None, None) => Err("field is required, or `email` in its place"),
        (Some(_), Some(_)) => Err("field and `email` are both given, and only one is taken"),
    };
    let name = faults.take("username", name);
    let password = faults.take("password", Password::new(body.password.into_text()));
    if body.format.is_some_and(|format| format != OPAQUE) {
        faults.note("format", "This must be `opaque`, the one form of access token there is.");
    }
    match name.zip(password) {
        Some(both) => faults.or(both),
        None => Err(faults.into_problem()),
    }
}

/// The three steps of a sign-in, each where it belongs, and again where the account changed in between.
async fn sign_in(
    shell: &Shell,
    name: SignInName,
    mut password: Password,
    client: ClientInfo,
) -> Result<SignedIn, Problem> {
    for _ in 0..ATTEMPTS {
        let asked = name.clone();
        let credential = shell.database(move |accounts| look_up(accounts, &asked)).await??;
        let stored = credential.as_ref().map(|credential| &credential.password_hash);
        let (random, memory) = (shell.random(), shell.accounts().hasher.memory_needed(stored));
        let checking = move |hasher: &_, scratch: &mut _| {
            let checked = check(hasher, &*random, scratch, credential, &password);
            (checked, password)
        };
        let (checked, kept) = shell.hash(memory, checking).await?;
        password = kept;
        let (checked, random, now) = (checked.map_err(SignInError::from)?, shell.random(), shell.now());
        let client = client.clone();
        match shell.database_write(move |accounts| finish(accounts, now, &*random, checked, &client)).await? {
            Err(SignInError::Stale) => {}
            outcome => return Ok(outcome?),
        }
    }
    Err(Code::InvalidCredentials.into())
}

impl From<SignInError> for Problem {
    fn from(error: SignInError) -> Self {
        match error {
            SignInError::InvalidCredentials | SignInError::Stale => Code::InvalidCredentials.into(),
            SignInError::Suspended => Code::AccountSuspended.into(),
            SignInError::Hasher(error) => Self::internal(error),
            SignInError::Store(error) => error.into(),
        }
    }
}
