//! Telling of what was refused: a line in the log at once, a row of the audit trail soon.

use vestibule_domain::audit::AuditRecord;
use vestibule_domain::caller::ClientInfo;
use vestibule_domain::id::UserId;

use crate::accounts::Accounts;
use crate::limits::TooMany;

/// Tells of `record`, which says why in its own words: never with what somebody typed, which may be a secret.
pub(crate) fn tell(accounts: &Accounts, record: AuditRecord, what: &str) {
    let (user_id, ip) = (record.subject.map(UserId::get), record.ip.map(tracing::field::display));
    let (request_id, reason) = (record.request_id.as_deref(), record.detail.as_deref());
    tracing::warn!(target: "auth", user_id, ip, request_id, reason, "{what}");
    accounts.refusals.push(record);
}

/// Tells by `record` that a limit of its account was hit, but of one address once in a while: whoever goes on all the same
/// writes nothing by it.
pub(crate) fn tell_limit(
    accounts: &Accounts,
    record: AuditRecord,
    client: &ClientInfo,
    hit: &TooMany,
    what: &str,
) {
    if accounts.limits.is_news(record.at, hit.policy, record.subject, client.network()) {
        tell(accounts, record.saying(hit.policy), what);
    }
}
