//! What is done by somebody who looks after accounts, and what is told of it.

use vestibule_domain::audit::{AuditEvent, AuditRecord};
use vestibule_domain::caller::{Caller, ClientInfo};
use vestibule_domain::id::UserId;
use vestibule_domain::time::Timestamp;

use super::AdministerError;
use crate::accounts::Accounts;
use crate::refusal;

/// Who does it, when, and from where.
#[derive(Clone, Copy)]
pub(super) struct Deed<'a> {
    pub(super) now: Timestamp,
    pub(super) caller: &'a Caller,
    pub(super) client: &'a ClientInfo,
}

impl Deed<'_> {
    /// The line of the audit trail that says it was done to `user_id`.
    pub(super) fn done_to(&self, user_id: UserId, event: AuditEvent) -> AuditRecord {
        AuditRecord::success(self.now, event, self.client).by_to(self.caller.user.id, user_id)
    }

    /// The same where it was done to no account.
    pub(super) fn done(&self, event: AuditEvent) -> AuditRecord {
        AuditRecord::success(self.now, event, self.client).acted(self.caller.user.id)
    }

    /// Tells the log how it went, and the trail where somebody reached for what is beyond them. Answers `outcome`.
    pub(super) fn told<T>(
        &self,
        accounts: &Accounts,
        event: AuditEvent,
        subject: Option<UserId>,
        outcome: Result<T, AdministerError>,
    ) -> Result<T, AdministerError> {
        let by = self.caller.user.id;
        match &outcome {
            Ok(_) => {
                let (user_id, request_id) = (subject.map(UserId::get), self.client.request_id());
                tracing::info!(target: "auth", by = by.get(), user_id, request_id, %event, "administered");
            }
            Err(error @ (AdministerError::BeyondCaller | AdministerError::LastAdmin)) => {
                let record = AuditRecord::failure(self.now, event, self.client).acted(by);
                let record = AuditRecord { subject, ..record }.saying(error.to_string());
                refusal::tell(accounts, record, "administration refused");
            }
            Err(_) => {}
        }
        outcome
    }
}
