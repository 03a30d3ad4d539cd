//! Making an account for somebody else.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, post};
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;
use vestibule_auth::administration::{NewAccount, create_user as create};
use vestibule_domain::role::RoleName;
use vestibule_domain::username::Username;
use vestibule_http::{Shell, client_info};

use super::parse_roles;
use crate::accounts::UserView;
use crate::body::UnreadJson;
use crate::caller::{Can, RolesManage, UsersWrite};
use crate::documents::responses::{Common, WithBody, WithConflict, WithPermission};
use crate::face::Face;
use crate::fields::FieldFaults;
use crate::lists::OneOf;
use crate::problem::Problem;

/// Whom the account is for. There is no password in it: its owner chooses one.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "username": "john", "email": "john@example.org", "full_name": "John Doe", "roles": ["member"] }))]
pub(crate) struct CreateUserBody {
    /// A name to sign in by: 3 to 64 letters, digits, `_`, `.` and `-` of one script.
    #[schema(min_length = 3, max_length = 64, example = "john")]
    username: Option<String>,
    /// The address; a link to choose a password goes there.
    #[schema(format = "email", max_length = 254, example = "john@example.org")]
    email: String,
    /// The person's name.
    #[schema(min_length = 1, max_length = 150, example = "John Doe")]
    full_name: Option<String>,
    /// The roles it is to hold: `member` where none are named. Any other choice takes `roles.manage` as well.
    #[schema(example = json!(["member"]))]
    roles: Option<Vec<String>>,
}

/// Make an account for somebody
///
/// A mail brings its owner a link, good for one use and for as long as `VERIFY_TOKEN_TTL`, to choose a password. Nobody else ever
/// knows one.
#[utoipa::path(
    tag = "users",
    operation_id = "create_user",
    security(("bearer" = [])),
    request_body = CreateUserBody,
    responses(
        (status = 201, description = "The account was made", body = OneOf<UserView<'static>>),
        WithPermission,
        WithBody,
        WithConflict,
        Common,
    ),
)]
#[post("")]
pub(crate) async fn create_user(
    may: Can<UsersWrite>,
    shell: Data<Shell>,
    face: Data<Face>,
    request: HttpRequest,
    body: UnreadJson<CreateUserBody>,
) -> Result<HttpResponse, Problem> {
    let new = parse(body.read().await?)?;
    if new.roles.as_ref().is_some_and(|roles| !is_member_only(roles)) {
        may.and::<RolesManage>(&request)?;
    }
    let (now, client) = (shell.now(), client_info(&request));
    let creating = move |accounts: &_| create(accounts, now, &may.caller, &new, &client);
    let user = shell.database_write(creating).await??;
    Ok(HttpResponse::Created().json(OneOf::new(UserView::new(&face, &user))))
}

fn is_member_only(roles: &[RoleName]) -> bool {
    matches!(roles, [role] if role.as_str() == RoleName::MEMBER)
}

fn parse(body: CreateUserBody) -> Result<NewAccount, Problem> {
    let mut faults = FieldFaults::default();
    let username = faults.take_given("username", body.username.as_deref().map(Username::choose));
    let email = faults.take("email", body.email.parse());
    let full_name = faults.take_given("full_name", body.full_name.map(|name| name.parse()));
    let roles = body.roles.map(|names| parse_roles(&mut faults, names));
    match (username, email, full_name) {
        (Some(username), Some(email), Some(full_name)) => {
            faults.or(NewAccount { username, email, full_name, roles: roles.flatten() })
        }
        _ => Err(faults.into_problem()),
    }
}
