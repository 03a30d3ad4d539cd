//! Who asks too often is told so before any work.

use actix_web::HttpRequest;
use vestibule_auth::limits::{AuthorAction, LimitedAction, TooMany};
use vestibule_domain::audit::{AuditEvent, AuditRecord};
use vestibule_domain::caller::{Caller, limit_key};
use vestibule_domain::id::UserId;
use vestibule_domain::time::Timestamp;

use crate::client::client_info;
use crate::shell::Shell;
use crate::undone::Undone;
use crate::visit::client_address;

/// Refuses where [`admit`] would by what is known here, and takes nothing. Where only what is right is counted, this is asked
/// before the body is read, so that a flood of what is refused anyway is not even read.
pub fn look(shell: &Shell, request: &HttpRequest, action: LimitedAction) -> Result<(), TooMany> {
    let (now, address) = (shell.now(), limit_key(client_address(request)));
    let Some(hit) = shell.accounts().limits.refused(now, action, address) else { return Ok(()) };
    tell(shell, request, &hit, now, None);
    Err(hit)
}

/// Takes one `action` of the address `request` came from. Asked first of all, whatever else is in the request, so that
/// the answer is cheap and tells nothing of accounts.
pub async fn admit(
    shell: &Shell,
    request: &HttpRequest,
    action: LimitedAction,
) -> Result<(), Undone<TooMany>> {
    let (now, address) = (shell.now(), limit_key(client_address(request)));
    let limits = &shell.accounts().limits;
    let admitted = match limits.refused(now, action, address) {
        Some(hit) => Err(hit),
        None if limits.may_wait() => {
            shell.database(move |accounts| accounts.limits.admit(now, action, address)).await?
        }
        None => limits.admit(now, action, address),
    };
    admitted.map_err(|hit| {
        tell(shell, request, &hit, now, None);
        Undone::Failed(hit)
    })
}

/// Takes one post or comment that `caller` writes or changes, before it is looked at.
pub async fn admit_writing(
    shell: &Shell,
    request: &HttpRequest,
    caller: &Caller,
) -> Result<(), Undone<TooMany>> {
    admit_author(shell, request, caller, AuthorAction::Write).await
}

/// Takes one preview of what `caller` writes, before it is made.
pub async fn admit_preview(
    shell: &Shell,
    request: &HttpRequest,
    caller: &Caller,
) -> Result<(), Undone<TooMany>> {
    admit_author(shell, request, caller, AuthorAction::Preview).await
}

async fn admit_author(
    shell: &Shell,
    request: &HttpRequest,
    caller: &Caller,
    action: AuthorAction,
) -> Result<(), Undone<TooMany>> {
    let (now, user_id) = (shell.now(), caller.user.id);
    let limits = &shell.accounts().limits;
    let admitted = match limits.refused_author(now, action, user_id) {
        Some(hit) => Err(hit),
        None if limits.may_wait() => {
            shell.database(move |accounts| accounts.limits.admit_author(now, action, user_id)).await?
        }
        None => limits.admit_author(now, action, user_id),
    };
    admitted.map_err(|hit| {
        tell(shell, request, &hit, now, Some(user_id));
        Undone::Failed(hit)
    })
}

/// A flood of refusals is no flood of rows or lines: one a minute for a policy, an account and an address.
fn tell(shell: &Shell, request: &HttpRequest, hit: &TooMany, now: Timestamp, who: Option<UserId>) {
    let address = limit_key(client_address(request));
    if !shell.accounts().limits.is_news(now, hit.policy, who, address) {
        return;
    }
    let client = client_info(request);
    tracing::warn!(
        target: "auth", policy = hit.policy, ip = %address, request_id = client.request_id(), "a limit was hit"
    );
    let refusal = AuditRecord::failure(now, AuditEvent::LimitHit, &client).saying(hit.policy);
    shell.accounts().refusals.push(AuditRecord { actor: who, ..refusal });
}
