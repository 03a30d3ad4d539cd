//! An account as its owner sees it.

use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;
use vestibule_domain::email::EmailAddress;
use vestibule_domain::person_name::{FullName, Nickname};
use vestibule_domain::phone::PhoneNumber;
use vestibule_domain::role::RoleName;
use vestibule_domain::time::Timestamp;
use vestibule_domain::user::User;
use vestibule_domain::username::Username;

use crate::face::Face;

/// An account.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = User)]
pub(crate) struct UserView<'a> {
    /// The account's number.
    #[schema(minimum = 1, example = 1)]
    id: i64,
    /// The name for signing in and for others to see.
    #[schema(example = "john", required)]
    username: Option<&'a str>,
    /// The address; imported accounts may lack one.
    #[schema(example = "john@example.org", required)]
    email: Option<&'a str>,
    /// Whether the address was proven to be the owner's.
    email_verified: bool,
    /// The person's name.
    #[schema(example = "John Doe", required)]
    full_name: Option<&'a str>,
    /// Whether the account holds the role `admin`.
    is_admin: bool,
    /// Whether the account may sign in.
    is_active: bool,
    /// The roles the account holds.
    #[schema(example = json!(["member"]))]
    roles: Vec<&'a str>,
    /// When the account was made.
    #[schema(format = DateTime)]
    created_at: Instant,
    /// When its name, address or state last changed.
    #[schema(format = DateTime)]
    updated_at: Instant,
    /// When it last signed in.
    #[schema(format = DateTime, required)]
    last_login_at: Option<Instant>,
    /// What the person tells about themselves.
    profile: ProfileView<'a>,
}

/// What a person tells about themselves.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Profile)]
pub(crate) struct ProfileView<'a> {
    /// What friends say.
    #[schema(required)]
    nickname: Option<&'a str>,
    /// A telephone number in E.164.
    #[schema(example = "+919876543210", required)]
    phone: Option<&'a str>,
    /// The day of birth.
    #[schema(format = Date, example = "1990-01-31", required)]
    dob: Option<String>,
    /// Where the person's picture is, 512 pixels wide and high; with `-128` for `-512` at the end, a smaller one.
    #[schema(format = "uri", required)]
    avatar_url: Option<String>,
    /// Free JSON, kept for the application in front.
    #[schema(value_type = Object)]
    metadata: &'a RawValue,
    /// When the profile was begun.
    #[schema(format = DateTime)]
    date_created: Instant,
    /// When the profile last changed.
    #[schema(format = DateTime)]
    last_updated: Instant,
}

/// RFC 3339 in UTC, ending in `Z`.
#[derive(Clone, Copy, Debug, ToSchema)]
#[schema(value_type = String, format = DateTime, example = "2026-11-21T12:00:00Z")]
pub(crate) struct Instant(pub(crate) Timestamp);

impl Serialize for Instant {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'a> UserView<'a> {
    /// `user` seen through `face`.
    pub(crate) fn new(face: &Face, user: &'a User) -> Self {
        Self {
            id: user.id.get(),
            username: user.username.as_ref().map(Username::as_str),
            email: user.email.as_ref().map(EmailAddress::as_str),
            email_verified: user.email_verified_at.is_some(),
            full_name: user.full_name.as_ref().map(FullName::as_str),
            is_admin: user.is_admin(),
            is_active: user.is_active(),
            roles: user.roles.iter().map(RoleName::as_str).collect(),
            created_at: Instant(user.created_at),
            updated_at: Instant(user.updated_at),
            last_login_at: user.last_login_at.map(Instant),
            profile: ProfileView::new(face, user),
        }
    }
}

impl<'a> ProfileView<'a> {
    fn new(face: &Face, user: &'a User) -> Self {
        let profile = &user.profile;
        Self {
            nickname: profile.nickname.as_ref().map(Nickname::as_str),
            phone: profile.phone.as_ref().map(PhoneNumber::as_str),
            dob: profile.dob.map(|dob| dob.to_string()),
            avatar_url: profile.avatar.as_ref().map(|name| face.avatar_url(name)),
            // A metadata value is JSON by its door.
            metadata: serde_json::from_str(profile.metadata.as_str()).unwrap_or(RawValue::NULL),
            date_created: Instant(user.created_at),
            last_updated: Instant(profile.updated_at),
        }
    }
}
