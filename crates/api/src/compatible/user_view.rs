//! An account as clients of a FastAPI backend know it.

use serde::Serialize;
use utoipa::ToSchema;
use vestibule_domain::email::EmailAddress;
use vestibule_domain::user::User;
use vestibule_domain::username::Username;

use crate::accounts::Instant;

/// An account, in short.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CompatibleUser)]
pub(crate) struct UserView<'a> {
    /// The account's number.
    #[schema(minimum = 1, example = 1)]
    id: i64,
    /// The address; imported accounts may lack one.
    #[schema(example = "john@example.org", required)]
    email: Option<&'a str>,
    /// The name for signing in; accounts made elsewhere may lack one.
    #[schema(example = "john", required)]
    username: Option<&'a str>,
    /// When the account was made.
    #[schema(format = DateTime)]
    created_at: Instant,
    /// When its name, address or state last changed.
    #[schema(format = DateTime)]
    updated_at: Instant,
}

impl<'a> From<&'a User> for UserView<'a> {
    fn from(user: &'a User) -> Self {
        Self {
            id: user.id.get(),
            email: user.email.as_ref().map(EmailAddress::as_str),
            username: user.username.as_ref().map(Username::as_str),
            created_at: Instant(user.created_at),
            updated_at: Instant(user.updated_at),
        }
    }
}
