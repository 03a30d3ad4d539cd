//! Giving a mail another try.

use actix_web::web::{Data, Json, Path};
use actix_web::{HttpRequest, post};
use vestibule_auth::accounts::Accounts;
use vestibule_domain::audit::{AuditEvent, AuditRecord};
use vestibule_domain::caller::{Caller, ClientInfo};
use vestibule_domain::time::Timestamp;
use vestibule_http::Shell;
use vestibule_persistence::outbox::OutboxEntry;
use vestibule_persistence::{StoreError, audit, outbox};

use super::mail_view::MailView;
use crate::caller::{Can, MailManage};
use crate::client::client_info;
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

/// In one transaction with its line in the audit trail.
fn retry(
    accounts: &Accounts,
    now: Timestamp,
    caller: &Caller,
    id: i64,
    client: &ClientInfo,
) -> Result<Option<OutboxEntry>, StoreError> {
    accounts.database.write(|conn| {
        let Some(entry) = outbox::set_due(conn, now, id)? else { return Ok(None) };
        let record = AuditRecord::success(now, AuditEvent::MailRetried, client);
        let (actor, subject) = (Some(caller.user.id), entry.user_id);
        let record = AuditRecord { actor, subject, ..record };
        audit::insert(conn, &record.saying(format!("mail {id}, {}", entry.kind)))?;
        Ok(Some(entry))
    })
}
