//! Giving a mail another try.

use vestibule_domain::audit::{AuditEvent, AuditRecord};
use vestibule_domain::caller::{Caller, ClientInfo};
use vestibule_domain::time::Timestamp;
use vestibule_persistence::outbox::OutboxEntry;
use vestibule_persistence::{StoreError, audit, outbox};

use crate::accounts::Accounts;

/// Makes the mail `id` due now, in one transaction with its line in the audit trail; faces ask for `mail.manage`. `None` where it
/// has left, or never was.
pub fn retry_mail(
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
