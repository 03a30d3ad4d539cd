//! What people sent, newest first.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use vestibule_auth::accounts::Accounts;
use vestibule_content::list_messages;
use vestibule_domain::id::ContactMessageId;
use vestibule_http::{ContactRead, Undone};
use vestibule_persistence::contact_messages::ContactMessage;

use crate::admin::list::{Choice, Pager, Paging, nothing, query};
use crate::admin::menu::{Frame, around};
use crate::admin::moment::Moment;
use crate::entry::May;
use crate::fields::Faults;
use crate::page::Layout;
use crate::problem::PageProblem;
use crate::texts::ENGLISH;

struct Row {
    id: i64,
    subject: String,
    name: String,
    email: String,
    sent: Moment,
    is_handled: bool,
}

#[derive(Template)]
#[template(path = "admin/messages/list.html")]
struct MessagesPage {
    layout: Layout,
    frame: Frame,
    faults: Faults,
    states: Vec<Choice>,
    sizes: Vec<Choice>,
    rows: Vec<Row>,
    pager: Pager,
}

/// Shows them.
pub(super) async fn show_messages(visitor: May<ContactRead>) -> Result<HttpResponse, PageProblem> {
    let (asked, mut faults) = (query(&visitor), Faults::default());
    let is_handled = asked.given("state").and_then(|state| faults.take("state", parse_state(state)));
    let paging = Paging::<i64>::parse(&mut faults, "contact", &visitor.face.cursors, &asked);
    let before = paging.before.and_then(|id| ContactMessageId::try_from(id).ok());
    let size = paging.size;
    let listing = move |accounts: &Accounts| list_messages(&accounts.database, is_handled, before, size);
    let (page, status) = if faults.is_empty() {
        (visitor.shell.database(listing).await?.map_err(Undone::Failed)?, StatusCode::OK)
    } else {
        (nothing(), StatusCode::UNPROCESSABLE_ENTITY)
    };
    let words = &ENGLISH.admin.messages;
    let (layout, frame) = around(&visitor, words.title);
    let choices = [("new", words.new), ("handled", words.handled)];
    let shown = MessagesPage {
        layout,
        frame,
        faults,
        states: choices.map(|(value, label)| Choice::new(value, label, asked.text("state"))).into(),
        sizes: Choice::sizes(size),
        pager: paging.pager(&visitor, &page, |message| message.id.get()),
        rows: page.entries.into_iter().map(Row::from).collect(),
    };
    visitor.show(status, &shown)
}

fn parse_state(state: &str) -> Result<bool, &'static str> {
    match state {
        "new" => Ok(false),
        "handled" => Ok(true),
        _ => Err("is no state"),
    }
}

impl From<ContactMessage> for Row {
    fn from(message: ContactMessage) -> Self {
        Self {
            id: message.id.get(),
            subject: message.subject.to_string(),
            name: message.name.to_string(),
            email: message.email.to_string(),
            sent: message.created_at.into(),
            is_handled: message.handled_at.is_some(),
        }
    }
}
