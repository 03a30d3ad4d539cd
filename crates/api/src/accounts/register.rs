//! Making an account for oneself.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, post};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;
use vestibule_auth::register::{self as registering, RegisterError, Registration};
use vestibule_domain::password::Password;
use vestibule_domain::username::Username;
use vestibule_http::Shell;
use vestibule_http::conduct::{self, NewcomerError, admit_newcomer};

use super::UserView;
use crate::acknowledged::Acknowledged;
use crate::body::UnreadJson;
use crate::caller::Anyone;
use crate::documents::responses::{Common, WithBody, WithLimit};
use crate::face::Face;
use crate::fields::FieldFaults;
use crate::passwords::weak;
use crate::problem::{Code, Problem, ProblemBody};
use crate::secret::PostedSecret;

/// What somebody says who wants an account.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "username": "john", "email": "john@example.org", "password": "a quiet green harbour", "full_name": "John Doe",
}))]
pub(crate) struct RegisterBody {
    /// A name to sign in by: 3 to 64 letters, digits, `_`, `.` and `-` of one script.
    #[schema(min_length = 3, max_length = 64, example = "john")]
    username: Option<String>,
    /// The address.
    #[schema(format = "email", max_length = 254, example = "john@example.org")]
    email: String,
    /// 8 to 1024 bytes, not a common one, not only digits, not like the other fields.
    #[schema(value_type = String, format = Password, min_length = 8, max_length = 1024)]
    #[schema(example = "a quiet green harbour")]
    password: PostedSecret,
    /// The same again, if the form asks for it twice.
    #[schema(value_type = Option<String>, format = Password, max_length = 1024)]
    password_confirm: Option<PostedSecret>,
    /// The person's name.
    #[schema(min_length = 1, max_length = 150, example = "John Doe")]
    full_name: Option<String>,
    /// The operator's secret that makes this the admin's account.
    #[schema(value_type = Option<String>, format = Password, max_length = 1024)]
    #[validate(length(max = 1024, message = "This is too long."))]
    setup_token: Option<PostedSecret>,
}

/// The account that was made.
#[derive(Serialize, ToSchema)]
pub(crate) struct Registered<'a> {
    #[schema(example = true)]
    ok: bool,
    user: UserView<'a>,
}

/// Make an account
///
/// The first account of an installation becomes its admin, unless the operator decided otherwise. Where addresses have to
/// be proven, the answer is 202 whether or not the address was known, and a mail says the rest.
#[utoipa::path(
    tag = "accounts",
    operation_id = "register",
    request_body = RegisterBody,
    responses(
        (status = 201, description = "The account was made", body = Registered<'static>),
        (status = 202, description = "Whatever there is to say is said by mail", body = Acknowledged),
        (status = 403, description = "Registration is closed, or the setup token is not valid", body = ProblemBody<'static>),
        (status = 409, description = "The username or the address is taken", body = ProblemBody<'static>),
        WithBody,
        WithLimit,
        Common,
    ),
)]
#[post("/register")]
pub(crate) async fn register(
    _: Anyone,
    shell: Data<Shell>,
    face: Data<Face>,
    request: HttpRequest,
    body: UnreadJson<RegisterBody>,
) -> Result<HttpResponse, Problem> {
    let client = admit_newcomer(&shell, &request).await?;
    let registration = parse(body.read().await?)?;
    Ok(match conduct::register(&shell, registration, client).await? {
        registering::Registered::Made(user) => {
            HttpResponse::Created().json(Registered { ok: true, user: UserView::new(&face, &user) })
        }
        registering::Registered::Pending => HttpResponse::Accepted().json(Acknowledged::OK),
    })
}

fn parse(body: RegisterBody) -> Result<Registration, Problem> {
    let mut faults = FieldFaults::default();
    if body.password_confirm.as_ref().is_some_and(|again| !again.is_same(&body.password)) {
        faults.note("password_confirm", "This is not the same password.");
    }
    let username = faults.take_given("username", body.username.as_deref().map(Username::choose));
    let email = faults.take("email", body.email.parse());
    let password = faults.take("password", Password::new(body.password.into_text()));
    let full_name = faults.take_given("full_name", body.full_name.map(|name| name.parse()));
    match (username, email, password, full_name) {
        (Some(username), Some(email), Some(password), Some(full_name)) => {
            let setup_token = body.setup_token.map(PostedSecret::into_text);
            faults.or(Registration { username, email, full_name, password, setup_token })
        }
        _ => Err(faults.into_problem()),
    }
}

impl From<NewcomerError> for Problem {
    fn from(error: NewcomerError) -> Self {
        match error {
            NewcomerError::TooMany(hit) => hit.into(),
            NewcomerError::Register(error) => error.into(),
        }
    }
}

impl From<RegisterError> for Problem {
    fn from(error: RegisterError) -> Self {
        match error {
            RegisterError::Closed => Code::RegistrationClosed.into(),
            RegisterError::SetupToken => Code::SetupTokenInvalid.into(),
            RegisterError::UsernameTaken => Code::UsernameTaken.into(),
            RegisterError::EmailTaken => Code::EmailTaken.into(),
            RegisterError::WeakPassword(faults) => weak("password", &faults),
            RegisterError::Hasher(error) => Self::internal(error),
            RegisterError::Store(error) => error.into(),
        }
    }
}
