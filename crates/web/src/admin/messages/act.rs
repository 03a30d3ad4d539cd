//! Marking messages as handled or new, and removing them: one or several.

use actix_web::HttpResponse;
use vestibule_auth::accounts::Accounts;
use vestibule_content::{ContentError, delete_message, find_message, mark_message};
use vestibule_domain::id::ContactMessageId;
use vestibule_http::{ContactRead, Undone};

use crate::admin::bulk::{self, Meant, Outcome, Question, is_confirmed, ticked};
use crate::entry::May;
use crate::form::Form;
use crate::problem::PageProblem;
use crate::texts::{ENGLISH, Notice};

const LIST: &str = "/admin/contact";

/// What can be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Action {
    Handle,
    Reopen,
    Delete,
}

impl Action {
    fn parse(word: &str) -> Option<Self> {
        match word {
            "handle" => Some(Self::Handle),
            "reopen" => Some(Self::Reopen),
            "delete" => Some(Self::Delete),
            _ => None,
        }
    }

    /// The question, what comes of it, what the button says, and what was done.
    fn words(self) -> [&'static str; 4] {
        let words = &ENGLISH.admin.messages;
        match self {
            Self::Handle => [words.handle_question, words.handle_about, words.handle, words.handled_done],
            Self::Reopen => [words.reopen_question, words.reopen_about, words.reopen, words.reopened_done],
            Self::Delete => [words.delete_question, words.delete_about, words.delete, words.deleted_done],
        }
    }
}

/// Asks first, unless it is one message that is marked, which can be taken back; then does it to each, and tells what came of
/// it.
pub(super) async fn act_on_messages(
    visitor: May<ContactRead>,
    form: Form,
) -> Result<HttpResponse, PageProblem> {
    let fields = form.read(&visitor).await?;
    let word = fields.text("action").to_owned();
    let action = Action::parse(&word).ok_or(PageProblem::BadRequest)?;
    let named = name(&visitor, ticked::<ContactMessageId>(&fields)?).await?;
    if named.is_empty() {
        return Ok(visitor.lead_to_saying(LIST, Notice::NothingTicked));
    }
    let [heading, about, button, done] = action.words();
    if !is_confirmed(&fields) {
        let question = Question {
            heading,
            about,
            button,
            is_grave: action == Action::Delete,
            path: "/admin/contact/actions",
            action: &word,
            field: "id",
            back: LIST,
        };
        let meant: Vec<_> =
            named.into_iter().map(|(id, label)| Meant { id: id.to_string(), label }).collect();
        return bulk::ask(&visitor, &question, &meant);
    }
    let is_one = named.len() == 1;
    let mut outcome = Outcome::default();
    for (id, label) in named {
        outcome.note(label, act(&visitor, action, id).await)?;
    }
    if is_one && outcome.refused.is_empty() {
        let notice = if action == Action::Delete { Notice::Deleted } else { Notice::Done };
        return Ok(visitor.lead_to_saying(LIST, notice));
    }
    bulk::tell(&visitor, &outcome, done, LIST, ENGLISH.admin.messages.back)
}

async fn act(
    visitor: &May<ContactRead>,
    action: Action,
    id: ContactMessageId,
) -> Result<(), Undone<ContentError>> {
    let (now, client, caller) = (visitor.shell.now(), visitor.client(), visitor.caller.clone());
    let acting = move |accounts: &Accounts| match action {
        Action::Delete => delete_message(&accounts.database, now, &caller, id, &client),
        Action::Handle | Action::Reopen => {
            let is_handled = action == Action::Handle;
            mark_message(&accounts.database, now, &caller, id, is_handled, &client).map(drop)
        }
    };
    visitor.shell.database_write(acting).await?.map_err(Undone::Failed)
}

/// Those of the messages that there are, with their subjects.
async fn name(
    visitor: &May<ContactRead>,
    ids: Vec<ContactMessageId>,
) -> Result<Vec<(ContactMessageId, String)>, PageProblem> {
    let finding = move |accounts: &Accounts| {
        let mut named = Vec::new();
        for id in ids {
            match find_message(&accounts.database, id) {
                Ok(message) => named.push((id, message.subject.to_string())),
                Err(ContentError::NotFound) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(named)
    };
    Ok(visitor.shell.database(finding).await??)
}
