//! Asking for another address.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use vestibule_auth::limits::LimitedAction;
use vestibule_domain::email::EmailAddress;
use vestibule_domain::password::Password;
use vestibule_http::conduct::{self, admit};

use super::password::note_undone;
use crate::entry::SignedIn;
use crate::fields::{Faults, Fields};
use crate::form::Form;
use crate::page::Layout;
use crate::problem::PageProblem;
use crate::texts::{ENGLISH, Notice};

/// Where it is.
const PATH: &str = "/profile/email";

#[derive(Template)]
#[template(path = "account/email.html")]
struct EmailPage {
    layout: Layout,
    csrf: String,
    now: String,
    new_email: String,
    faults: Faults,
}

/// Shows the form.
pub(super) async fn show_email(visitor: SignedIn) -> Result<HttpResponse, PageProblem> {
    show(&visitor, StatusCode::OK, "", Faults::default())
}

fn show(
    visitor: &SignedIn,
    status: StatusCode,
    new_email: &str,
    faults: Faults,
) -> Result<HttpResponse, PageProblem> {
    let words = &ENGLISH.profile.email;
    let email = visitor.caller.user.email.as_ref();
    let page = EmailPage {
        layout: visitor.layout(words.title),
        csrf: visitor.csrf(),
        now: email.map_or_else(|| words.none.to_owned(), |email| (words.now)(email.as_str())),
        new_email: new_email.to_owned(),
        faults,
    };
    visitor.show(status, &page)
}

/// Has the mails sent. What is said is the same whether or not somebody has the address.
pub(super) async fn change_email(visitor: SignedIn, form: Form) -> Result<HttpResponse, PageProblem> {
    let fields = form.read(&visitor).await?;
    admit(&visitor.shell, &visitor.request, LimitedAction::AskForMail).await?;
    let mut faults = Faults::default();
    if let Some((new_email, password)) = parse(&fields, &mut faults) {
        let (caller, client) = (visitor.caller.clone(), visitor.client());
        match conduct::change_email(&visitor.shell, caller, new_email, password, client).await {
            Ok(()) => return Ok(visitor.lead_to_saying(PATH, Notice::AddressAskedFor)),
            Err(undone) => note_undone(&mut faults, "password", "password", undone)?,
        }
    }
    show(&visitor, StatusCode::UNPROCESSABLE_ENTITY, fields.text("new_email"), faults)
}

fn parse(fields: &Fields, faults: &mut Faults) -> Option<(EmailAddress, Password)> {
    let new_email = faults.take("new_email", fields.text("new_email").trim().parse());
    let password = faults.take("password", fields.password("password"));
    new_email.zip(password)
}
