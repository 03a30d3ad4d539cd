//! Changing what one tells about oneself.

use actix_web::web::Data;
use actix_web::{HttpResponse, patch};
use serde::Deserialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;
use validator::Validate;
use vestibule_auth::change_profile::change_profile;
use vestibule_domain::birth_date::BirthDate;
use vestibule_domain::metadata::Metadata;
use vestibule_domain::time::Timestamp;
use vestibule_http::Shell;
use vestibule_persistence::users::ProfileChange;

use crate::accounts::UserView;
use crate::body::{UnreadJson, given};
use crate::caller::SignedIn;
use crate::documents::responses::{Common, WithBody, WithToken};
use crate::face::Face;
use crate::fields::FieldFaults;
use crate::problem::Problem;

/// An absent field stays as it is, `null` clears it.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "nickname": "Jo", "phone": "+91 98765 43210", "dob": "1990-01-31", "metadata": { "theme": "dark" },
}))]
pub(crate) struct UpdateProfileBody {
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
}

/// Change your own account
#[utoipa::path(
    tag = "profile",
    operation_id = "update_profile",
    security(("bearer" = [])),
    request_body = UpdateProfileBody,
    responses(
        (status = 200, description = "The account as it is now", body = UserView<'static>),
        WithBody,
        WithToken,
        Common,
    ),
)]
#[patch("/profile")]
pub(crate) async fn update_profile(
    SignedIn(caller): SignedIn,
    shell: Data<Shell>,
    face: Data<Face>,
    body: UnreadJson<UpdateProfileBody>,
) -> Result<HttpResponse, Problem> {
    let now = shell.now();
    let body = body.read().await?;
    // Parsed over there: the first telephone number brings in the tables of all countries, and while that lasts (some
    // fifty milliseconds) a worker would serve nobody.
    let changing = shell.database_write(move |accounts| {
        let change = parse(body, now)?;
        Ok::<_, Problem>(change_profile(accounts, now, caller.user.id, &change)?)
    });
    let user = changing.await??;
    Ok(HttpResponse::Ok().json(UserView::new(&face, &user)))
}

fn parse(body: UpdateProfileBody, now: Timestamp) -> Result<ProfileChange, Problem> {
    let mut faults = FieldFaults::default();
    let full_name = faults.take_change("full_name", body.full_name, |name| name.parse());
    let nickname = faults.take_change("nickname", body.nickname, |name| name.parse());
    let phone = faults.take_change("phone", body.phone, |phone| phone.parse());
    let dob = faults.take_change("dob", body.dob, |dob| BirthDate::parse(&dob, now));
    let metadata =
        faults.take_change("metadata", body.metadata, |metadata| metadata.get().parse::<Metadata>());
    faults.or(ProfileChange {
        full_name,
        nickname,
        phone,
        dob,
        metadata: metadata.map(Option::unwrap_or_default),
    })
}
