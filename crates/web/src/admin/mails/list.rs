//! What mail waits, and what was given up. Nothing here holds a link or a text: they are made when a mail leaves.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use vestibule_auth::accounts::Accounts;
use vestibule_domain::id::UserId;
use vestibule_domain::permission::Permission;
use vestibule_http::MailManage;
use vestibule_persistence::outbox::{self, OutboxEntry};

use super::{address, kind};
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
    kind: String,
    account: Option<i64>,
    address: Option<String>,
    ordered: Moment,
    next: Moment,
    dead: Option<Moment>,
    tries: u32,
    error: Option<String>,
}

#[derive(Template)]
#[template(path = "admin/mails/list.html")]
struct MailsPage {
    layout: Layout,
    frame: Frame,
    faults: Faults,
    states: Vec<Choice>,
    sizes: Vec<Choice>,
    rows: Vec<Row>,
    pager: Pager,
    may_see_accounts: bool,
}

/// Shows them.
pub(super) async fn show_mails(visitor: May<MailManage>) -> Result<HttpResponse, PageProblem> {
    let (asked, mut faults) = (query(&visitor), Faults::default());
    let dead = asked.given("state").and_then(|state| faults.take("state", is_dead(state)));
    let paging = Paging::<i64>::parse(&mut faults, "mail", &visitor.face.cursors, &asked);
    let (before, size) = (paging.before, paging.size);
    let listing =
        move |accounts: &Accounts| accounts.database.read(|conn| outbox::list(conn, dead, before, size));
    let (page, status) = if faults.is_empty() {
        (visitor.shell.database(listing).await??, StatusCode::OK)
    } else {
        (nothing(), StatusCode::UNPROCESSABLE_ENTITY)
    };
    let words = &ENGLISH.admin.mails;
    let (layout, frame) = around(&visitor, words.title);
    let choices = [("queued", words.queued), ("dead", words.dead)];
    let shown = MailsPage {
        layout,
        frame,
        faults,
        states: choices.map(|(value, label)| Choice::new(value, label, asked.text("state"))).into(),
        sizes: Choice::sizes(size),
        pager: paging.pager(&visitor, &page, |entry| entry.id),
        rows: page.entries.into_iter().map(Row::from).collect(),
        may_see_accounts: visitor.may(Permission::UsersRead),
    };
    visitor.show(status, &shown)
}

fn is_dead(state: &str) -> Result<bool, &'static str> {
    match state {
        "queued" => Ok(false),
        "dead" => Ok(true),
        _ => Err("is no state"),
    }
}

impl From<OutboxEntry> for Row {
    fn from(entry: OutboxEntry) -> Self {
        Self {
            id: entry.id,
            kind: kind(&entry),
            account: entry.user_id.map(UserId::get),
            address: entry.order.as_ref().and_then(address).map(ToString::to_string),
            ordered: entry.created_at.into(),
            next: entry.due_at.into(),
            dead: entry.dead_at.map(Moment::from),
            tries: entry.attempts,
            error: entry.last_error,
        }
    }
}
