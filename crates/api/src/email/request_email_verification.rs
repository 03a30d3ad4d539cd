//! Asking for a link that proves one's address.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, post};
use vestibule_auth::limits::LimitedAction;
use vestibule_auth::verify_email::request_verification;
use vestibule_http::conduct::admit;
use vestibule_http::{Shell, client_info};

use crate::acknowledged::Acknowledged;
use crate::caller::SignedIn;
use crate::documents::responses::{Common, WithLimit, WithToken, WithoutQuery};
use crate::problem::Problem;
use crate::query::NoQuery;

/// Ask for a link that proves your address
///
/// A mail brings it, unless the address is proven already or there is none. A newer link voids it.
#[utoipa::path(
    tag = "email",
    operation_id = "request_email_verification",
    security(("bearer" = [])),
    responses(
        (status = 202, description = "If there is something to prove, a mail is on its way", body = Acknowledged),
        WithToken,
        WithoutQuery,
        WithLimit,
        Common,
    ),
)]
#[post("/email/verify/request")]
pub(crate) async fn request_email_verification(
    SignedIn(caller): SignedIn,
    shell: Data<Shell>,
    request: HttpRequest,
    query: NoQuery,
) -> Result<HttpResponse, Problem> {
    admit(&shell, &request, LimitedAction::AskForMail).await?;
    query.check()?;
    let (now, client) = (shell.now(), client_info(&request));
    shell.database_write(move |accounts| request_verification(accounts, now, &caller, &client)).await??;
    Ok(HttpResponse::Accepted().json(Acknowledged::OK))
}
