//! Signing out.

use actix_web::HttpResponse;
use actix_web::http::header::{HeaderName, HeaderValue};
use vestibule_auth::sign_out::sign_out;

use crate::cookies::{self, Name};
use crate::form::{self, Form};
use crate::problem::PageProblem;
use crate::texts::Notice;
use crate::visitor::Visitor;

const CLEAR_SITE_DATA: HeaderName = HeaderName::from_static("clear-site-data");

/// Ends the session and has the browser forget it, and what it kept of our pages, so that nobody goes back to them (S94).
pub(super) async fn sign_out_by_form(visitor: Visitor, form: Form) -> Result<HttpResponse, PageProblem> {
    // The button of a page that is older than the end of its session: there is nothing left to do.
    if visitor.is_stale {
        form::ensure_from_here(&visitor)?;
        return Ok(gone(&visitor));
    }
    form.read(&visitor).await?;
    if let Some(caller) = visitor.caller.clone() {
        let (now, client) = (visitor.shell.now(), visitor.client());
        visitor.shell.database_write(move |accounts| sign_out(accounts, now, &caller, &client)).await??;
    }
    Ok(gone(&visitor))
}

fn gone(visitor: &Visitor) -> HttpResponse {
    lead_out(visitor, "/", Notice::SignedOut)
}

/// Leads on whoever has no session any more: their browser is to forget it, too, and the pages it opened.
pub(super) fn lead_out(visitor: &Visitor, path: &str, notice: Notice) -> HttpResponse {
    let path = format!("{path}?{}", notice.parameter());
    let forgotten = cookies::forget(Name::Session, visitor.face.is_https);
    let mut response = visitor.lead_to_with_session(&path, forgotten);
    response.headers_mut().insert(CLEAR_SITE_DATA, HeaderValue::from_static("\"cache\""));
    response
}
