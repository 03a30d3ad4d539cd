//! A message.

use serde::Serialize;
use utoipa::ToSchema;
use utoipa::openapi::schema::{Object, ObjectBuilder, Type};
use vestibule_domain::id::UserId;
use vestibule_persistence::contact_messages::ContactMessage;

use crate::accounts::Instant;

/// A message to those who run the site.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ContactMessage)]
pub(crate) struct MessageView {
    /// Its number; later ones have greater numbers.
    #[schema(minimum = 1, example = 1)]
    id: i64,
    /// How its sender calls themselves. Nobody checked it.
    #[schema(example = "Éva Nagy")]
    name: String,
    /// Where an answer goes. Nobody proved it.
    #[schema(example = "eva@example.org")]
    email: String,
    /// What it is about.
    #[schema(example = "A question")]
    subject: String,
    /// What it says: plain text.
    #[schema(example = "Dear all, how do I get to Hampi?")]
    message: String,
    /// Whether somebody dealt with it.
    #[schema(schema_with = status_schema)]
    status: &'static str,
    /// Who was signed in when it was sent.
    #[schema(required, minimum = 1)]
    user_id: Option<i64>,
    /// When it was sent.
    #[schema(format = DateTime)]
    created_at: Instant,
    /// When somebody dealt with it.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    handled_at: Option<Instant>,
}

pub(super) fn status_schema() -> Object {
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(["new", "handled"])).build()
}

impl From<ContactMessage> for MessageView {
    fn from(message: ContactMessage) -> Self {
        Self {
            id: message.id.get(),
            name: message.name.to_string(),
            email: message.email.to_string(),
            subject: message.subject.to_string(),
            message: message.message.as_str().to_owned(),
            status: if message.handled_at.is_some() { "handled" } else { "new" },
            user_id: message.user.map(UserId::get),
            created_at: Instant(message.created_at),
            handled_at: message.handled_at.map(Instant),
        }
    }
}
