//! Signing out.

use actix_web::web::{Data, Json};
use actix_web::{HttpRequest, post};
use vestibule_auth::sign_out::sign_out;
use vestibule_http::{Shell, client_info};

use crate::acknowledged::Acknowledged;
use crate::caller::SignedIn;
use crate::documents::responses::{Common, WithToken, WithoutQuery};
use crate::problem::Problem;
use crate::query::NoQuery;

/// Sign out
///
/// Ends the session the token belongs to: at once on the node that is asked, within a second on every other.
#[utoipa::path(
    tag = "accounts",
    operation_id = "logout",
    security(("bearer" = [])),
    responses(
        (status = 200, description = "The session has ended", body = Acknowledged),
        WithToken,
        WithoutQuery,
        Common,
    ),
)]
#[post("/logout")]
pub(crate) async fn logout(
    shell: Data<Shell>,
    SignedIn(caller): SignedIn,
    request: HttpRequest,
    query: NoQuery,
) -> Result<Json<Acknowledged>, Problem> {
    query.check()?;
    let (now, client) = (shell.now(), client_info(&request));
    shell.database_write(move |accounts| sign_out(accounts, now, &caller, &client)).await??;
    Ok(Json(Acknowledged::OK))
}
