//! Giving mails another try: one or several.

use actix_web::HttpResponse;
use vestibule_auth::accounts::Accounts;
use vestibule_auth::administration::retry_mail;
use vestibule_http::MailManage;
use vestibule_persistence::outbox;

use super::kind;
use crate::admin::bulk::{self, Meant, Outcome, Question, is_confirmed, ticked};
use crate::entry::May;
use crate::form::Form;
use crate::problem::PageProblem;
use crate::texts::{ENGLISH, Notice};

const LIST: &str = "/admin/mail";

/// Asks first, then does it to each, and tells what came of it.
pub(super) async fn act_on_mails(visitor: May<MailManage>, form: Form) -> Result<HttpResponse, PageProblem> {
    let fields = form.read(&visitor).await?;
    if fields.text("action") != "retry" {
        return Err(PageProblem::BadRequest);
    }
    let words = &ENGLISH.admin.mails;
    let ids = ticked::<i64>(&fields)?;
    let finding = move |accounts: &Accounts| accounts.database.read(|conn| outbox::list_of(conn, &ids));
    let entries = visitor.shell.database(finding).await??;
    if entries.is_empty() {
        return Ok(visitor.lead_to_saying(LIST, Notice::NothingTicked));
    }
    let named: Vec<_> =
        entries.iter().map(|entry| (entry.id, (words.named)(entry.id, &kind(entry)))).collect();
    if !is_confirmed(&fields) {
        let question = Question {
            heading: words.retry_question,
            about: words.retry_about,
            button: words.retry,
            is_grave: false,
            path: "/admin/mail/actions",
            action: "retry",
            field: "id",
            back: LIST,
        };
        let meant: Vec<_> =
            named.into_iter().map(|(id, label)| Meant { id: id.to_string(), label }).collect();
        return bulk::ask(&visitor, &question, &meant);
    }
    let mut outcome = Outcome::default();
    for (id, label) in named {
        let (now, client, caller) = (visitor.shell.now(), visitor.client(), visitor.caller.clone());
        let retrying = move |accounts: &Accounts| retry_mail(accounts, now, &caller, id, &client);
        match visitor.shell.database_write(retrying).await?? {
            Some(_) => outcome.done.push(label),
            None => outcome.refused.push((label, words.gone.to_owned())),
        }
    }
    bulk::tell(&visitor, &outcome, words.retried_done, LIST, words.back)
}
