//! Ending one session from another.

use actix_web::web::{Data, Json, Path};
use actix_web::{HttpRequest, delete};
use vestibule_auth::session_list::revoke_session as revoke;
use vestibule_domain::id::SessionId;
use vestibule_http::{Shell, client_info};

use crate::acknowledged::Acknowledged;
use crate::caller::SignedIn;
use crate::documents::responses::{Common, WithName, WithToken, WithoutQuery};
use crate::problem::{Code, Problem};
use crate::query::NoQuery;

/// End one of your sessions
///
/// Ends both its tokens: at once on the node that is asked, within a second on every other.
#[utoipa::path(
    tag = "sessions",
    operation_id = "revoke_session",
    security(("bearer" = [])),
    params(("id" = String, Path, description = "The session", format = "uuid")),
    responses(
        (status = 200, description = "The session has ended", body = Acknowledged),
        WithToken,
        WithName,
        WithoutQuery,
        Common,
    ),
)]
#[delete("/sessions/{id}")]
pub(crate) async fn revoke_session(
    SignedIn(caller): SignedIn,
    shell: Data<Shell>,
    request: HttpRequest,
    id: Path<String>,
    query: NoQuery,
) -> Result<Json<Acknowledged>, Problem> {
    query.check()?;
    // What is no id is nobody's session, like one of somebody else.
    let id: SessionId = id.parse().map_err(|_| Code::NotFound)?;
    let (now, client) = (shell.now(), client_info(&request));
    let revoking = move |accounts: &_| revoke(accounts, now, &caller, id, &client);
    if shell.database_write(revoking).await?? {
        Ok(Json(Acknowledged::OK))
    } else {
        Err(Code::NotFound.into())
    }
}
