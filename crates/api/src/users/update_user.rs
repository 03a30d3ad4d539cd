//! Changing somebody's account.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, patch};
use serde::Deserialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;
use validator::Validate;
use vestibule_auth::administration::{AccountChange, update_user as update};
use vestibule_domain::birth_date::BirthDate;
use vestibule_domain::metadata::Metadata;
use vestibule_domain::time::Timestamp;
use vestibule_domain::username::Username;
use vestibule_http::{Shell, client_info};
use vestibule_persistence::users::{ProfileChange, UserChange};

use super::parse_id;
use crate::accounts::UserView;
use crate::body::{UnreadJson, given};
use crate::caller::{Can, UsersWrite};
use crate::documents::responses::{Common, WithBody, WithConflict, WithName, WithPermission};
use crate::face::Face;
use crate::fields::FieldFaults;
use crate::lists::OneOf;
use crate::problem::Problem;

/// An absent field stays as it is, `null` clears it.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "email": "john@example.org", "nickname": null, "is_active": true }))]
pub(crate) struct UpdateUserBody {
    /// The name to sign in by: 3 to 64 letters, digits, `_`, `.` and `-` of one script.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, min_length = 3, max_length = 64, example = "john")]
    username: Option<Option<String>>,
    /// The address. Another one counts as not proven, and ends every session of the account.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, format = "email", max_length = 254, example = "john@example.org")]
    email: Option<Option<String>>,
    /// The person's name.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 150)]
    full_name: Option<Option<String>>,
    /// What friends say.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 64)]
    nickname: Option<Option<String>>,
    /// A telephone number with its country, kept in E.164.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, max_length = 64, example = "+91 98765 43210")]
    phone: Option<Option<String>>,
    /// The day of birth, in the past.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, format = Date, example = "1990-01-31")]
    dob: Option<Option<String>>,
    /// Free JSON: an object of at most 16 KiB, 8 levels deep. It replaces what was there; `null` empties it.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<Object>)]
    metadata: Option<Option<Box<RawValue>>>,
    /// Whether the account may sign in: `false` suspends it and ends its sessions.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = bool, required = false)]
    is_active: Option<Option<bool>>,
}

/// Change somebody's account
///
/// Nobody changes an account that may do more than they may. Where the address changes, the old one is told.
#[utoipa::path(
    tag = "users",
    operation_id = "update_user",
    security(("bearer" = [])),
    params(("id" = i64, Path, description = "The account", minimum = 1)),
    request_body = UpdateUserBody,
    responses(
        (status = 200, description = "The account as it is now", body = OneOf<UserView<'static>>),
        WithPermission,
        WithName,
        WithBody,
        WithConflict,
        Common,
    ),
)]
#[patch("/{id}")]
pub(crate) async fn update_user(
    may: Can<UsersWrite>,
    shell: Data<Shell>,
    face: Data<Face>,
    request: HttpRequest,
    id: Path<String>,
    body: UnreadJson<UpdateUserBody>,
) -> Result<HttpResponse, Problem> {
    let body = body.read().await?;
    let user_id = parse_id(&id)?;
    let (now, client) = (shell.now(), client_info(&request));
    // Parsed over there: the first telephone number brings in the tables of all countries.
    let updating = move |accounts: &_| {
        let change = parse(body, now)?;
        Ok::<_, Problem>(update(accounts, now, &may.caller, user_id, &change, None, &client)?)
    };
    let user = shell.database_write(updating).await??;
    Ok(HttpResponse::Ok().json(OneOf::new(UserView::new(&face, &user))))
}

fn parse(body: UpdateUserBody, now: Timestamp) -> Result<AccountChange, Problem> {
    let mut faults = FieldFaults::default();
    let username = faults.take_change("username", body.username, |name| Username::choose(&name));
    let email = faults.take_change("email", body.email, |email| email.parse());
    let full_name = faults.take_change("full_name", body.full_name, |name| name.parse());
    let nickname = faults.take_change("nickname", body.nickname, |name| name.parse());
    let phone = faults.take_change("phone", body.phone, |phone| phone.parse());
    let dob = faults.take_change("dob", body.dob, |dob| BirthDate::parse(&dob, now));
    let metadata =
        faults.take_change("metadata", body.metadata, |metadata| metadata.get().parse::<Metadata>());
    if body.is_active == Some(None) {
        faults.note("is_active", "This must be true or false.");
    }
    let metadata = metadata.map(Option::unwrap_or_default);
    let profile = ProfileChange { full_name, nickname, phone, dob, metadata };
    let user = UserChange { username, email, profile };
    faults.or(AccountChange { user, is_active: body.is_active.flatten() })
}
