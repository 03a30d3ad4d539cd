//! Seeing where one is signed in, and ending it.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Path;
use askama::Template;
use vestibule_auth::session_list::{
    list_sessions, revoke_other_sessions, revoke_session, sign_out_everywhere,
};
use vestibule_domain::device::{Program, System};
use vestibule_domain::id::SessionId;
use vestibule_domain::page::PageSize;
use vestibule_persistence::sessions::SessionEntry;

use super::sign_out::lead_out;
use crate::entry::SignedIn;
use crate::form::Form;
use crate::page::Layout;
use crate::problem::PageProblem;
use crate::texts::{ENGLISH, Notice};

/// Where it is, and what its cursors are sealed for.
const PATH: &str = "/profile/sessions";
const LIST: &str = "sessions";

#[derive(Template)]
#[template(path = "account/sessions.html")]
struct SessionsPage {
    layout: Layout,
    csrf: String,
    sessions: Vec<Row>,
    first: Option<&'static str>,
    next: Option<String>,
}

/// One of them.
struct Row {
    id: String,
    device: String,
    user_agent: String,
    address: String,
    created: Moment,
    seen: Moment,
    label: String,
    is_current: bool,
}

/// A moment for programs and for people.
struct Moment {
    machine: String,
    human: String,
}

impl Row {
    fn new(entry: &SessionEntry, current: SessionId) -> Self {
        let words = &ENGLISH.profile.sessions;
        let user_agent = entry.client.user_agent().unwrap_or_default();
        let device = (words.program)(Program::of(user_agent), System::of(user_agent));
        let moment = |at| Moment { machine: ToString::to_string(&at), human: ENGLISH.dates.moment(&at) };
        Self {
            id: entry.id.to_string(),
            label: (words.end_which)(&device, &ENGLISH.dates.moment(&entry.created_at)),
            device,
            user_agent: user_agent.to_owned(),
            address: entry.client.ip().map_or_else(|| words.no_address.to_owned(), |ip| ip.to_string()),
            created: moment(entry.created_at),
            seen: moment(entry.last_seen_at),
            is_current: entry.id == current,
        }
    }
}

/// Shows them, newest first.
pub(super) async fn show_sessions(visitor: SignedIn) -> Result<HttpResponse, PageProblem> {
    let before = place(&visitor)?;
    let (now, caller, size) = (visitor.shell.now(), visitor.caller.clone(), PageSize::default());
    let listing = move |accounts: &_| list_sessions(accounts, now, &caller, before, size);
    let page = visitor.shell.database(listing).await??;
    let last = page.entries.last().filter(|_| page.has_more);
    let next = last.map(|entry| format!("{PATH}?cursor={}", visitor.face.cursors.seal(LIST, &entry.id)));
    let current = visitor.caller.session_id;
    let page = SessionsPage {
        layout: visitor.layout(ENGLISH.profile.sessions.title),
        csrf: visitor.csrf(),
        sessions: page.entries.iter().map(|entry| Row::new(entry, current)).collect(),
        first: before.map(|_| PATH),
        next,
    };
    visitor.show(StatusCode::OK, &page)
}

/// Where the page before ended.
fn place(visitor: &SignedIn) -> Result<Option<SessionId>, PageProblem> {
    let mut query = url::form_urlencoded::parse(visitor.request.query_string().as_bytes());
    let Some((_, cursor)) = query.find(|(name, _)| name == "cursor") else { return Ok(None) };
    visitor.face.cursors.open(LIST, &cursor).map(Some).ok_or(PageProblem::NotFound)
}

/// Ends one. What is no id is nobody's session, like one of somebody else (S79).
pub(super) async fn end_session(
    visitor: SignedIn,
    id: Path<String>,
    form: Form,
) -> Result<HttpResponse, PageProblem> {
    form.read(&visitor).await?;
    let id: SessionId = id.parse().map_err(|_| PageProblem::NotFound)?;
    let (now, caller, client) = (visitor.shell.now(), visitor.caller.clone(), visitor.client());
    let revoking = move |accounts: &_| revoke_session(accounts, now, &caller, id, &client);
    if !visitor.shell.database_write(revoking).await?? {
        return Err(PageProblem::NotFound);
    }
    if id == visitor.caller.session_id {
        return Ok(lead_out(&visitor, "/login", Notice::SignedOut));
    }
    Ok(visitor.lead_to_saying(PATH, Notice::SessionEnded))
}

/// Ends all but this one.
pub(super) async fn end_others(visitor: SignedIn, form: Form) -> Result<HttpResponse, PageProblem> {
    form.read(&visitor).await?;
    let (now, caller, client) = (visitor.shell.now(), visitor.caller.clone(), visitor.client());
    let ending = move |accounts: &_| revoke_other_sessions(accounts, now, &caller, &client);
    visitor.shell.database_write(ending).await??;
    Ok(visitor.lead_to_saying(PATH, Notice::OthersEnded))
}

/// Ends all of them.
pub(super) async fn end_all(visitor: SignedIn, form: Form) -> Result<HttpResponse, PageProblem> {
    form.read(&visitor).await?;
    let (now, caller, client) = (visitor.shell.now(), visitor.caller.clone(), visitor.client());
    let ending = move |accounts: &_| sign_out_everywhere(accounts, now, &caller, &client);
    visitor.shell.database_write(ending).await??;
    Ok(lead_out(&visitor, "/login", Notice::EverySessionEnded))
}
