//! The contact form: for everybody, and not too often.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use vestibule_auth::limits::{LimitedAction, TooMany};
use vestibule_content::ContentError;
use vestibule_http::{Undone, conduct};
use vestibule_persistence::contact_messages::NewContactMessage;

use crate::attempt::{self, KEY};
use crate::fields::{Faults, Fields};
use crate::form::Form;
use crate::page::Layout;
use crate::problem::PageProblem;
use crate::texts::ENGLISH;
use crate::visitor::Visitor;

/// A field that people do not see. Programs that fill in every field of every form fill it in too.
const HONEYPOT: &str = "website";

/// Where a message leads, kept or not.
const SENT: &str = "/contact/sent";

#[derive(Template)]
#[template(path = "contact/form.html")]
struct ContactPage {
    layout: Layout,
    csrf: String,
    typed: TypedMessage,
}

#[derive(Template)]
#[template(path = "contact/sent.html")]
struct SentPage {
    layout: Layout,
}

/// What was typed, and what is wrong with it.
#[derive(Default)]
struct TypedMessage {
    name: String,
    email: String,
    subject: String,
    message: String,
    key: String,
    faults: Faults,
}

impl TypedMessage {
    fn of(fields: &Fields) -> Self {
        let typed = |name| fields.text(name).to_owned();
        Self {
            name: typed("name"),
            email: typed("email"),
            subject: typed("subject"),
            message: typed("message"),
            key: typed(KEY),
            faults: Faults::default(),
        }
    }

    /// What is known of whoever is signed in.
    fn beforehand(visitor: &Visitor) -> Self {
        let user = visitor.caller.as_ref().map(|caller| &caller.user);
        let name = user.and_then(|user| {
            let full_name = user.full_name.as_ref().map(ToString::to_string);
            full_name.or_else(|| user.username.as_ref().map(ToString::to_string))
        });
        let email = user.and_then(|user| user.email.as_ref().map(ToString::to_string));
        let (name, email) = (name.unwrap_or_default(), email.unwrap_or_default());
        Self { name, email, key: visitor.new_key(), ..Self::default() }
    }

    /// Reads every field, and notes what is wrong with each.
    fn parse(&mut self, visitor: &Visitor) -> Option<NewContactMessage> {
        let name = self.faults.take("name", self.name.parse());
        let email = self.faults.take("email", self.email.trim().parse());
        let subject = self.faults.take("subject", self.subject.parse());
        let message = self.faults.take("message", self.message.parse());
        let user = visitor.caller.as_ref().map(|caller| caller.user.id);
        Some(NewContactMessage { user, name: name?, email: email?, subject: subject?, message: message? })
    }
}

/// Shows the form.
pub(super) async fn show_contact(visitor: Visitor) -> Result<HttpResponse, PageProblem> {
    let typed = TypedMessage::beforehand(&visitor);
    show(&visitor, StatusCode::OK, typed)
}

/// Keeps the message.
pub(super) async fn send_message(visitor: Visitor, form: Form) -> Result<HttpResponse, PageProblem> {
    let fields = form.read(&visitor).await?;
    let (mut typed, key) = (TypedMessage::of(&fields), attempt::key(&fields)?);
    let (is_trapped, message) = (!fields.text(HONEYPOT).is_empty(), typed.parse(&visitor));
    if message.is_none() && !is_trapped {
        // Whoever mistypes has no try less.
        return show(&visitor, StatusCode::UNPROCESSABLE_ENTITY, typed);
    }
    match conduct::admit(&visitor.shell, &visitor.request, LimitedAction::Contact).await {
        Err(Undone::Failed(hit)) => return show_too_many(&visitor, &hit, typed),
        admitted => admitted?,
    }
    let Some(message) = message.filter(|_| !is_trapped) else {
        // Whoever sent it hears nothing to learn from.
        return Ok(visitor.lead_to(SENT));
    };
    let (now, sender) = (visitor.shell.now(), visitor.client());
    let sending = visitor.writing(move |database| {
        vestibule_content::send_message(database, now, &message, &sender, Some(&key))
    });
    match sending.await? {
        // One that was removed meanwhile had arrived all the same.
        Ok(_) | Err(ContentError::NotFound) => Ok(visitor.lead_to(SENT)),
        Err(ContentError::KeyReused) => {
            typed.key = visitor.new_key();
            typed.faults.note_whole(ENGLISH.contact.sent_before);
            show(&visitor, StatusCode::UNPROCESSABLE_ENTITY, typed)
        }
        Err(error) => Err(error.into()),
    }
}

/// Says thank you.
pub(super) async fn show_sent(visitor: Visitor) -> Result<HttpResponse, PageProblem> {
    visitor.show_public(&SentPage { layout: visitor.layout(ENGLISH.contact.sent_title) })
}

fn show(visitor: &Visitor, status: StatusCode, typed: TypedMessage) -> Result<HttpResponse, PageProblem> {
    let page = ContactPage { layout: visitor.layout(ENGLISH.contact.title), csrf: visitor.csrf(), typed };
    visitor.show(status, &page)
}

/// The words are kept in the form, for a while later.
fn show_too_many(
    visitor: &Visitor,
    hit: &TooMany,
    mut typed: TypedMessage,
) -> Result<HttpResponse, PageProblem> {
    typed.faults.note_whole(ENGLISH.contact.too_many);
    Ok(attempt::sent_too_often(show(visitor, StatusCode::TOO_MANY_REQUESTS, typed)?, hit))
}
