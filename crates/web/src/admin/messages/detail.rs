//! One message.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Path;
use askama::Template;
use vestibule_auth::accounts::Accounts;
use vestibule_content::find_message;
use vestibule_domain::id::{ContactMessageId, UserId};
use vestibule_domain::permission::Permission;
use vestibule_http::{ContactRead, Undone};

use super::reply::mailto;
use crate::admin::list::parse_number;
use crate::admin::menu::{Frame, around};
use crate::admin::moment::Moment;
use crate::entry::May;
use crate::page::Layout;
use crate::problem::PageProblem;
use crate::texts::ENGLISH;

#[derive(Template)]
#[template(path = "admin/messages/detail.html")]
struct MessagePage {
    layout: Layout,
    frame: Frame,
    id: i64,
    subject: String,
    name: String,
    email: String,
    message: String,
    account: Option<i64>,
    may_see_account: bool,
    sent: Moment,
    handled: Option<Moment>,
    reply: String,
}

/// Shows it.
pub(super) async fn show_message(
    visitor: May<ContactRead>,
    id: Path<String>,
) -> Result<HttpResponse, PageProblem> {
    let message_id: ContactMessageId = parse_number(&id).ok_or(PageProblem::NotFound)?;
    let finding = move |accounts: &Accounts| find_message(&accounts.database, message_id);
    let message = visitor.shell.database(finding).await?.map_err(Undone::Failed)?;
    let subject = message.subject.to_string();
    let (layout, frame) = around(&visitor, subject.clone());
    let page = MessagePage {
        layout,
        frame,
        id: message.id.get(),
        name: message.name.to_string(),
        reply: mailto(&message.email, &(ENGLISH.admin.messages.reply_subject)(&subject)),
        subject,
        email: message.email.to_string(),
        message: message.message.as_str().to_owned(),
        account: message.user.map(UserId::get),
        may_see_account: visitor.may(Permission::UsersRead),
        sent: message.created_at.into(),
        handled: message.handled_at.map(Moment::from),
    };
    visitor.show(StatusCode::OK, &page)
}
