//! Suspending, restoring and deleting accounts, ending their sessions and having their people choose new passwords: one or
//! several at once.

use actix_web::HttpResponse;
use vestibule_auth::accounts::Accounts;
use vestibule_auth::administration::{
    AdministerError, end_sessions, force_reset, restore_user, suspend_user,
};
use vestibule_domain::id::UserId;
use vestibule_http::{Undone, UsersWrite, conduct};
use vestibule_persistence::user_list;

use super::{called, path_of};
use crate::admin::bulk::{self, Meant, Outcome, Question, is_confirmed, ticked};
use crate::entry::May;
use crate::form::Form;
use crate::problem::PageProblem;
use crate::texts::{ENGLISH, Notice};

const PATH: &str = "/admin/users/actions";
const LIST: &str = "/admin/users";

/// What can be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Action {
    Suspend,
    Restore,
    Reset,
    EndSessions,
    Delete,
}

impl Action {
    fn parse(word: &str) -> Option<Self> {
        match word {
            "suspend" => Some(Self::Suspend),
            "restore" => Some(Self::Restore),
            "reset" => Some(Self::Reset),
            "end_sessions" => Some(Self::EndSessions),
            "delete" => Some(Self::Delete),
            _ => None,
        }
    }

    /// The question, what comes of it, and what the button says.
    fn question(self) -> (&'static str, &'static str, &'static str) {
        let words = &ENGLISH.admin.users;
        match self {
            Self::Suspend => (words.suspend_question, words.suspend_about, words.suspend),
            Self::Restore => (words.restore_question, words.restore_about, words.restore),
            Self::Reset => (words.reset_question, words.reset_about, words.reset),
            Self::EndSessions => (words.end_question, words.end_about, words.end_sessions),
            Self::Delete => (words.delete_question, words.delete_about, words.delete),
        }
    }

    fn done(self) -> &'static str {
        let words = &ENGLISH.admin.users;
        match self {
            Self::Suspend => words.suspended_done,
            Self::Restore => words.restored_done,
            Self::Reset => words.reset_done,
            Self::EndSessions => words.ended_done,
            Self::Delete => words.deleted_done,
        }
    }
}

/// Asks first, then does it to each, and tells what came of it.
pub(super) async fn act_on_users(visitor: May<UsersWrite>, form: Form) -> Result<HttpResponse, PageProblem> {
    let fields = form.read(&visitor).await?;
    let word = fields.text("action").to_owned();
    let action = Action::parse(&word).ok_or(PageProblem::BadRequest)?;
    let ids = ticked::<UserId>(&fields)?;
    let named = name(&visitor, ids).await?;
    if named.is_empty() {
        return Ok(visitor.lead_to_saying(LIST, Notice::NothingTicked));
    }
    let back = match &*named {
        [(id, _)] => path_of(*id),
        _ => LIST.to_owned(),
    };
    if !is_confirmed(&fields) {
        let (heading, about, button) = action.question();
        let is_grave = action == Action::Delete;
        let question = Question {
            heading,
            about,
            button,
            is_grave,
            path: PATH,
            action: &word,
            field: "id",
            back: &back,
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
        let (place, notice) =
            if action == Action::Delete { (LIST, Notice::Deleted) } else { (&*back, Notice::Done) };
        return Ok(visitor.lead_to_saying(place, notice));
    }
    bulk::tell(&visitor, &outcome, action.done(), LIST, ENGLISH.admin.users.title)
}

/// Those of the accounts that there are, with what they are called. One look for all of them.
async fn name(visitor: &May<UsersWrite>, ids: Vec<UserId>) -> Result<Vec<(UserId, String)>, PageProblem> {
    let finding = move |accounts: &Accounts| accounts.database.read(|conn| user_list::list_of(conn, &ids));
    let users = visitor.shell.database(finding).await??;
    let is_shown = visitor.may(vestibule_domain::permission::Permission::UsersRead);
    let number = |id: UserId| (ENGLISH.admin.bulk.number)(id.get());
    let name = |id, called: String| if is_shown { called } else { number(id) };
    Ok(users.iter().map(|user| (user.id, name(user.id, called(user)))).collect())
}

async fn act(visitor: &May<UsersWrite>, action: Action, id: UserId) -> Result<(), Undone<AdministerError>> {
    let (shell, now, client) = (&visitor.shell, visitor.shell.now(), visitor.client());
    let caller = visitor.caller.clone();
    if action == Action::Delete {
        return conduct::delete_user(shell, caller, id, client).await;
    }
    let acting = move |accounts: &Accounts| match action {
        Action::Suspend => suspend_user(accounts, now, &caller, id, &client).map(drop),
        Action::Restore => restore_user(accounts, now, &caller, id, &client).map(drop),
        Action::Reset => force_reset(accounts, now, &caller, id, &client),
        Action::EndSessions | Action::Delete => end_sessions(accounts, now, &caller, id, &client).map(drop),
    };
    shell.database_write(acting).await?.map_err(Undone::Failed)
}
