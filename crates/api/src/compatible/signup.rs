//! Making an account for oneself, as clients of a FastAPI backend do it.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, post};
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;
use vestibule_auth::register::{Registered, Registration};
use vestibule_domain::password::Password;
use vestibule_domain::username::Username;
use vestibule_http::Shell;
use vestibule_http::conduct::{admit_newcomer, register};

use super::responses::{Common, WithBody};
use super::user_view::UserView;
use crate::body::UnreadJson;
use crate::caller::Anyone;
use crate::fields::FieldFaults;
use crate::problem::{DetailBody, Problem};
use crate::secret::PostedSecret;

/// What somebody says who wants an account. Anything else is passed over.
#[derive(Deserialize, Validate, ToSchema)]
#[schema(example = json!({
    "email": "john@example.org", "username": "john", "password": "a quiet green harbour",
}))]
pub(crate) struct SignupBody {
    /// The address.
    #[schema(format = "email", max_length = 254, example = "john@example.org")]
    email: String,
    /// A name to sign in by: 3 to 64 letters, digits, `_`, `.` and `-` of one script.
    #[schema(min_length = 3, max_length = 64, example = "john")]
    username: String,
    /// 8 to 1024 bytes, not a common one, not only digits, not like the other fields.
    #[schema(value_type = String, format = Password, min_length = 8, max_length = 1024)]
    #[schema(example = "a quiet green harbour")]
    password: PostedSecret,
}

/// Make an account
///
/// As `/api/auth/register` does it. Where addresses have to be proven, the answer is 202 whether or not the address was
/// known, and a mail says the rest.
#[utoipa::path(
    tag = "compatible",
    operation_id = "signup",
    request_body = SignupBody,
    responses(
        (status = 201, description = "The account was made", body = UserView<'static>),
        (status = 202, description = "Whatever there is to say is said by mail", body = DetailBody<'static>),
        (status = 403, description = "Registration is closed", body = DetailBody<'static>),
        (status = 409, description = "The username or the address is taken", body = DetailBody<'static>),
        WithBody,
        Common,
    ),
)]
#[post("/signup")]
pub(crate) async fn signup(
    _: Anyone,
    shell: Data<Shell>,
    request: HttpRequest,
    body: UnreadJson<SignupBody>,
) -> Result<HttpResponse, Problem> {
    let client = admit_newcomer(&shell, &request).await?;
    let registration = parse(body.read().await?)?;
    Ok(match register(&shell, registration, client).await? {
        Registered::Made(user) => HttpResponse::Created().json(UserView::from(&*user)),
        Registered::Pending => {
            HttpResponse::Accepted().json(DetailBody::new("Follow the link in the mail to go on."))
        }
    })
}

fn parse(body: SignupBody) -> Result<Registration, Problem> {
    let mut faults = FieldFaults::default();
    let username = faults.take("username", Username::choose(&body.username));
    let email = faults.take("email", body.email.parse());
    let password = faults.take("password", Password::new(body.password.into_text()));
    match (username, email, password) {
        (Some(username), Some(email), Some(password)) => {
            Ok(Registration { username: Some(username), email, full_name: None, password, setup_token: None })
        }
        _ => Err(faults.into_problem()),
    }
}
