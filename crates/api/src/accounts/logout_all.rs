//! Signing out everywhere.

use actix_web::web::{Data, Json};
use actix_web::{HttpRequest, post};
use vestibule_auth::session_list::sign_out_everywhere;
use vestibule_http::{Shell, client_info};

use crate::acknowledged::Acknowledged;
use crate::caller::SignedIn;
use crate::documents::responses::{Common, WithToken, WithoutQuery};
use crate::problem::Problem;
use crate::query::NoQuery;

/// Sign out everywhere
///
/// Ends every session of the account, this one too: at once on the node that is asked, within a second on every other.
#[utoipa::path(
    tag = "accounts",
    operation_id = "logout_all",
    security(("bearer" = [])),
    responses(
        (status = 200, description = "All sessions have ended", body = Acknowledged),
        WithToken,
        WithoutQuery,
        Common,
    ),
)]
#[post("/logout-all")]
pub(crate) async fn logout_all(
    shell: Data<Shell>,
    SignedIn(caller): SignedIn,
    request: HttpRequest,
    query: NoQuery,
) -> Result<Json<Acknowledged>, Problem> {
    query.check()?;
    let (now, client) = (shell.now(), client_info(&request));
    let signing_out = move |accounts: &_| sign_out_everywhere(accounts, now, &caller, &client);
    shell.database_write(signing_out).await??;
    Ok(Json(Acknowledged::OK))
}
