//! Giving a mail another try.

use actix_web::web::{Data, Json, Path};
use actix_web::{HttpRequest, post};
use vestibule_auth::administration::retry_mail as retry;
use vestibule_http::{Shell, client_info};

use super::mail_view::MailView;
use crate::caller::{Can, MailManage};
use crate::documents::responses::{Common, WithName, WithPermission, WithoutQuery};
use crate::lists::OneOf;
use crate::path_number::parse_number;
use crate::problem::{Code, Problem};
use crate::query::NoQuery;

/// Give a mail another try
///
/// It is due now, with its attempts counted anew.
#[utoipa::path(
    tag = "admin",
    operation_id = "retry_mail",
    security(("bearer" = [])),
    params(("id" = i64, Path, description = "The mail", minimum = 1)),
    responses(
        (status = 200, description = "The mail as it is now", body = OneOf<MailView>),
        WithPermission,
        WithName,
        WithoutQuery,
        Common,
    ),
)]
#[post("/mail/{id}/retry")]
pub(crate) async fn retry_mail(
    may: Can<MailManage>,
    shell: Data<Shell>,
    request: HttpRequest,
    id: Path<String>,
    query: NoQuery,
) -> Result<Json<OneOf<MailView>>, Problem> {
    query.check()?;
    let id = parse_number(&id).ok_or(Code::NotFound)?;
    let (now, client) = (shell.now(), client_info(&request));
    let retried =
        shell.database_write(move |accounts| retry(accounts, now, &may.caller, id, &client)).await??;
    retried.map(|entry| Json(OneOf::new(entry.into()))).ok_or_else(|| Code::NotFound.into())
}
