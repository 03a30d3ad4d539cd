//! Asking for a new password without the old one.
//!
//! Whatever address is given, the answer is the same to the last byte (S38).

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use vestibule_auth::limits::LimitedAction;
use vestibule_auth::reset_password::request_reset;
use vestibule_http::conduct::admit;

use crate::fields::Faults;
use crate::form::Form;
use crate::page::Layout;
use crate::problem::PageProblem;
use crate::texts::ENGLISH;
use crate::visitor::Visitor;

/// Where one is led afterwards.
const SENT: &str = "/forgot-password/sent";

#[derive(Template)]
#[template(path = "account/forgot.html")]
struct ForgotPage {
    layout: Layout,
    csrf: String,
    email: String,
    faults: Faults,
}

#[derive(Template)]
#[template(path = "account/forgot_sent.html")]
struct SentPage {
    layout: Layout,
}

/// Shows the form.
pub(super) async fn show_forgot(visitor: Visitor) -> Result<HttpResponse, PageProblem> {
    show(&visitor, StatusCode::OK, "", Faults::default())
}

fn show(
    visitor: &Visitor,
    status: StatusCode,
    email: &str,
    faults: Faults,
) -> Result<HttpResponse, PageProblem> {
    let layout = visitor.layout(ENGLISH.links.forgot.title);
    visitor.show(status, &ForgotPage { layout, csrf: visitor.csrf(), email: email.to_owned(), faults })
}

/// Has the mail sent, where there is somebody to send it to.
pub(super) async fn ask(visitor: Visitor, form: Form) -> Result<HttpResponse, PageProblem> {
    let fields = form.read(&visitor).await?;
    admit(&visitor.shell, &visitor.request, LimitedAction::AskForMail).await?;
    let mut faults = Faults::default();
    let Some(typed) = faults.take("email", fields.text("email").trim().parse()) else {
        return show(&visitor, StatusCode::UNPROCESSABLE_ENTITY, fields.text("email"), faults);
    };
    let (now, client) = (visitor.shell.now(), visitor.client());
    visitor.shell.database_write(move |accounts| request_reset(accounts, now, &typed, &client)).await??;
    Ok(visitor.lead_to(SENT))
}

/// Says where to look now.
pub(super) async fn show_sent(visitor: Visitor) -> Result<HttpResponse, PageProblem> {
    let layout = visitor.layout(ENGLISH.links.forgot.sent_title);
    visitor.show_public(&SentPage { layout })
}
