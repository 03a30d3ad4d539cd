//! Deleting a role.

use actix_web::HttpResponse;
use vestibule_auth::accounts::Accounts;
use vestibule_auth::administration::delete_role;
use vestibule_domain::role::RoleName;
use vestibule_http::RolesManage;

use crate::admin::bulk::{self, Meant, Outcome, Question, is_confirmed};
use crate::entry::May;
use crate::form::Form;
use crate::problem::PageProblem;
use crate::texts::{ENGLISH, Notice};

const LIST: &str = "/admin/roles";

/// Asks first, and tells what comes of it for those who hold it.
pub(super) async fn act_on_roles(visitor: May<RolesManage>, form: Form) -> Result<HttpResponse, PageProblem> {
    let fields = form.read(&visitor).await?;
    let name: RoleName = fields.text("name").parse().map_err(|_| PageProblem::BadRequest)?;
    if fields.text("action") != "delete" {
        return Err(PageProblem::BadRequest);
    }
    let words = &ENGLISH.admin.roles;
    if !is_confirmed(&fields) {
        let question = Question {
            heading: words.delete_question,
            about: words.delete_about,
            button: words.delete_button,
            is_grave: true,
            path: "/admin/roles/actions",
            action: "delete",
            field: "name",
            back: LIST,
        };
        let meant = [Meant { id: name.to_string(), label: name.to_string() }];
        return bulk::ask(&visitor, &question, &meant);
    }
    let (now, client, caller, label) =
        (visitor.shell.now(), visitor.client(), visitor.caller.clone(), name.to_string());
    let deleting = move |accounts: &Accounts| delete_role(accounts, now, &caller, &name, &client);
    let came = visitor.shell.database_write(deleting).await?;
    if came.is_ok() {
        return Ok(visitor.lead_to_saying(LIST, Notice::Deleted));
    }
    let mut outcome = Outcome::default();
    outcome.note(label, came)?;
    bulk::tell(&visitor, &outcome, words.deleted_done, LIST, words.title)
}
