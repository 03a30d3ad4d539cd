//! Writing to those who run the site.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, post};
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;
use vestibule_auth::accounts::Accounts;
use vestibule_auth::limits::LimitedAction;
use vestibule_content::send_message as send;
use vestibule_domain::id::UserId;
use vestibule_http::{Shell, client_info, conduct};
use vestibule_persistence::contact_messages::NewContactMessage;

use super::message_view::MessageView;
use crate::body::UnreadJson;
use crate::caller::MaybeSignedIn;
use crate::conditional::submission_key;
use crate::documents::responses::{Common, WithBody, WithLimit, WithToken};
use crate::fields::FieldFaults;
use crate::lists::OneOf;
use crate::problem::Problem;

/// A message to be sent.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "name": "Éva Nagy", "email": "eva@example.org", "subject": "A question",
    "message": "Dear all, how do I get to Hampi?" }))]
pub(crate) struct SendMessageBody {
    /// How you call yourself, on one line.
    #[schema(min_length = 1, max_length = 150)]
    name: String,
    /// Where an answer goes.
    #[schema(format = Email, max_length = 254)]
    email: String,
    /// What it is about, on one line.
    #[schema(min_length = 1, max_length = 200)]
    subject: String,
    /// What you have to say, as plain text.
    #[schema(min_length = 1, max_length = 10000)]
    message: String,
}

/// Write to those who run the site
///
/// Everybody may, and need not be signed in; whoever sends a token has the message tied to their account, with which it goes. Five
/// messages an hour are taken from one address. They are kept for those who run the site to read, and mailed to nobody.
///
/// With an `Idempotency-Key` the same message is kept once, however often it is sent within a day.
#[utoipa::path(
    tag = "contact",
    operation_id = "send_message",
    security((), ("bearer" = [])),
    params(("Idempotency-Key" = Option<String>, Header, min_length = 1, max_length = 128, pattern = "^[!-~]+$", description = "What you call this attempt, such as a UUID: 1 to 128 \
        visible ASCII characters")),
    request_body = SendMessageBody,
    responses(
        (status = 201, description = "The message was kept, now or by an earlier attempt with the same key",
            body = OneOf<MessageView>),
        (status = 404, description = "The message of an earlier attempt with the same key was removed meanwhile",
            body = crate::problem::ProblemBody<'static>),
        WithToken,
        WithBody,
        WithLimit,
        Common,
    ),
)]
#[post("")]
pub(crate) async fn send_message(
    MaybeSignedIn(caller): MaybeSignedIn,
    shell: Data<Shell>,
    request: HttpRequest,
    body: UnreadJson<SendMessageBody>,
) -> Result<HttpResponse, Problem> {
    conduct::look(&shell, &request, LimitedAction::Contact)?;
    let key = submission_key(&request)?;
    let message = parse(&body.read().await?, caller.map(|caller| caller.user.id))?;
    // Whoever mistypes has no try less.
    conduct::admit(&shell, &request, LimitedAction::Contact).await?;
    let (now, client) = (shell.now(), client_info(&request));
    let sending = move |accounts: &Accounts| send(&accounts.database, now, &message, &client, key.as_ref());
    let sent = shell.database_write(sending).await??.into_inner();
    Ok(HttpResponse::Created().json(OneOf::new(MessageView::from(sent))))
}

fn parse(body: &SendMessageBody, user: Option<UserId>) -> Result<NewContactMessage, Problem> {
    let mut faults = FieldFaults::default();
    let name = faults.take("name", body.name.parse());
    let email = faults.take("email", body.email.parse());
    let subject = faults.take("subject", body.subject.parse());
    let message = faults.take("message", body.message.parse());
    match (name, email, subject, message) {
        (Some(name), Some(email), Some(subject), Some(message)) => {
            faults.or(NewContactMessage { user, name, email, subject, message })
        }
        _ => Err(faults.into_problem()),
    }
}
